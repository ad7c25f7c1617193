const CAPITAL_A = 'A'.charCodeAt(0);
const CAPITAL_Z = 'Z'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

const isCapital = (code: number): boolean => code >= CAPITAL_A && code <= CAPITAL_Z;
const isCapitalOrDigit = (code: number): boolean => isCapital(code) || (code >= ZERO && code <= NINE);

/** Those that were read before, by their bytes as one number: there are few, and to make a text of each would take as long as the rest of its segment. */
const KNOWN = new Map<number, string>();

/** The segment id that stands in `bytes`, [from, to): a capital letter, then one or two capital letters or digits. Undefined where there is none. */
export function segmentIdIn(bytes: Uint8Array, from: number, to: number): string | undefined {
  const length = to - from;
  if (length !== 2 && length !== 3) return undefined;
  const first = bytes[from] as number;
  const second = bytes[from + 1] as number;
  const third = length === 3 ? (bytes[from + 2] as number) : 0;
  if (length === 3 && third === 0) return undefined;
  return KNOWN.get((first << 16) | (second << 8) | third) ?? learn(first, second, third);
}

function learn(first: number, second: number, third: number): string | undefined {
  if (!isCapital(first) || !isCapitalOrDigit(second) || (third !== 0 && !isCapitalOrDigit(third))) return undefined;
  const id = third === 0 ? String.fromCharCode(first, second) : String.fromCharCode(first, second, third);
  KNOWN.set((first << 16) | (second << 8) | third, id);
  return id;
}
