import type { Claim, ClaimResponse, Coverage, FhirResource, Organization, Task } from 'fhir/r4.js';
import { AUTOMATION, workCodeOf } from '../../../src/work/task.js';
import { claim, coverage, decision, items, patient, payer } from '../../claims/derive/clinic.js';
import type { ShortDecision } from '../../claims/decisions.js';
import type { TestServer } from '../../http/server.js';

/** Today, in these tests: the visit was on 2026-02-05, the first payer decides on 2026-02-24. */
export const TODAY = '2026-03-01';

const kind = (code: string): NonNullable<Coverage['extension']> => [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: code }];

export interface VisitChange {
  readonly claim?: Partial<Claim>;
  readonly first?: Partial<Coverage>;
  /** `none`: the patient has one plan. */
  readonly second?: Partial<Coverage> | 'none';
  readonly third?: Partial<Coverage>;
  /** Parts of `payer-rules` of the second payer. */
  readonly rules?: Organization['extension'];
  readonly others?: readonly FhirResource[];
}

/** A patient with a plan of an employer and Medicaid, and the claim to the first; every id begins with `key`. */
export function visit(key: string, { claim: claimChange = {}, first, second, third, rules = [], others = [] }: VisitChange = {}): FhirResource[] {
  const resources: FhirResource[] = [
    { ...patient, address: [{ line: ['1 Mill Lane'], city: 'Larkspur', state: 'OH', postalCode: '43001' }] },
    ...plan('first', 'group-health', first),
    ...(second === 'none' ? [] : plan('second', 'medicaid', second, rules)),
    ...(third ? plan('third', 'state-program', third) : []),
    { resourceType: 'Organization', id: 'clinic', name: 'Clinic', identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }] },
    claim({
      item: items(100, 60).map((item) => ({ ...item, locationCodeableConcept: { coding: [{ system: 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set', code: '11' }] } })),
      diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'J06.9' }] } }],
      insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/first' } }],
      identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PLAC' }] }, system: 'urn:clinic', value: `N-${key}` }],
      ...claimChange,
    }),
    ...others,
  ];
  return resources.map((resource) => keyed(resource, key));
}

const plan = (id: string, payerKind: string, change: Partial<Coverage> = {}, rules: Organization['extension'] = []): FhirResource[] => [
  coverage(id, {
    extension: kind(payerKind), subscriberId: `M-${id}`, subscriber: { reference: 'Patient/p' },
    relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }] }, ...change,
  }),
  { ...payer(id, rules), name: `The ${id} payer`, identifier: [{ system: 'urn:payer-id', value: id }] },
];

/** The first payer's decision, or what a test makes of it. */
export function decided(key: string, change: ShortDecision = {}): ClaimResponse {
  const made = decision(change);
  return keyed({ ...made, ...(made.adjudication?.length === 0 ? { adjudication: undefined } : {}) }, key);
}

/** The resource with `key` before its id and before those that it refers to. */
export function keyed<T extends FhirResource>(resource: T, key: string): T {
  const text = JSON.stringify({ ...resource, ...(resource.id === undefined ? {} : { id: `${key}-${resource.id}` }) });
  return JSON.parse(text.replaceAll(/"([A-Z][A-Za-z]+)\/([a-z0-9-]+)"/g, (_, type: string, id: string) => `"${type}/${key}-${id}"`)) as T;
}

export const put = (resource: FhirResource): { readonly resource: FhirResource; readonly request: { readonly method: 'PUT'; readonly url: string } } => ({
  resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` },
});

export async function store(server: TestServer, resources: readonly FhirResource[]): Promise<void> {
  const answer = await server.post('', { resourceType: 'Bundle', type: 'transaction', entry: resources.map(put) });
  if (answer.status !== 200) throw new Error(answer.text);
}

export async function all<T extends FhirResource>(server: TestServer, query: string): Promise<T[]> {
  const answer = await server.get(`${query}${query.includes('?') ? '&' : '?'}_count=1000`);
  if (answer.status !== 200) throw new Error(answer.text);
  return ((answer.body as { entry?: { resource: T }[] }).entry ?? []).map(({ resource }) => resource);
}

const ofPatient = (key: string, type: string): string => `${type}?patient=Patient/${key}-p`;
export const claims = (server: TestServer, key: string): Promise<Claim[]> => all<Claim>(server, ofPatient(key, 'Claim'));
/** What the server does itself for the patient. */
export const reviews = (server: TestServer, key: string): Promise<Task[]> => all<Task>(server, `${ofPatient(key, 'Task')}&owner=${AUTOMATION}&code=review-adjudication`);
/** The work that is open for people. */
export const work = async (server: TestServer, key: string): Promise<Task[]> =>
  (await all<Task>(server, `${ofPatient(key, 'Task')}&status=ready,on-hold,in-progress`)).filter(({ owner }) => owner?.reference !== AUTOMATION);

/** Code, reason and state of each, sorted: `submit-claim derived ready`. */
export const inShort = (tasks: readonly Task[]): string[] => tasks.map((task) => [workCodeOf(task), task.statusReason?.coding?.[0]?.code, task.status].join(' ')).sort();
