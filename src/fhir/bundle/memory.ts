/** The sizes kept: from where memory is had from the system page by page, to where an answer is rare. */
const LEAST = 2 ** 15;
const MOST = 2 ** 20;
const KEPT_BYTES = 16 * 2 ** 20;

/** By size, each a power of two. */
const kept = new Map<number, Buffer[]>();
let keptBytes = 0;

/**
 * Memory for one answer. Fresh memory of this size is had from the system, whose pages cost more at their first touch
 * than all that is written into them: what an answer used serves the next one, once it is given back.
 */
export function takeMemory(length: number): Buffer {
  if (length < LEAST || length > MOST) return Buffer.allocUnsafe(length);
  const size = 2 ** Math.ceil(Math.log2(length));
  const memory = kept.get(size)?.pop();
  if (!memory) return Buffer.allocUnsafeSlow(size).subarray(0, length);
  keptBytes -= size;
  return memory.subarray(0, length);
}

/** Gives back what was taken, at most once, when nobody reads it any more. What is never given back is collected as garbage. */
export function giveMemory({ buffer }: Buffer): void {
  const size = buffer.byteLength;
  if (size < LEAST || size > MOST || keptBytes + size > KEPT_BYTES) return;
  const same = kept.get(size);
  if (same) same.push(Buffer.from(buffer));
  else kept.set(size, [Buffer.from(buffer)]);
  keptBytes += size;
}
