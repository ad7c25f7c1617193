import type { Claim, Reference } from 'fhir/r4.js';
import { expect, it } from 'vitest';
import { localize, resolve } from '../../src/sync/references.js';

const BASE = 'https://ehr.example/fhir/r4';
const STATED = 'https://cobalt.example/fhir/StructureDefinition/stated-reference';
const HERE: Readonly<Record<string, string>> = { 'Patient/p1': 'Patient/here-1', 'Coverage/c1': 'Coverage/here-2' };
const locate = ({ type, id }: { readonly type: string; readonly id: string }): Promise<string | undefined> => Promise.resolve(HERE[`${type}/${id}`]);

/** Every form of a reference that a source may write (domain/smart-and-sync.md D2, point 8), and what stands here instead; `waits`: it is looked for again. */
const FORMS: readonly [form: string, theirs: Reference, ours: Reference, waits?: true][] = [
  ['relative', { reference: 'Patient/p1', display: 'P' }, { reference: 'Patient/here-1', display: 'P' }],
  ['absolute, of the same base', { reference: `${BASE}/Coverage/c1` }, { reference: 'Coverage/here-2' }],
  ['of a version', { reference: 'Patient/p1/_history/7' }, { reference: 'Patient/here-1' }],
  ['to what is not here', { reference: 'Patient/p2' }, { type: 'Patient', identifier: { system: BASE, value: 'Patient/p2' } }, true],
  ['to what is not here, with a type and an identifier of its own', { reference: 'Patient/p2', type: 'Patient', identifier: { value: 'MRN' } }, { type: 'Patient', identifier: { system: BASE, value: 'Patient/p2' }, extension: [{ url: STATED, valueReference: { type: 'Patient', identifier: { value: 'MRN' } } }] }, true],
  ['urn:uuid', { reference: 'urn:uuid:0a1b' }, { identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0a1b' } }],
  ['absolute, of another host', { reference: 'https://other.example/fhir/Patient/p1' }, { identifier: { system: 'urn:ietf:rfc:3986', value: 'https://other.example/fhir/Patient/p1' } }],
  ['by another name of the server', { reference: `https://node-7.example${new URL(BASE).pathname}/Patient/p1` }, { reference: 'Patient/here-1' }],
  ['of a host whose name begins alike', { reference: `${BASE}.evil.example/Patient/p1` }, { identifier: { system: 'urn:ietf:rfc:3986', value: `${BASE}.evil.example/Patient/p1` } }],
  ['conditional', { reference: 'Patient?identifier=urn:mrn|1' }, { identifier: { system: 'urn:ietf:rfc:3986', value: `${BASE}/Patient?identifier=urn:mrn|1` } }],
  ['contained', { reference: '#1' }, { reference: '#1' }],
  ['logical', { type: 'Patient', identifier: { system: 'urn:mrn', value: '1' } }, { type: 'Patient', identifier: { system: 'urn:mrn', value: '1' } }],
  ['display alone', { display: 'Somebody' }, { display: 'Somebody' }],
];

it.each(FORMS)('%s', async (_form, theirs, ours, waits = undefined) => {
  const claim = { resourceType: 'Claim', patient: structuredClone(theirs), insurance: [{ coverage: structuredClone(theirs) }] } as unknown as Claim;
  expect((await localize(claim, { base: BASE, pageOrigins: ['https://node-7.example'] }, locate)).isUnresolved).toBe(waits ?? false);
  expect([claim.patient, claim.insurance[0]?.coverage]).toEqual([ours, ours]);
});

/** What was not here, once it is: nothing that the source said beside the address is lost. */
it.each<Reference>([
  { reference: 'Organization/o1' },
  { reference: 'Organization/o1', display: 'Payer' },
  { reference: 'Organization/o1', type: 'Organization' },
  { reference: 'Organization/o1', type: 'Organization', identifier: { system: 'urn:oid:2.16.840.1.113883.6.300', value: '60054' }, display: 'Payer' },
  { reference: 'Organization/o1', identifier: { system: BASE, value: 'Patient/p1' }, extension: [{ url: 'urn:theirs', valueBoolean: true }] },
])('%j, found later, is as if it had been here', async (theirs) => {
  const claim = { resourceType: 'Claim', insurer: structuredClone(theirs) } as unknown as Claim;
  await localize(claim, { base: BASE, pageOrigins: [] }, locate);
  expect(await resolve(claim, BASE, locate)).toEqual({ resolved: 0, isUnresolved: true });
  expect(await resolve(claim, BASE, ({ type, id }) => Promise.resolve(type === 'Organization' ? `${type}/here-${id}` : undefined))).toEqual({ resolved: 1, isUnresolved: false });
  expect(claim.insurer).toEqual({ ...theirs, reference: 'Organization/here-o1' });
});
