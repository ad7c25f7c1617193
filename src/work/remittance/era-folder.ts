/** Remittances that a clearinghouse leaves in a folder. */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InexactAmountError } from '../../claims/money.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { readAcknowledgements } from '../../x12/acknowledgements/read.js';
import { X12Error } from '../../x12/position.js';
import { acknowledge } from '../submission/acknowledge.js';
import type { Chore } from '../worker.js';
import { importRemittances, type ImportContext } from './import.js';
import { rawFile, type FileContent } from './raw-file.js';

export interface EraFolderParts {
  readonly folder: string;
  readonly resources: Resources;
  readonly log: (entry: LogEntry) => void;
}

/** A file that was written to within this time may not be whole yet. */
const SETTLED_MS = 5_000;

/** Names under which files are written before they get their own. */
const UNFINISHED = /^\.|\.(?:tmp|part|filepart|crdownload)$/i;

/**
 * Imports what lies in the folder, remittances and acknowledgements of claims, then moves it to `done`, or to `failed` with the reason beside it. A file that another
 * process took at the same time, or that a crash left after its import, changes nothing the second time.
 */
export const eraFolder = ({ folder, resources, log }: EraFolderParts): Chore => async (now) => {
  await mkdir(folder, { recursive: true });
  for (const name of await waiting(folder, now)) await take(name, { folder, resources, log }, now);
};

async function waiting(folder: string, now: Date): Promise<string[]> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name)).map((entry) => entry.name).sort();
  const settled = await Promise.all(names.map(async (name) => now.getTime() - (await modified(join(folder, name))) >= SETTLED_MS));
  return names.filter((_name, index) => settled[index]);
}

/** Milliseconds; a file that is gone was never written long enough ago. */
const modified = (path: string): Promise<number> => stat(path).then(({ mtimeMs }) => mtimeMs, unlessGone(Infinity));

async function take(name: string, { folder, resources, log }: EraFolderParts, now: Date): Promise<void> {
  const content: FileContent = () => createReadStream(join(folder, name), { highWaterMark: 2 ** 20 });
  const id = await rawFile(content).then((file) => file.id, unlessGone(undefined));
  if (id === undefined) return;
  try {
    const took = await importFile(content, { resources, now: () => now });
    await move(name, join(folder, 'done'), folder, id);
    log({ level: 'info', file: id, ...took });
  } catch (error) {
    const reason = refusal(error) ?? unlessGone(undefined)(error);
    if (!reason) return;
    const failed = await move(name, join(folder, 'failed'), folder, id);
    if (failed !== undefined) await writeFile(`${failed}.reason.txt`, `${reason.text}\n`);
    log({ level: 'error', event: 'remittance file refused', file: id, code: reason.code });
  }
}

/** Acknowledgements of what was sent come the same way as remittances. */
async function importFile(content: FileContent, context: ImportContext): Promise<Pick<LogEntry, 'event'> & Readonly<Record<string, string | number>>> {
  const acknowledgements = await readAcknowledgements(content);
  if (acknowledgements) return { event: 'acknowledgements taken', ...await acknowledge(acknowledgements, context) };
  const { reconciliations, parked, unmatched, duplicate } = await importRemittances(content, context);
  return { event: 'remittance file imported', payments: reconciliations.length, parked: parked.length, unmatched: unmatched.length, duplicate: String(duplicate) };
}

/** Why the file itself can't be taken; undefined where it is to be tried again. */
function refusal(error: unknown): { readonly code: string; readonly text: string } | undefined {
  if (error instanceof X12Error) return { code: error.code, text: error.message };
  if (error instanceof InexactAmountError) return { code: error.name, text: error.message };
  if (error instanceof FhirError && error.status === 422) return { code: 'invalid', text: error.issues.map(({ text, expression }) => `${expression ?? ''}: ${text}`).join('\n') };
  return undefined;
}

/** The name that it has there, with the file's own id, so that no file takes another's place; undefined where another process was faster. */
async function move(name: string, target: string, folder: string, id: string): Promise<string | undefined> {
  await mkdir(target, { recursive: true });
  const moved = join(target, `${name}.${id.slice(0, 8)}`);
  return rename(join(folder, name), moved).then(() => moved, unlessGone(undefined));
}

const unlessGone = <T>(otherwise: T) => (error: unknown): T => {
  if ((error as { code?: unknown }).code === 'ENOENT') return otherwise;
  throw error;
};
