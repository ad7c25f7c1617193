import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.js';
import { EXIT } from '../exit-codes.js';
import { Conformance } from '../fhir/conformance.js';
import { createSearch } from '../fhir/search/index.js';
import type { SearchableResource } from '../fhir/search/index.js';
import { inProject } from '../root.js';
import { knownEntry } from '../store/known-entry.js';
import type { KnownEntry } from '../store/known-entry.js';
import { migrate, MigrationError } from '../store/migration/migrate.js';
import type { Progress } from '../store/migration/migrate.js';
import { isMongoUrl, openVersionLog } from '../store/open.js';
import type { StoreAddress } from '../store/open.js';
import type { Tally } from '../store/migration/tally.js';
import { UsageError } from './usage.js';

/**
 * `cobalt migrate`: says on standard output how far it is, and what was copied.
 * @returns what the process ends with
 * @throws {UsageError}
 * @throws {ConfigError}
 * @throws {StoreUnavailableError}
 */
export async function runMigrate(words: readonly string[]): Promise<number> {
  const { from: source, to: target } = addressesIn(words);
  const indexOf = await indexer();
  const from = await openVersionLog(source, { make: false });
  try {
    const to = await openVersionLog(target, { make: true });
    try {
      say(summary(await migrate({ from, to, indexOf, report: reporting() })));
      return EXIT.done;
    } finally {
      await to.close();
    }
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.reason === 'target' ? EXIT.exists : EXIT.data;
  } finally {
    await from.close();
  }
}

function addressesIn(words: readonly string[]): { readonly from: StoreAddress; readonly to: StoreAddress } {
  const { from, to } = optionsIn(words);
  if (from === undefined || to === undefined) throw new UsageError('cobalt migrate needs --from STORE and --to STORE.');
  const addresses = { from: addressOf('--from', from), to: addressOf('--to', to) };
  if (JSON.stringify(addresses.from) === JSON.stringify(addresses.to)) throw new UsageError('--from and --to name the same store.');
  return addresses;
}

/** The message of an unknown option would repeat what was typed, which may be an address with a password. */
function optionsIn(words: readonly string[]): { readonly from?: string | undefined; readonly to?: string | undefined } {
  try {
    return parseArgs({ args: [...words], options: { from: { type: 'string' }, to: { type: 'string' } } }).values;
  } catch {
    throw new UsageError('cobalt migrate takes --from STORE and --to STORE, and nothing else.');
  }
}

function addressOf(option: string, text: string): StoreAddress {
  if (isMongoUrl(text)) return { kind: 'mongo', url: text };
  const directory = /^sqlite:(.+)$/.exec(text)?.[1];
  if (directory === undefined) throw new UsageError(`${option} must be sqlite:FOLDER or the address of a MongoDB database, mongodb://HOST/DATABASE.`);
  return { kind: 'sqlite', directory: resolve(directory) };
}

/** Finds texts by the same definitions as the server that wrote them. */
async function indexer(): Promise<(body: Uint8Array) => readonly KnownEntry[]> {
  const { baseUrl, host, port } = readConfig(process.env);
  const conformance = Conformance.read(inProject('profiles'));
  const search = await createSearch({ baseUrl: baseUrl ?? `http://${host}:${port}/fhir`, extraParameters: conformance.ofType('SearchParameter') });
  return (body) => search.extract(JSON.parse(Buffer.from(body).toString('utf8')) as SearchableResource).map((entry) => knownEntry(entry, unresolved));
}

function unresolved(): never {
  throw new TypeError('a stored text has no reference that stands for a change');
}

const WORDS: Readonly<Record<Progress['step'], string>> = { copy: 'Copied', verify: 'Compared' };
/** A line for every so much of the way. */
const PART = 0.05;

function reporting(): (progress: Progress) => void {
  let said = '';
  return ({ step, done, of }) => {
    const part = of === 0 ? 1 : Math.floor(done / of / PART) * PART;
    const mark = `${step} ${part}`;
    if (mark === said) return;
    said = mark;
    say(`${WORDS[step]} ${done} of ${of} versions`);
  };
}

function summary(tallies: readonly Tally[]): string {
  const lines = tallies.map(({ type, versions, resources, hash }) => `  ${type}: ${resources} resources, ${versions} versions, ${hash.slice(0, 16)}`);
  return ['The copy is complete, and the same as its source:', ...lines].join('\n');
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
