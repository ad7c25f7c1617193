/** A file that remittances or claims came in, kept as it was, however large it is. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Binary } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { EDI_X12 } from '../../fhir/interactions/body.js';
import type { Resources } from '../../fhir/resources.js';

/** The bytes of a file from its beginning, as often as it is asked. */
export type FileContent = () => AsyncIterable<Uint8Array>;

export interface RawFile {
  /** Follows from the bytes. */
  readonly id: string;
  readonly content: FileContent;
  /** In bytes. */
  readonly size: number;
  /** SHA-1 in base64, as `Attachment.hash` has it. */
  readonly hash: string;
  /** It is in the store. */
  isKept: boolean;
}

/** Bytes that others need not wait for: a megabyte at a time. */
const TURN = 2 ** 20;

/** What one resource holds of a file. In base64 it is a third more, and a resource has at most 10 MB. */
export const PART = 4 * 2 ** 20;

/** Bytes that are at hand. */
export const contentOf = (bytes: Uint8Array): FileContent => async function* () {
  for (let at = 0; at < bytes.length; at += TURN) {
    if (at > 0) await setImmediate();
    yield bytes.subarray(at, at + TURN);
  }
};

export async function rawFile(content: FileContent): Promise<RawFile> {
  const [name, hash] = [createHash('sha256'), createHash('sha1')];
  let size = 0;
  for await (const piece of content()) {
    name.update(piece);
    hash.update(piece);
    size += piece.length;
  }
  return { id: name.digest('hex').slice(0, 32), content, size, hash: hash.digest('base64'), isKept: false };
}

/**
 * What is to be written with the first that is made of a file, so that it is there once. The parts of one that is too large for
 * a resource are stored here, under ids that follow from its own: what a crash leaves of them is the same the next time.
 * @throws {Error} the file is not the one any more that it was
 */
export async function toKeep(file: RawFile, resources: Resources): Promise<Binary[]> {
  if (file.isKept) return [];
  const parts: string[] = [];
  const check = createHash('sha256');
  for await (const bytes of partsOf(file.content)) {
    check.update(bytes);
    if (file.size <= PART) return [{ resourceType: 'Binary', id: file.id, contentType: EDI_X12, data: bytes.toString('base64') }];
    const part: Binary = { resourceType: 'Binary', id: `${file.id}-${parts.length + 1}`, contentType: 'application/octet-stream', data: bytes.toString('base64') };
    await resources.commit([{ put: part, ifAbsent: true }]);
    parts.push(`Binary/${part.id ?? ''}`);
  }
  if (!check.digest('hex').startsWith(file.id)) throw new Error('the file was changed while it was taken');
  return [{ resourceType: 'Binary', id: file.id, contentType: EDI_X12, _data: { extension: parts.map((reference) => ({ url: structureDefinition('binary-part'), valueReference: { reference } })) } }];
}

/** The bytes of a file that is kept, in parts or not; undefined where it is not there. */
export async function keptContent(id: string, resources: Resources): Promise<FileContent | undefined> {
  const binary = await resources.read<Binary>('Binary', id);
  const parts = (binary?._data?.extension ?? []).flatMap(({ url, valueReference }) => (url === structureDefinition('binary-part') ? (valueReference?.reference?.replace(/^Binary\//, '') ?? []) : []));
  if (parts.length === 0) return binary?.data === undefined ? undefined : contentOf(Buffer.from(binary.data, 'base64'));
  return async function* () {
    for (const part of parts) yield Buffer.from((await resources.read<Binary>('Binary', part))?.data ?? '', 'base64');
  };
}

/** The bytes in pieces of `PART`, the last as long as it is. */
async function* partsOf(content: FileContent): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (let piece of content()) {
    while (size + piece.length >= PART) {
      const rest = piece.subarray(PART - size);
      yield Buffer.concat([...pieces, piece.subarray(0, PART - size)]);
      [pieces, size, piece] = [[], 0, rest];
    }
    pieces.push(piece);
    size += piece.length;
  }
  if (size > 0) yield Buffer.concat(pieces);
}
