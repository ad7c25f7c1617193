import { EXIT } from '../exit-codes.js';
import type { SearchableResource } from '../fhir/search/index.js';
import { knownEntry } from '../store/known-entry.js';
import type { KnownEntry } from '../store/known-entry.js';
import { migrate, MigrationError } from '../store/migration/migrate.js';
import type { Progress } from '../store/migration/migrate.js';
import { openVersionLog } from '../store/open.js';
import type { StoreAddress } from '../store/open.js';
import { summary } from './backup.js';
import { searchAsServed } from './definitions.js';
import { UsageError } from './usage.js';
import { addressOf, optionsIn } from './words.js';

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
      say(summary('The copy is complete, and the same as its source:', await migrate({ from, to, indexOf, report: reporting() })));
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
  const { from, to } = optionsIn(words, 'migrate', { from: 'STORE', to: 'STORE' });
  const addresses = { from: addressOf('--from', from), to: addressOf('--to', to) };
  if (JSON.stringify(addresses.from) === JSON.stringify(addresses.to)) throw new UsageError('--from and --to name the same store.');
  return addresses;
}

/** Finds texts by the same definitions as the server that wrote them. */
async function indexer(): Promise<(body: Uint8Array) => readonly KnownEntry[]> {
  const search = await searchAsServed();
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

const say = (text: string): void => void process.stdout.write(`${text}\n`);
