import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What was made from what: the name of a generator → the hash of its inputs when it last ran to its end. */
export type Stamps = Record<string, string>;

/** The hash of the contents of files, in their order; a missing file counts as empty. */
export function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(contentOf(file)).update('\0');
  return hash.digest('hex');
}

/** The stamps of an earlier build; none when there was no build or its file can't be read. */
export function readStamps(file: string): Stamps {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stamps;
  } catch {
    return {};
  }
}

function contentOf(file: string): Uint8Array | string {
  try {
    return readFileSync(file);
  } catch {
    return '';
  }
}
