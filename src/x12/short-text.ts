/** Qualifiers and codes: most elements are two or three characters, and the same ones again and again. */

/** Bytes, at most. */
export const SHORT = 4;

/** Places for texts; each holds the last that belongs there. */
const PLACES = 4_096;
const keys = new Int32Array(PLACES);
const texts: string[] = Array.from({ length: PLACES }, () => '');

/** The ASCII text in `bytes`, [from, to), of at most four characters: the same text for the same bytes, not one of its own each time. */
export function shortText(bytes: Uint8Array, from: number, to: number): string {
  let key = 0;
  for (let at = from; at < to; at++) key = (key << 8) | (bytes[at] as number);
  if (key === 0) return to === from ? '' : String.fromCharCode(...bytes.subarray(from, to));
  const place = Math.imul(key, 0x9e3779b1) >>> 20;
  if (keys[place] === key && texts[place]?.length === to - from) return texts[place];
  const text = String.fromCharCode(...bytes.subarray(from, to));
  keys[place] = key;
  texts[place] = text;
  return text;
}
