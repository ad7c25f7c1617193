import type { Claim, ClaimItem } from 'fhir/r4.js';
import { expect, test } from 'vitest';
import { correctionsOf, type Correction } from '../../src/claims/corrections.js';

const code = (value: string) => ({ coding: [{ code: value }] });
const item = (more: Partial<ClaimItem> = {}): ClaimItem => ({
  sequence: 1, productOrService: code('72148'), modifier: [code('TC')], diagnosisSequence: [1], servicedDate: '2026-10-08', locationCodeableConcept: code('11'), quantity: { value: 1 }, net: { value: 980, currency: 'USD' }, ...more,
});
const claim = (item: ClaimItem[], ...diagnoses: string[]): Claim => ({
  resourceType: 'Claim', status: 'active', use: 'claim', type: {}, patient: {}, created: '2026-10-08', provider: {}, priority: {}, insurance: [],
  diagnosis: diagnoses.map((value, index) => ({ sequence: index + 1, diagnosisCodeableConcept: code(value) })), item,
});
const before = claim([item()], 'M54.50');

test.each<[string, Claim, Correction[]]>([
  ['the same claim', claim([item()], 'M54.50'), []],
  ['the procedure', claim([item({ productOrService: code('72149') })], 'M54.50'), [{ sequence: 1, element: 'procedure', before: '72148', after: '72149' }]],
  ['a modifier more', claim([item({ modifier: [code('TC'), code('59')] })], 'M54.50'), [{ sequence: 1, element: 'modifiers', before: 'TC', after: 'TC 59' }]],
  ['a modifier less', claim([item({ modifier: [] })], 'M54.50'), [{ sequence: 1, element: 'modifiers', before: 'TC', after: 'none' }]],
  ['the diagnosis that a line points to', claim([item()], 'M51.16'), [{ sequence: 1, element: 'diagnoses', before: 'M54.50', after: 'M51.16' }]],
  ['a diagnosis that no line points to', claim([item()], 'M54.50', 'R29.898'), [{ element: 'diagnoses', before: 'M54.50', after: 'M54.50 R29.898' }]],
  ['date, place, units and charge', claim([item({ servicedDate: '2026-10-09', locationCodeableConcept: code('22'), quantity: { value: 2 }, net: { value: 1960.5, currency: 'USD' } })], 'M54.50'), [
    { sequence: 1, element: 'place of service', before: '11', after: '22' }, { sequence: 1, element: 'date of service', before: '2026-10-08', after: '2026-10-09' },
    { sequence: 1, element: 'units', before: '1', after: '2' }, { sequence: 1, element: 'charge', before: '980.00', after: '1960.50' },
  ]],
])('%s', (_name, after, expected) => {
  expect(correctionsOf(before, after)).toEqual(expected);
  expect(correctionsOf(after, before)).toEqual(expected.map((one) => ({ ...one, before: one.after, after: one.before })));
});

test('a line that is new, or gone', () => {
  const two = claim([item(), item({ sequence: 2, productOrService: code('99213'), modifier: [], diagnosisSequence: [] })], 'M54.50');
  expect(correctionsOf(before, two).map(({ sequence, element, before: was, after }) => [sequence, element, was, after])).toEqual([
    [2, 'procedure', 'none', '99213'], [2, 'place of service', 'none', '11'], [2, 'date of service', 'none', '2026-10-08'], [2, 'units', 'none', '1'], [2, 'charge', 'none', '980.00'],
  ]);
});
