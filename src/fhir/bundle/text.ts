import { giveMemory, takeMemory } from './memory.js';

/** A piece of JSON text: our own as a string, stored text as its bytes. */
export type Chunk = string | Uint8Array;

export interface Link {
  readonly relation: 'self' | 'next';
  readonly url: string;
}

export interface BundleHead {
  readonly type: 'searchset' | 'history' | 'transaction-response' | 'batch-response';
  readonly total?: number | undefined;
  readonly links: readonly Link[];
}

/** The body of an answer: a Bundle put together from stored texts, none of them parsed. Each entry is the chunks of one JSON object. */
export function bundleBody({ type, total, links }: BundleHead, entries: readonly (readonly Chunk[])[]): { readonly body: Uint8Array; readonly sent: () => void } {
  const chunks: Chunk[] = [`{"resourceType":"Bundle","type":"${type}"`];
  if (total !== undefined) chunks.push(`,"total":${total}`);
  if (links.length > 0) chunks.push(`,"link":${JSON.stringify(links)}`);
  entries.forEach((entry, index) => {
    chunks.push(index === 0 ? ',"entry":[' : ',');
    chunks.push(...entry);
  });
  chunks.push(entries.length > 0 ? ']}' : '}');
  const body = concatenate(chunks);
  return { body, sent: () => giveMemory(body) };
}

function concatenate(chunks: readonly Chunk[]): Buffer {
  let length = 0;
  const sizes = chunks.map((chunk) => {
    const size = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    length += size;
    return size;
  });
  const whole = takeMemory(length);
  let position = 0;
  chunks.forEach((chunk, index) => {
    const size = sizes[index] ?? 0;
    if (typeof chunk !== 'string') whole.set(chunk, position);
    // A text as long in bytes as in characters is ASCII, which is copied without being looked at.
    else if (size === chunk.length) whole.write(chunk, position, 'latin1');
    else whole.write(chunk, position);
    position += size;
  });
  return whole;
}
