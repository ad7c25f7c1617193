/** Damage to X12 files, the same for the same seed. */

/** Numbers below `end` that repeat with the seed (mulberry32). */
export function numbers(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

type Mutation = (bytes: Buffer, below: (end: number) => number) => Buffer;
const FRAGMENTS = ['~', '*', ':', '^', '\n', '~~', '*-', '*99999999999.99', '__proto__', 'ISA', 'IEA*1*000000001~', 'ST*835*0002~', 'SE*1*0001~', 'CLP*', 'SVC*', 'CAS*CO*', 'CLM*', 'SVD*', 'HL*9**22*0~', 'SBR*P*18~', 'PLB*1*20261231*WO:', '\u0000', 'é', ' ', '\t'].map((text) => Buffer.from(text));

const MUTATE: readonly Mutation[] = [
  (bytes, below) => bytes.subarray(0, below(bytes.length)),
  (bytes, below) => {
    const damaged = Buffer.from(bytes);
    if (damaged.length > 0) damaged[below(damaged.length)] = below(256);
    return damaged;
  },
  (bytes, below) => {
    const at = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), FRAGMENTS[below(FRAGMENTS.length)] as Buffer, bytes.subarray(at)]);
  },
  (bytes, below) => {
    const at = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(60))]);
  },
  (bytes, below) => {
    const at = below(bytes.length);
    const piece = bytes.subarray(at, at + below(200));
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
  (bytes, below) => {
    const segments = bytes.toString('latin1').split('~');
    const [one, two] = [below(segments.length), below(segments.length)];
    [segments[one], segments[two]] = [segments[two] as string, segments[one] as string];
    return Buffer.from(segments.join('~'), 'latin1');
  },
];

/** The file with one to three of them. */
export function damaged(file: Buffer, below: (end: number) => number): Buffer {
  let bytes = file;
  for (let times = below(3); times >= 0; times--) bytes = (MUTATE[below(MUTATE.length)] as Mutation)(bytes, below);
  return bytes;
}
