import { existsSync } from 'node:fs';
import { EXIT } from '../exit-codes.js';
import { differences, tallyOf, type Tally } from '../store/migration/tally.js';
import { openVersionLog, type StoreAddress } from '../store/open.js';
import { copyDatabase, FolderTakenError, requireSound } from '../store/sqlite/backup.js';
import { databaseFile } from '../store/sqlite/connection.js';
import { addressOf, folderOf, optionsIn } from './words.js';

/**
 * `cobalt backup`: a copy of an embedded store that may be in use.
 * @returns what the process ends with
 * @throws {UsageError}
 * @throws {StoreUnavailableError}
 */
export async function runBackup(words: readonly string[]): Promise<number> {
  const { from, to } = optionsIn(words, 'backup', { from: 'STORE', to: 'STORE' });
  return copied(folderOf('--from', from), folderOf('--to', to), async (target) => {
    say(summary('The backup is complete. It holds:', await tallies({ kind: 'sqlite', directory: target })));
    return EXIT.done;
  });
}

/** `cobalt restore`: a store out of a backup, compared with it at the end. Ends, and throws, as `runBackup`. */
export async function runRestore(words: readonly string[]): Promise<number> {
  const { from, to } = optionsIn(words, 'restore', { from: 'STORE', to: 'STORE' });
  const source = folderOf('--from', from);
  return copied(source, folderOf('--to', to), async (target) => {
    const [expected, restored] = [await tallies({ kind: 'sqlite', directory: source }), await tallies({ kind: 'sqlite', directory: target })];
    const found = differences(expected, restored);
    if (found.length > 0) return refused(`The store differs from its backup: ${found.join('; ')}.`, EXIT.data);
    say(summary('The store is restored, and the same as its backup:', restored));
    return EXIT.done;
  });
}

/** `cobalt verify`: whether a store is sound, and what it holds. Ends, and throws, as `runBackup`. */
export async function runVerify(words: readonly string[]): Promise<number> {
  const { store } = optionsIn(words, 'verify', { store: 'STORE' });
  const address = addressOf('--store', store);
  if (address.kind === 'sqlite' && existsSync(databaseFile(address.directory))) requireSound(databaseFile(address.directory));
  const held = await tallies(address);
  say(summary('The store is sound. It holds:', held));
  return EXIT.done;
}

async function copied(source: string, target: string, then: (target: string) => Promise<number>): Promise<number> {
  try {
    await copyDatabase(source, target);
  } catch (error) {
    if (error instanceof FolderTakenError) return refused(error.message, EXIT.exists);
    throw error;
  }
  return then(target);
}

async function tallies(address: StoreAddress): Promise<readonly Tally[]> {
  const log = await openVersionLog(address, { make: false });
  try {
    return await tallyOf(log, (stamp) => stamp, () => undefined);
  } finally {
    await log.close();
  }
}

function refused(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}

/** A line for each type: how many resources and versions, and a hash over all of them with their texts. */
export const summary = (sentence: string, held: readonly Tally[]): string =>
  [sentence, ...held.map(({ type, versions, resources, hash }) => `  ${type}: ${resources} resources, ${versions} versions, ${hash.slice(0, 16)}`)].join('\n');

const say = (text: string): void => void process.stdout.write(`${text}\n`);
