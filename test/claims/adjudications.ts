import fc from 'fast-check';
import type { AdjudicatedLine, Adjudication, Adjustment, AdjustmentGroup, StatedAmounts } from '../../src/claims/model.js';
import { centsOf, negate, sum, type Cents } from '../../src/claims/money.js';

const amount = (max: number): fc.Arbitrary<Cents> => fc.integer({ min: -max, max }).map(centsOf);
const group = fc.constantFrom<AdjustmentGroup>('CO', 'PR', 'OA', 'PI');
const reason = fc.constantFrom('1', '2', '3', '45', '23', '97', '204', '253', '16', '22', '50', '999', 'B15', '109');

export const adjustment: fc.Arbitrary<Adjustment> = fc.record(
  { group, reason, amount: amount(500_000), quantity: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: ['group', 'reason', 'amount'] },
);

const day = fc.date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2029-12-31T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const remark = fc.constantFrom('MA01', 'MA18', 'N4', 'N20', 'N522', 'MA130', 'M15');
const stated = (required: (keyof StatedAmounts)[] = []): fc.Arbitrary<StatedAmounts> =>
  fc.record(
    {
      charge: amount(9_999_999), allowed: amount(9_999_999), paid: amount(9_999_999), paidToPatient: amount(9999), deductible: amount(9999), coinsurance: amount(9999), copay: amount(9999),
      memberLiability: amount(9999), noncovered: amount(9999), priorPayerPaid: amount(9999), patientPaid: amount(9999), discount: amount(9999),
    },
    { requiredKeys: required },
  );
const incomplete = fc.array(
  fc.oneof(
    fc.record({ reason, amount: amount(9999) }),
    fc.record({ group, amount: amount(9999) }),
    fc.record({ group, reason }),
  ),
  { minLength: 1, maxLength: 2 },
);

type LineBody = Omit<AdjudicatedLine, 'sequence' | 'expression' | 'added' | 'joined'>;
const lineBody: fc.Arbitrary<LineBody> = fc.record(
  {
    stated: stated(),
    adjustments: fc.array(adjustment, { maxLength: 4 }),
    incomplete,
    remarks: fc.uniqueArray(remark, { maxLength: 3 }),
    coveredPercent: fc.constantFrom(80, 0.8, 100),
    service: fc.record(
      { system: fc.constantFrom('http://www.ama-assn.org/go/cpt', 'http://www.ada.org/cdt'), code: fc.constantFrom('99213', 'D1110'), modifiers: fc.uniqueArray(fc.constantFrom('25', 'RT', '59'), { maxLength: 2 }), quantity: fc.integer({ min: 0, max: 9 }) },
      { requiredKeys: ['code', 'modifiers'] },
    ),
    serviced: fc.tuple(day, day).map(([a, b]) => (a < b ? { start: a, end: b } : { start: b, end: a })),
  },
  { requiredKeys: ['stated', 'adjustments', 'remarks'] },
);

/** Any decision that the model can hold, balanced or not, as it is read from a resource of `resourceType`. */
export function anyAdjudication(resourceType: 'ClaimResponse' | 'ExplanationOfBenefit'): fc.Arbitrary<Adjudication> {
  return fc
    .record(
      {
        status: fc.constantFrom('active', 'cancelled'),
        use: fc.constantFrom('claim', 'predetermination'),
        outcome: fc.constantFrom('complete', 'partial', 'queued', 'error'),
        eraStatus: fc.constantFrom('1', '2', '3', '4', '19', '22'),
        payerClaimNumber: fc.constantFrom('ICN-1', '26063NL0031'),
        providerClaimNumber: fc.constantFrom('PCC26022401', 'A1'),
        claim: fc.constant('Claim/c1'), patient: fc.constant('Patient/p1'), insurer: fc.constant('Organization/o1'), coverage: fc.constant('Coverage/v1'),
        date: day,
        stated: stated(),
        adjustments: fc.array(adjustment, { maxLength: 4 }),
        incomplete,
        remarks: fc.uniqueArray(remark, { maxLength: 3 }),
        interest: amount(9999),
        crossoverCarrier: fc.record({ reference: fc.constant('Organization/o2'), display: fc.constant('Medigap') }, { requiredKeys: [] }).filter((carrier) => Object.keys(carrier).length > 0),
        bodies: fc.array(lineBody, { maxLength: 5 }),
        added: fc.array(lineBody, { maxLength: 2 }),
      },
      { requiredKeys: ['status', 'use', 'outcome', 'date', 'stated', 'adjustments', 'remarks', 'bodies', 'added'] },
    )
    .map(({ bodies, added, ...header }) => ({
      ...header,
      source: { resourceType, reference: `${resourceType}/d1` },
      lines: [
        ...bodies.map((body, index): AdjudicatedLine => ({ ...body, sequence: index * 2 + 1, expression: `${resourceType}.item[${index}]` })),
        ...added.map((body, index): AdjudicatedLine => ({
          ...body,
          ...(index % 2 === 0 ? { added: 'replaces', sequence: 1, joined: [2, 5] } : { added: 'new', sequence: Math.max(5, bodies.length * 2 - 1) + 1 }),
          expression: `${resourceType}.addItem[${index}]`,
        })),
      ],
    }));
}

/** A decision whose equations all hold: charges of 1 cent and more, some money on either level. */
export const balancedAdjudication: fc.Arbitrary<Adjudication> = fc
  .record({
    lines: fc.array(fc.record({ charge: fc.integer({ min: 1, max: 5_000_000 }).map(centsOf), adjustments: fc.array(adjustment, { maxLength: 5 }), remarks: fc.uniqueArray(remark, { maxLength: 2 }) }), { minLength: 1, maxLength: 8 }),
    adjustments: fc.array(adjustment, { maxLength: 3 }),
    eraStatus: fc.constantFrom('1', '2'),
    date: day,
    payerClaimNumber: fc.constantFrom('ICN-1', 'ICN-2', 'ICN-3'),
  })
  .map(({ lines, adjustments, eraStatus, date, payerClaimNumber }) => {
    const paidOf = (charge: Cents, list: readonly Adjustment[]): Cents => centsOf(charge - sum(list.map((row) => row.amount)));
    const built = lines.map((line, index): AdjudicatedLine => ({
      sequence: index + 1, stated: { charge: line.charge, paid: paidOf(line.charge, line.adjustments) }, adjustments: line.adjustments, remarks: line.remarks, expression: `ClaimResponse.item[${index}]`,
    }));
    return {
      source: { resourceType: 'ClaimResponse', reference: undefined }, status: 'active', use: 'claim', outcome: 'complete', eraStatus, payerClaimNumber, claim: 'Claim/c1', patient: 'Patient/p1', coverage: 'Coverage/v1', date,
      stated: { charge: sum(built.map((line) => line.stated.charge ?? centsOf(0))), paid: paidOf(sum(built.map((line) => line.stated.paid ?? centsOf(0))), adjustments) },
      adjustments, lines: built, remarks: [],
    };
  });

/** The reversal of a decision: every sign turned, CLP02 22. */
export function reversalOf(decision: Adjudication, date: string): Adjudication {
  const turn = ({ stated: amounts, adjustments }: Pick<Adjudication, 'stated' | 'adjustments'>): Pick<Adjudication, 'stated' | 'adjustments'> => ({
    stated: Object.fromEntries(Object.entries(amounts).map(([field, value]) => [field, negate(value as Cents)])),
    adjustments: adjustments.map((row) => ({ ...row, amount: negate(row.amount) })),
  });
  return { ...decision, ...turn(decision), lines: decision.lines.map((line) => ({ ...line, ...turn(line) })), eraStatus: '22', date };
}
