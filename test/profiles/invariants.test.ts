import type { Basic, Claim, ClaimResponse, Coverage, ExplanationOfBenefit, Extension, FhirResource, Patient, Task } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { allConstraints } from './constraints.js';
import { evaluate } from './fhirpath.js';

const url = (name: string): string => `${CANONICAL}/StructureDefinition/${name}`;
const kind = (valueCode: string): Extension => ({ url: url('payer-kind'), valueCode });
const usd = (value: number) => ({ value, currency: 'USD' });

const coverage = (change: Partial<Coverage>): Coverage => ({ resourceType: 'Coverage', status: 'active', beneficiary: { reference: 'Patient/1' }, payor: [{ reference: 'Organization/1' }], subscriberId: 'A1', ...change });
const entitled: Extension = { url: url('medicare-entitlement'), extension: [{ url: 'reason', valueCode: 'age' }] };

const claim = (change: Partial<Claim>): Claim => ({
  resourceType: 'Claim', status: 'active', use: 'claim', type: {}, priority: {}, created: '2026-10-01', patient: { reference: 'Patient/1' }, provider: { reference: 'Organization/1' },
  related: [{ claim: { reference: 'Claim/1' }, relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'associated' }] } }],
  insurance: [
    { sequence: 1, focal: false, coverage: { reference: 'Coverage/1' }, claimResponse: { reference: 'ClaimResponse/1' } },
    { sequence: 2, focal: true, coverage: { reference: 'Coverage/2' } },
    { sequence: 3, focal: false, coverage: { reference: 'Coverage/3' } },
  ],
  item: [{ sequence: 1, productOrService: {}, net: usd(0.1) }, { sequence: 2, productOrService: {}, net: usd(0.2) }],
  total: usd(0.3),
  ...change,
});
const rows = (...changes: Partial<Claim['insurance'][number]>[]): Partial<Claim> => ({ insurance: claim({}).insurance.map((row, i) => ({ ...row, ...changes[i] })) });

type Row = NonNullable<ClaimResponse['adjudication']>[number];
const amount = (code: string, value: number): Row => ({ category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code }] }, amount: usd(value) });
const adjustment = (group: string, reason: string, value: number): Row => ({
  category: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator', code: 'adjustmentreason' }, { system: 'https://x12.org/codes/claim-adjustment-group-codes', code: group }] },
  reason: { coding: [{ system: 'https://x12.org/codes/claim-adjustment-reason-codes', code: reason }] },
  amount: usd(value),
});
const line = [amount('submitted', 160), amount('eligible', 92.14), adjustment('CO', '45', 67.86), adjustment('CO', '253', 1.47), adjustment('PR', '2', 18.43), amount('benefit', 72.24)];
const instead = (from: Row[], index: number, row: Row): Row[] => from.map((each, i) => (i === index ? row : each));
const totals = (paid: number): Row[] => [amount('submitted', 160), amount('benefit', paid)];
const response = (adjudication: Row[], change: Partial<ClaimResponse> = {}): ClaimResponse => ({
  resourceType: 'ClaimResponse', status: 'active', use: 'claim', type: {}, created: '2026-10-01', outcome: 'complete', patient: { reference: 'Patient/1' }, insurer: { reference: 'Organization/1' },
  item: [{ itemSequence: 1, adjudication }], total: totals(72.24) as ClaimResponse['total'], ...change,
});
const benefit = (adjudication: Row[], change: Partial<ExplanationOfBenefit> = {}): ExplanationOfBenefit => ({
  resourceType: 'ExplanationOfBenefit', status: 'active', use: 'claim', type: {}, created: '2026-10-01', outcome: 'complete', patient: { reference: 'Patient/1' }, insurer: { reference: 'Organization/1' },
  provider: { reference: 'Organization/2' }, insurance: [{ focal: true, coverage: { reference: 'Coverage/1' } }],
  item: [{ sequence: 1, productOrService: {}, adjudication }], total: totals(72.24) as ExplanationOfBenefit['total'], ...change,
});
const reversed = line.map((row) => ({ ...row, amount: usd(-(row.amount?.value ?? 0)) }));
const noReason: Row = { ...adjustment('CO', '45', 67.86), reason: {} };
const euros: Row = { ...amount('eligible', 92.14), amount: { value: 92.14, currency: 'EUR' } };

const insured = (...focal: boolean[]): Partial<ExplanationOfBenefit> => ({ insurance: focal.map((each) => ({ focal: each, coverage: { reference: 'Coverage/1' } })) });
const paid = (type: string, change: object = {}): ExplanationOfBenefit => benefit(line, { payee: { type: { coding: [{ code: type }] }, ...change } });

const task = (change: Partial<Task>): Task => ({ resourceType: 'Task', status: 'ready', intent: 'order', ...change });

const code = (name: string): Basic['code'] => ({ coding: [{ system: `${CANONICAL}/CodeSystem/ledger`, code: name }] });
const entry = (name: string, value: number, ...extension: Extension[]): Basic => ({ resourceType: 'Basic', code: code(name), extension: [{ url: url('amount'), valueMoney: usd(value) }, ...extension] });
const [writeOffClass, reason]: [Extension, Extension] = [{ url: url('write-off-class'), valueCode: 'qmb' }, { url: url('reason'), valueString: 'cost share of a QMB' }];

const child = (...decree: Extension[]): Patient => ({ resourceType: 'Patient', extension: [{ url: url('family-situation'), extension: [{ url: 'decree', extension: decree }] }] });
const responsible: Extension = { url: 'responsibleParent', valueReference: { reference: 'RelatedPerson/1' } };

/** For each invariant: what it lets pass, and what it does not. */
const INSTANCES: Readonly<Record<string, { passes: FhirResource[]; fails: FhirResource[] }>> = {
  'us-core-15': {
    passes: [coverage({}), coverage({ subscriberId: undefined, identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] } }] })],
    fails: [coverage({ subscriberId: undefined }), coverage({ subscriberId: undefined, identifier: [{ value: 'A1' }] })],
  },
  'cobalt-coverage-1': { passes: [coverage({ extension: [kind('medicare'), entitled] }), coverage({ extension: [entitled] }), coverage({})], fails: [coverage({ extension: [kind('medigap'), entitled] })] },
  'cobalt-coverage-2': { passes: [coverage({ extension: [kind('medicare-advantage'), entitled] }), coverage({ extension: [kind('medicaid')] })], fails: [coverage({ extension: [kind('medicare')] })] },
  'cobalt-coverage-3': { passes: [coverage({ extension: [kind('group-health'), { url: url('employment') }] }), coverage({ extension: [kind('individual')] })], fails: [coverage({ extension: [kind('group-health')] })] },
  'family-situation-1': {
    passes: [child({ url: 'kind', valueCode: 'one-parent' }, responsible), child({ url: 'kind', valueCode: 'both-parents' })],
    fails: [child({ url: 'kind', valueCode: 'one-parent' })],
  },
  'cobalt-claim-1': { passes: [claim({})], fails: [claim(rows({ focal: true })), claim(rows({}, { focal: false }))] },
  'cobalt-claim-2': { passes: [claim({})], fails: [claim(rows({ sequence: 2 })), claim(rows({}, {}, { sequence: 4 }))] },
  'cobalt-claim-3': { passes: [claim({})], fails: [claim(rows({}, { claimResponse: { reference: 'ClaimResponse/2' } }))] },
  'cobalt-claim-4': { passes: [claim({})], fails: [claim({ item: [{ sequence: 1, productOrService: {} }, { sequence: 1, productOrService: {} }] })] },
  'cobalt-claim-5': { passes: [claim({})], fails: [claim({ total: { value: 0.3, currency: 'EUR' } })] },
  'cobalt-claim-6': { passes: [claim({}), claim({ item: [{ sequence: 1, productOrService: {}, net: usd(0.3) }] })], fails: [claim({ total: usd(0.31) }), claim({ total: usd(0.29) })] },
  'cobalt-secondary-claim-1': { passes: [claim({})], fails: [claim(rows({ focal: true }, { focal: false }))] },
  'cobalt-secondary-claim-2': { passes: [claim({})], fails: [claim(rows({ claimResponse: undefined }))] },
  'cobalt-secondary-claim-3': { passes: [claim({})], fails: [claim(rows({}, {}, { claimResponse: { reference: 'ClaimResponse/3' } }))] },
  'cobalt-secondary-claim-4': { passes: [claim({})], fails: [claim({ related: undefined }), claim({ related: [{ claim: { reference: 'Claim/1' }, relationship: { coding: [{ code: 'prior' }] } }] })] },
  ...Object.fromEntries(
    ([['cobalt-claim-response', response], ['cobalt-explanation-of-benefit', benefit]] as const).flatMap(([profile, decision]) => [
      [`${profile}-1`, { passes: [decision(line)], fails: [decision(instead(line, 2, noReason)), decision(line, { adjudication: [noReason] })] }],
      [`${profile}-2`, { passes: [decision(line)], fails: [decision(instead(line, 1, euros)), decision(line, { adjudication: [euros] })] }],
      [`${profile}-3`, {
        passes: [decision(line), decision([], { adjudication: line.slice(2, 5) }), decision(instead(line, 5, amount('paidtoprovider', 72.24)))],
        fails: [decision(line, { total: totals(72.25) as never }), decision(line, { adjudication: [adjustment('OA', '23', 0.01)] })],
      }],
      [`${profile}-4`, {
        passes: [decision(line), decision(reversed), decision([...line, amount('paidtoprovider', 70)]), decision(line.slice(0, 2))],
        fails: [decision(instead(line, 5, amount('benefit', 72.25))), decision(instead(line, 5, amount('paidtoprovider', 72.23))), decision(instead(line, 4, adjustment('PR', '2', 18.42)))],
      }],
    ]),
  ),
  'EOB-insurance-focal': { passes: [benefit(line, insured(true, false)), benefit(line, insured(false))], fails: [benefit(line, insured(true, true))] },
  'EOB-payee-other-type-requires-party': { passes: [paid('provider'), paid('other', { party: { reference: 'Patient/1' } })], fails: [paid('other')] },
  ...Object.fromEntries(['inpatient', 'outpatient'].map((kind) => [
    `EOB-${kind}-item-or-header-adjudication`,
    { passes: [benefit(line), benefit([], { adjudication: line })], fails: [benefit(line, { adjudication: line }), benefit([])] },
  ])),
  'cobalt-task-1': { passes: [task({}), task({ status: 'in-progress', owner: { reference: 'CareTeam/1' } })], fails: [task({ status: 'in-progress' })] },
  'cobalt-task-2': { passes: [task({}), task({ status: 'failed', statusReason: { text: 'no answer' } })], fails: [task({ status: 'failed' }), task({ status: 'on-hold' })] },
  'cobalt-task-3': { passes: [task({}), task({ status: 'completed', executionPeriod: { start: '2026-10-01', end: '2026-10-02' } })], fails: [task({ status: 'completed', executionPeriod: { end: '2026-10-02' } })] },
  'cobalt-task-4': { passes: [task({}), task({ status: 'cancelled' })], fails: [task({ status: 'requested' })] },
  'cobalt-ledger-entry-1': { passes: [entry('write-off', -5, writeOffClass, reason), entry('charge', 5)], fails: [entry('write-off', -5, writeOffClass), entry('write-off', -5, reason)] },
  'cobalt-ledger-entry-2': { passes: [entry('reversal', 5, writeOffClass), entry('write-off', -5, writeOffClass)], fails: [entry('charge', 5, writeOffClass)] },
  'cobalt-ledger-entry-3': { passes: [entry('charge', 5)], fails: [{ ...entry('charge', 5), extension: [{ url: url('amount'), valueMoney: { value: 5, currency: 'EUR' } }] }] },
  'cobalt-ledger-entry-4': { passes: [entry('charge', 5), entry('payer-payment', -5)], fails: [entry('charge', -5)] },
};

/** The element, on a resource, of an extension's own path (`Extension.extension` of `family-situation`: the decree). */
const PATHS: Readonly<Record<string, string>> = { 'family-situation-1': "Patient.extension.extension.where(url = 'decree')" };

describe('invariants', () => {
  it('each has instances here', () => expect(Object.keys(INSTANCES).sort()).toEqual(allConstraints.map(({ key }) => key).sort()));

  describe.each(allConstraints)('$key: $human', ({ key, path, expression }) => {
    const { passes = [], fails = [] } = INSTANCES[key] ?? {};
    const values = (resource: FhirResource): unknown[] => evaluate(expression, PATHS[key] ?? path, resource);
    it('passes', () => expect(passes.map(values).filter((each) => each.length === 0 || each.some((value) => value !== true))).toEqual([]));
    it('fails', () => expect(fails.map(values).filter((each) => !each.includes(false))).toEqual([]));
  });
});
