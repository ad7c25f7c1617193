import { InexactAmountError } from '../../src/claims/money.js';
import { prepareValidation, validateResource } from '../../src/fhir/validation/index.js';
import { beforeAll, expect, test } from 'vitest';
import { checkRemittance } from '../../src/x12/era/balance.js';
import { toAdjudication } from '../../src/x12/era/adjudication.js';
import { eraClaimResponse } from '../../src/x12/era/claim-response.js';
import { paymentReconciliation } from '../../src/x12/era/payment-reconciliation.js';
import { readRemittances } from '../../src/x12/era/reader.js';
import { X12Error } from '../../src/x12/position.js';
import { authored } from './files.js';

/** `COBALT_TEST_X12_MUTATIONS=1000000` is the soak. */
const MUTATIONS = Number(process.env['COBALT_TEST_X12_MUTATIONS'] ?? 3_000);
const SEED = Number(process.env['COBALT_TEST_SEED'] ?? 835);

/** Numbers below `end` that repeat with the seed (mulberry32). */
function numbers(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

type Mutation = (bytes: Buffer, below: (end: number) => number) => Buffer;
const FRAGMENTS = ['~', '*', ':', '^', '\n', '~~', '*-', '*99999999999.99', '__proto__', 'ISA', 'IEA*1*000000001~', 'ST*835*0002~', 'SE*1*0001~', 'CLP*', 'SVC*', 'CAS*CO*', 'PLB*1*20261231*WO:', '\u0000', 'é', ' ', '\t'].map((text) => Buffer.from(text));

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

const files = [authored('reversal-correction', '2-reversal-correction.835'), authored('crossover', 'remit.835'), authored('tertiary', '2-secondary-payer.835').replaceAll('~\n', '~')].map((text) => Buffer.from(text));

beforeAll(() => prepareValidation());

test(`${MUTATIONS} damaged files are read and make valid resources, or are refused with a position`, { timeout: 3_600_000 }, async () => {
  const below = numbers(SEED);
  let refused = 0;
  const invalid: string[] = [];
  for (let round = 0; round < MUTATIONS; round++) {
    let bytes: Buffer = files[below(files.length)] as Buffer;
    for (let times = below(3); times >= 0; times--) bytes = (MUTATE[below(MUTATE.length)] as Mutation)(bytes, below);
    try {
      for await (const remittance of readRemittances([bytes])) {
        checkRemittance(remittance);
        const made = [
          ...remittance.claims.map((claim) => eraClaimResponse(claim, remittance, toAdjudication(claim, remittance, undefined), { id: 'd1', match: undefined })),
          paymentReconciliation(remittance, { id: 'd1', payer: undefined, payee: undefined, claims: remittance.claims.map((claim) => ({ claim, response: 'd1', request: undefined })) }),
        ];
        for (const resource of made) invalid.push(...validateResource(JSON.parse(JSON.stringify(resource)), {}).map(({ text, expression }) => `${expression ?? ''} ${text} ${bytes.toString('base64')}`));
      }
    } catch (error) {
      if (error instanceof InexactAmountError) continue;
      if (!(error instanceof X12Error)) throw new Error(`round ${round} of seed ${SEED} failed otherwise: ${bytes.toString('base64')}`, { cause: error });
      expect(error.position.segment).toBeGreaterThan(0);
      refused++;
    }
  }
  expect(invalid.slice(0, 3)).toEqual([]);
  expect(refused).toBeGreaterThan(MUTATIONS / 2);
});
