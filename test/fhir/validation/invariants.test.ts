import { readFileSync } from 'node:fs';
import { evalFhirPath } from '@medplum/core';
import type { StructureDefinition } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../../src/fhir/validation/invariants.js';
import { inProject } from '../../../src/root.js';

type Json = Record<string, unknown>;
const UCUM = 'http://unitsofmeasure.org';
const clinical = (code: string): Json => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }] });
const inError = (kind: string): Json => ({ coding: [{ system: `http://terminology.hl7.org/CodeSystem/${kind}`, code: 'entered-in-error' }] });
const entry = (rest: Json): Json => ({ entry: [rest] });
const x = { text: 'x' };

/** Key and element · elements that meet it · elements that break it. */
const CASES: [string, string, Json[], Json[]][] = [
  ['ext-1', 'Extension', [{ url: 'a', valueString: 'x' }, { url: 'a', extension: [{ url: 'b', valueString: 'x' }] }], [{ url: 'a' }, { url: 'a', valueString: 'x', extension: [{ url: 'b', valueString: 'x' }] }]],
  ['per-1', 'Period', [{ start: '2024-01-01', end: '2024-01-01' }, { start: '2024' }, { end: '2024' }], [{ start: '2024-01-02', end: '2024-01-01' }, { start: '2025', end: '2024' }]],
  ['qty-3', 'Quantity', [{ value: 1 }, { value: 1, system: UCUM, code: 'h' }], [{ value: 1, code: 'h' }]],
  ['age-1', 'Age', [{ value: 1, system: UCUM, code: 'a' }], [{ value: 1 }, { value: 0, system: UCUM, code: 'a' }, { value: 1, system: 'http://x', code: 'a' }]],
  ['cnt-3', 'Count', [{ value: 1, system: UCUM, code: '1' }], [{ value: 1 }, { value: 1.5, system: UCUM, code: '1' }, { value: 1, system: UCUM, code: 'h' }]],
  ['dis-1', 'Distance', [{ value: 1, system: UCUM, code: 'm' }], [{ value: 1 }, { value: 1, system: 'http://x', code: 'm' }]],
  ['drt-1', 'Duration', [{ value: 1, system: UCUM, code: 'h' }, { value: 1 }], [{ value: 1, system: 'http://x', code: 'h' }, { system: UCUM, code: 'h' }]],
  ['rat-1', 'Ratio', [{ numerator: { value: 1 }, denominator: { value: 2 } }, { extension: [{ url: 'a', valueString: 'x' }] }], [{ numerator: { value: 1 } }, { denominator: { value: 1 } }]],
  ['rng-2', 'Range', [{ low: { value: 1 }, high: { value: 1 } }, { low: { value: 1 } }], [{ low: { value: 2 }, high: { value: 1 } }]],
  ['cpt-2', 'ContactPoint', [{ system: 'phone', value: '1' }, { use: 'home' }], [{ value: '1' }]],
  ['att-1', 'Attachment', [{ contentType: 'a/b', data: 'QUJD' }, { url: 'x' }], [{ data: 'QUJD' }]],
  ['exp-1', 'Expression', [{ language: 'a', expression: 'x' }, { language: 'a', reference: 'x' }], [{ language: 'a' }]],
  ['tim-1', 'Timing.repeat', [{ duration: 1, durationUnit: 'h' }, {}], [{ duration: 1 }]],
  ['tim-2', 'Timing.repeat', [{ period: 1, periodUnit: 'h' }, {}], [{ period: 1 }]],
  ['tim-4', 'Timing.repeat', [{ duration: 0 }, {}], [{ duration: -1 }]],
  ['tim-5', 'Timing.repeat', [{ period: 0 }, {}], [{ period: -1 }]],
  ['tim-6', 'Timing.repeat', [{ period: 1, periodMax: 2 }, {}], [{ periodMax: 2 }]],
  ['tim-7', 'Timing.repeat', [{ duration: 1, durationMax: 2 }, {}], [{ durationMax: 2 }]],
  ['tim-8', 'Timing.repeat', [{ count: 1, countMax: 2 }, {}], [{ countMax: 2 }]],
  ['ces-1', 'CoverageEligibilityResponse.insurance.item', [{ category: x }, { productOrService: x }], [{}, { category: x, productOrService: x }]],
  ['ipn-1', 'InsurancePlan', [{ name: 'x' }, { identifier: [{ value: '1' }] }], [{ status: 'active' }]],
  ['inv-1', 'Task', [{ authoredOn: '2024-01-01', lastModified: '2024-01-02' }, { authoredOn: '2024-01-01' }], [{ authoredOn: '2024-01-02', lastModified: '2024-01-01' }]],
  ['org-1', 'Organization', [{ name: 'x' }, { identifier: [{ value: '1' }] }], [{ active: true }]],
  ['org-2', 'Organization', [{ address: [{ use: 'work' }] }], [{ address: [{ use: 'work' }, { use: 'home' }] }]],
  ['org-3', 'Organization', [{ telecom: [{ use: 'work' }] }], [{ telecom: [{ use: 'home' }] }]],
  ['pat-1', 'Patient.contact', [{ name: x }, { telecom: [{ value: '1' }] }, { address: { city: 'x' } }, { organization: { display: 'x' } }], [{ gender: 'other' }]],
  ['grp-1', 'Group', [{ actual: true, member: [{ entity: { display: 'x' } }] }, { actual: false }], [{ actual: false, member: [{ entity: { display: 'x' } }] }]],
  ['bdl-1', 'Bundle', [{ type: 'searchset', total: 1 }, { type: 'history', total: 1 }, { type: 'batch' }], [{ type: 'batch', total: 1 }]],
  ['bdl-2', 'Bundle', [{ type: 'searchset', ...entry({ search: { mode: 'match' } }) }, { type: 'batch', ...entry({}) }], [{ type: 'history', ...entry({ search: { mode: 'match' } }) }]],
  ['bdl-3', 'Bundle', [{ type: 'batch', ...entry({ request: { method: 'GET', url: 'x' } }) }, { type: 'collection', ...entry({ fullUrl: 'a' }) }], [{ type: 'transaction', ...entry({ fullUrl: 'a' }) }, { type: 'collection', ...entry({ request: { method: 'GET', url: 'x' } }) }]],
  ['bdl-4', 'Bundle', [{ type: 'batch-response', ...entry({ response: { status: '200' } }) }, { type: 'collection', ...entry({ fullUrl: 'a' }) }], [{ type: 'history', ...entry({ fullUrl: 'a' }) }, { type: 'collection', ...entry({ response: { status: '200' } }) }]],
  ['bdl-5', 'Bundle.entry', [{ request: { method: 'GET' } }, { response: { status: '200' } }, { resource: { resourceType: 'Basic' } }], [{ fullUrl: 'a' }]],
  ['bdl-7', 'Bundle', [{ type: 'batch', entry: [{ fullUrl: 'a' }, { fullUrl: 'b' }, {}] }, { type: 'history', entry: [{ fullUrl: 'a' }, { fullUrl: 'a' }] }, { type: 'collection', entry: [1, 2].map((versionId) => ({ fullUrl: 'a', resource: { meta: { versionId: String(versionId) } } })) }], [{ type: 'batch', entry: [{ fullUrl: 'a' }, { fullUrl: 'a' }] }]],
  ['bdl-8', 'Bundle.entry', [{ fullUrl: 'http://x/Basic/1' }, {}], [{ fullUrl: 'http://x/Basic/1/_history/1' }]],
  ['bdl-9', 'Bundle', [{ type: 'document', identifier: { system: 's', value: '1' } }, { type: 'batch' }], [{ type: 'document' }, { type: 'document', identifier: { value: '1' } }]],
  ['bdl-10', 'Bundle', [{ type: 'document', timestamp: '2024-01-01T00:00:00Z' }, { type: 'batch' }], [{ type: 'document' }]],
  ['bdl-11', 'Bundle', [{ type: 'document', ...entry({ resource: { resourceType: 'Composition' } }) }, { type: 'batch' }], [{ type: 'document', ...entry({ resource: { resourceType: 'Basic' } }) }]],
  ['bdl-12', 'Bundle', [{ type: 'message', ...entry({ resource: { resourceType: 'MessageHeader' } }) }, { type: 'batch' }], [{ type: 'message', ...entry({ resource: { resourceType: 'Basic' } }) }]],
  ['inv-1', 'Parameters.parameter', [{ name: 'a', valueString: 'x' }, { name: 'a', part: [{ name: 'b', valueString: 'x' }] }, { name: 'a', resource: { resourceType: 'Basic' } }], [{ name: 'a' }, { name: 'a', valueString: 'x', resource: { resourceType: 'Basic' } }, { name: 'a', valueString: 'x', part: [{ name: 'b' }] }]],
  ['opd-1', 'OperationDefinition.parameter', [{ type: 'string' }, { part: [{ name: 'x' }] }], [{ name: 'x' }]],
  ['obs-6', 'Observation', [{ dataAbsentReason: x }, { valueString: 'x' }], [{ dataAbsentReason: x, valueString: 'x' }]],
  ['obs-3', 'Observation.referenceRange', [{ low: { value: 1 } }, { high: { value: 1 } }, { text: 'x' }], [{ age: { low: { value: 1 } } }]],
  ['con-1', 'Condition.stage', [{ summary: x }, { assessment: [{ display: 'x' }] }], [{ type: x }]],
  ['con-2', 'Condition.evidence', [{ code: [x] }, { detail: [{ display: 'x' }] }], [{ id: 'a' }]],
  ['con-4', 'Condition', [{ abatementString: 'x', clinicalStatus: clinical('remission') }, {}], [{ abatementString: 'x', clinicalStatus: clinical('active') }, { abatementDateTime: '2024' }]],
  ['con-5', 'Condition', [{ verificationStatus: inError('condition-ver-status') }, { clinicalStatus: clinical('active') }], [{ verificationStatus: inError('condition-ver-status'), clinicalStatus: clinical('active') }]],
  ['ait-1', 'AllergyIntolerance', [{ clinicalStatus: x }, { verificationStatus: inError('allergyintolerance-verification') }], [{ patient: { display: 'x' } }]],
  ['ait-2', 'AllergyIntolerance', [{ verificationStatus: inError('allergyintolerance-verification') }], [{ verificationStatus: inError('allergyintolerance-verification'), clinicalStatus: x }]],
  ['app-1', 'Appointment.participant', [{ type: [x] }, { actor: { display: 'x' } }], [{ status: 'accepted' }]],
  ['app-2', 'Appointment', [{ start: '2024-01-01T00:00:00Z', end: '2024-01-01T01:00:00Z' }, {}], [{ start: '2024-01-01T00:00:00Z' }]],
  ['app-3', 'Appointment', [{ status: 'waitlist' }, { status: 'booked', start: '2024-01-01T00:00:00Z', end: '2024-01-01T01:00:00Z' }], [{ status: 'booked' }]],
  ['prr-1', 'ServiceRequest', [{ orderDetail: [x], code: x }, {}], [{ orderDetail: [x] }]],
  ['imm-1', 'Immunization.education', [{ documentType: 'x' }, { reference: 'x' }], [{ publicationDate: '2024' }]],
  ['ppc-1', 'Consent', [{ policy: [{ uri: 'x' }] }, { policyRule: x }], [{ status: 'active' }]],
  ['cmp-1', 'Composition.section', [{ text: { status: 'generated' } }, { entry: [{ display: 'x' }] }, { section: [{ title: 'x' }] }], [{ title: 'x' }]],
  ['lst-1', 'List', [{ emptyReason: x }, { entry: [{ item: { display: 'x' } }] }], [{ emptyReason: x, entry: [{ item: { display: 'x' } }] }]],
];

let expressions: Map<string, string>;
beforeAll(() => {
  const definitions = ['profiles-types.json', 'profiles-resources.json'].flatMap((file) => {
    const bundle = JSON.parse(readFileSync(inProject('node_modules', '@medplum', 'definitions', 'dist', 'fhir', 'r4', file), 'utf8')) as { entry: { resource: StructureDefinition }[] };
    return bundle.entry.map(({ resource }) => resource);
  });
  const elements = definitions.flatMap(({ snapshot }) => snapshot?.element ?? []);
  expressions = new Map(elements.flatMap(({ path, constraint }) => (constraint ?? []).map(({ key, expression }) => [`${path} ${key}`, expression ?? ''] as const)));
});

describe('each invariant tells what meets it from what breaks it, as its FHIRPath does', () => {
  it.each(CASES)('%s of %s', (key, on, met, broken) => {
    const invariant = INVARIANTS.find(({ id, on: node }) => id === key && node === on);
    const below = invariant?.at ?? '';
    const expression = expressions.get(`${on} ${key}`);
    const expressionBelow = expressions.get(`${on}.${below} ${key}`);
    expect(expression ?? expressionBelow).toBeDefined();
    for (const [elements, expected] of [[met, true], [broken, false]] as const) {
      for (const element of elements) {
        expect(invariant?.holds(element), JSON.stringify(element)).toBe(expected);
        expect(evaluate(expression ?? `${below}.${expressionBelow ?? ''}`, element), `FHIRPath of ${JSON.stringify(element)}`).toBe(expected);
      }
    }
  });

  it('and none is without a case', () => {
    expect(INVARIANTS.map(({ id, on }) => `${id} ${on}`)).toEqual(CASES.map(([id, on]) => `${id} ${on}`));
  });
});

/** An expression that comes out empty doesn't speak against the element. */
function evaluate(expression: string, element: Json): boolean {
  const stated = expression.replaceAll('%ucum', `'${UCUM}'`).replaceAll('%resource.type', `'${String(element.type)}'`);
  return evalFhirPath(stated, element as never).every((value) => value === true);
}
