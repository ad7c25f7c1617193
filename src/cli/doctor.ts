import { constants, existsSync } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { ConfigError, readConfig, type Config } from '../config.js';
import { EXIT } from '../exit-codes.js';
import { openStore } from '../store/open.js';
import { requireSound } from '../store/sqlite/backup.js';
import { databaseFile, openForReading } from '../store/sqlite/connection.js';
import { instantOf, millisecondsOf } from '../store/stamp.js';
import { StoreUnavailableError } from '../store/store.js';
import { examinedEndpoints } from './sources.js';
import { UsageError } from './usage.js';

/** Less than this is too little for a store that grows. */
const LEAST_FREE_BYTES = 2 ** 30;
/** A clock that was further ahead when something was written gives what is written now the same time. */
const MOST_AHEAD_MS = 5_000;
const ISSUER_PATIENCE_MS = 5_000;

/** Something is not as it should be; the message is a sentence that says what to do. */
class Ailment extends Error {}

/** What is looked at, in this order: the name, and what answers how it is. @throws {Ailment} */
const CHECKS: readonly (readonly [name: string, check: (config: Config) => Promise<string>])[] = [
  ['store', storeIsSound],
  ['disk', diskHasRoom],
  ['clock', clockIsRight],
  ['folders', foldersAreThere],
  ['issuers', issuersAnswer],
];

/**
 * `cobalt doctor`: whether Cobalt can run as the environment says, and go on running; it may run meanwhile.
 * @returns what the process ends with
 * @throws {UsageError}
 */
export async function runDoctor(words: readonly string[]): Promise<number> {
  if (words.length > 0) throw new UsageError('cobalt doctor takes nothing: it looks at what the environment says.');
  const config = settings();
  if (config instanceof ConfigError) {
    tell('settings', false, config.message);
    return EXIT.config;
  }
  tell('settings', true, 'all are known and have good values');
  const well = new Map<string, boolean>();
  for (const [name, check] of CHECKS) well.set(name, await healthy(name, check, config));
  if (well.get('store')) well.set('endpoints', await endpointsAreWell(config));
  return [...well.values()].includes(false) ? EXIT.unavailable : EXIT.done;
}

function settings(): Config | ConfigError {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

async function healthy(name: string, check: (config: Config) => Promise<string>, config: Config): Promise<boolean> {
  try {
    tell(name, true, await check(config));
    return true;
  } catch (error) {
    if (!(error instanceof Ailment) && !(error instanceof StoreUnavailableError)) throw error;
    tell(name, false, error.message);
    return false;
  }
}

const tell = (name: string, well: boolean, said: string): void => void process.stdout.write(`${well ? 'ok  ' : 'FAIL'} ${name}: ${said}\n`);

async function storeIsSound({ store }: Config): Promise<string> {
  if (store.kind === 'mongo') {
    const opened = await openStore(store);
    await opened.probe().finally(() => opened.close());
    return 'MongoDB answers and takes writes';
  }
  const file = databaseFile(store.directory);
  if (!existsSync(file)) return `there is none in ${store.directory} yet; the first start makes it`;
  requireSound(file);
  return `the file in ${store.directory} and its indexes are sound`;
}

async function diskHasRoom({ store }: Config): Promise<string> {
  if (store.kind === 'mongo') return 'is MongoDB\'s own';
  await mkdir(store.directory, { recursive: true });
  const { bavail, bsize } = await statfs(store.directory);
  const gigabytes = `${((bavail * bsize) / 2 ** 30).toFixed(1)} GB are free`;
  if (bavail * bsize < LEAST_FREE_BYTES) throw new Ailment(`${gigabytes}: make room, or set COBALT_DATA to a folder on a larger disk.`);
  return gigabytes;
}

async function clockIsRight({ store }: Config): Promise<string> {
  const now = new Date().toISOString();
  if (store.kind === 'mongo' || !existsSync(databaseFile(store.directory))) return `it is ${now}`;
  const db = openForReading(databaseFile(store.directory));
  const last = db.prepare('SELECT coalesce(max(stamp), 0) FROM version').pluck().get() as number;
  db.close();
  if (millisecondsOf(last) > Date.now() + MOST_AHEAD_MS) throw new Ailment(`it is ${now}, but something was written at ${instantOf(last)}: set the clock right.`);
  return `it is ${now}, and nothing was written later`;
}

async function foldersAreThere({ eraFolder, claimFolder }: Config): Promise<string> {
  const folders = Object.entries({ COBALT_ERA_DIR: eraFolder, COBALT_837_DIR: claimFolder?.folder }).filter(([, folder]) => folder !== undefined);
  for (const [name, folder = ''] of folders) {
    await access(folder, constants.R_OK | constants.W_OK).catch(() => {
      throw new Ailment(`${name} names ${folder}, which is not there or cannot be written: make it, or correct its permissions.`);
    });
  }
  return folders.length === 0 ? 'none are set' : `${folders.map(([name]) => name).join(' and ')} can be written`;
}

/** Sources that data is kept in step with, and payers that claims are sent to: a line for each. */
async function endpointsAreWell(config: Config): Promise<boolean> {
  const found = await examinedEndpoints(config);
  if (found.length === 0) tell('endpoints', true, 'there are none yet');
  for (const { name, well, said } of found) tell(name, well, said);
  return found.every(({ well }) => well);
}

async function issuersAnswer({ issuers }: Config): Promise<string> {
  for (const { issuer, jwksUri } of issuers ?? []) {
    const address = jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    if (!(await answersJson(address))) throw new Ailment(`${issuer} does not answer at ${address}: its tokens can't be verified.`);
  }
  return issuers ? `${issuers.length} answer` : 'none are configured: this machine only';
}

async function answersJson(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(ISSUER_PATIENCE_MS) });
    return answer.ok && typeof (await answer.json()) === 'object';
  } catch {
    return false;
  }
}
