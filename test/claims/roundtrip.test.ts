import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAdjudication, toClaimResponse, toExplanationOfBenefit } from '../../src/claims/index.js';
import { anyAdjudication } from './adjudications.js';

const type = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] };
/** As it goes over the wire and comes back. */
const sent = <T>(resource: T): T => JSON.parse(JSON.stringify(resource)) as T;

describe('what is written is read back the same, balanced or not', () => {
  it('as a ClaimResponse', () => {
    fc.assert(
      fc.property(anyAdjudication('ClaimResponse'), (adjudication) => {
        expect(readAdjudication(sent(toClaimResponse(adjudication, { type, id: 'd1' }))).adjudication).toEqual(adjudication);
      }),
      { numRuns: 2000 },
    );
  });

  it('as an ExplanationOfBenefit', () => {
    fc.assert(
      fc.property(anyAdjudication('ExplanationOfBenefit'), (adjudication) => {
        expect(readAdjudication(sent(toExplanationOfBenefit(adjudication, { type, provider: { reference: 'Organization/p' }, id: 'd1' }))).adjudication).toEqual(adjudication);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is written', () => {
  it('says of a line about which nothing is stated that nothing is known', () => {
    const [sample] = decision('ClaimResponse');
    const bare = { ...sample!, lines: [{ sequence: 1, stated: {}, adjustments: [], remarks: [], expression: 'ClaimResponse.item[0]' }] };
    expect(toClaimResponse(bare, { type }).item?.[0]?.adjudication[0]?.extension?.[0]?.valueCode).toBe('unknown');
  });

  const decision = (resourceType: 'ClaimResponse' | 'ExplanationOfBenefit') => fc.sample(anyAdjudication(resourceType), { numRuns: 300, seed: 7 });
  const emptyArrays = (value: unknown): boolean =>
    Array.isArray(value) ? value.length === 0 || value.some(emptyArrays) : typeof value === 'object' && value !== null && Object.values(value).some(emptyArrays);

  it('has no empty array, which R4 forbids', () => {
    for (const adjudication of decision('ClaimResponse')) expect(emptyArrays(toClaimResponse(adjudication, { type }))).toBe(false);
    for (const adjudication of decision('ExplanationOfBenefit')) expect(emptyArrays(toExplanationOfBenefit(adjudication, { type, provider: {} }))).toBe(false);
  });

  it('says a known remark in our words, tied to its line', () => {
    const [sample] = decision('ClaimResponse');
    const written = toClaimResponse({ ...sample!, remarks: [], lines: [{ sequence: 1, stated: {}, adjustments: [], remarks: ['N20', 'N4'], expression: 'ClaimResponse.item[0]' }] }, { type });
    expect(written.processNote).toEqual([{ number: 1, type: 'display', text: 'N4: Prior carrier\'s EOB missing/incomplete' }]);
    expect(written.item?.[0]?.noteNumber).toEqual([1]);
  });
});
