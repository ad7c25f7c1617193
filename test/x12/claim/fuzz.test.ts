import { beforeAll, expect, test } from 'vitest';
import { InexactAmountError } from '../../../src/claims/money.js';
import { prepareValidation } from '../../../src/fhir/validation/index.js';
import { readClaims } from '../../../src/x12/claim/read.js';
import { writeClaim } from '../../../src/x12/claim/write.js';
import { readTransactionSets } from '../../../src/x12/envelope.js';
import { X12Error } from '../../../src/x12/position.js';
import { digest } from '../../../src/work/task.js';
import { damaged, numbers } from '../damage.js';
import { authored } from '../files.js';
import { invalidities } from '../validity.js';
import { kindOf } from './written.js';

/** `COBALT_TEST_X12_MUTATIONS=1000000` is the soak. */
const MUTATIONS = Number(process.env['COBALT_TEST_X12_MUTATIONS'] ?? 1_000);
const SEED = Number(process.env['COBALT_TEST_SEED'] ?? 837);

const files = [authored('tertiary', 'tertiary.837'), authored('professional-secondary', 'secondary.837'), authored('reversal-correction', 'primary.837').replaceAll('~\n', '~')].map((text) => Buffer.from(text));

beforeAll(() => prepareValidation());

test(`${MUTATIONS} damaged files become valid resources, or are refused with a position; what became a claim is written or refused`, { timeout: 14_400_000 }, async () => {
  const below = numbers(SEED);
  const invalid: string[] = [];
  let refused = 0;
  let read = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = withCount(damaged(files[below(files.length)] as Buffer, below), below);
    try {
      for await (const set of readTransactionSets([bytes])) {
        for (const { claim, resources } of readClaims(set, digest)) {
          read++;
          for (const resource of [claim, ...resources]) invalid.push(...invalidities(resource).map((text) => `${text} ${bytes.toString('base64')}`));
          writeClaim({ claim, resources, payerKindOf: kindOf });
        }
      }
    } catch (error) {
      if (error instanceof InexactAmountError) continue;
      if (!(error instanceof X12Error)) throw new Error(`round ${round} of seed ${SEED} failed otherwise: ${bytes.toString('base64')}`, { cause: error });
      if (error.code !== 'x12-delimiter') expect(error.position.segment).toBeGreaterThan(0);
      refused++;
    }
  }
  expect(invalid.slice(0, 3)).toEqual([]);
  expect(refused).toBeGreaterThan(MUTATIONS / 4);
  expect(read).toBeGreaterThan(MUTATIONS / 4);
});

/** Two times in three with the count of segments that it should have, so that damage gets behind the envelope. */
function withCount(bytes: Buffer, below: (end: number) => number): Buffer {
  if (below(3) === 0) return bytes;
  const segments = bytes.toString('latin1').split('~');
  const [first, last] = [segments.findIndex((one) => /^\s*ST\*/.test(one)), segments.findIndex((one) => /^\s*SE\*/.test(one))];
  if (first < 0 || last < first) return bytes;
  segments[last] = (segments[last] as string).replace(/SE\*\d*/, `SE*${last - first + 1}`);
  return Buffer.from(segments.join('~'), 'latin1');
}
