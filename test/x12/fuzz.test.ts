import { InexactAmountError } from '../../src/claims/money.js';
import { prepareValidation } from '../../src/fhir/validation/index.js';
import { beforeAll, expect, test } from 'vitest';
import { checkRemittance } from '../../src/x12/era/balance.js';
import { toAdjudication } from '../../src/x12/era/adjudication.js';
import { eraClaimResponse } from '../../src/x12/era/claim-response.js';
import { paymentReconciliation } from '../../src/x12/era/payment-reconciliation.js';
import { readRemittances } from '../../src/x12/era/reader.js';
import { X12Error } from '../../src/x12/position.js';
import { damaged, numbers } from './damage.js';
import { authored } from './files.js';
import { invalidities } from './validity.js';

/** `COBALT_TEST_X12_MUTATIONS=1000000` is the soak. */
const MUTATIONS = Number(process.env['COBALT_TEST_X12_MUTATIONS'] ?? 3_000);
const SEED = Number(process.env['COBALT_TEST_SEED'] ?? 835);

const files = [authored('reversal-correction', '2-reversal-correction.835'), authored('crossover', 'remit.835'), authored('tertiary', '2-secondary-payer.835').replaceAll('~\n', '~')].map((text) => Buffer.from(text));

beforeAll(() => prepareValidation());

test(`${MUTATIONS} damaged files are read and make valid resources, or are refused with a position`, { timeout: 14_400_000 }, async () => {
  const below = numbers(SEED);
  let refused = 0;
  const invalid: string[] = [];
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = damaged(files[below(files.length)] as Buffer, below);
    try {
      for await (const remittance of readRemittances([bytes])) {
        checkRemittance(remittance);
        const made = [
          ...remittance.claims.map((claim) => eraClaimResponse(claim, remittance, toAdjudication(claim, remittance, undefined), { id: 'd1', match: undefined })),
          paymentReconciliation(remittance, { id: 'd1', payer: undefined, payee: undefined, claims: remittance.claims.map((claim) => ({ claim, response: 'd1', request: undefined })) }),
        ];
        for (const resource of made) invalid.push(...invalidities(resource).map((text) => `${text} ${bytes.toString('base64')}`));
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
