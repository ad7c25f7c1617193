import { readdirSync, readFileSync } from 'node:fs';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExamples } from '../../src/http/docs/examples.js';
import { inProject } from '../../src/root.js';
import { bundles } from '../seed/seed.js';
import { startTestServer, type Answer, type TestServer } from './server.js';

/**
 * What names a patient stands in no log line, no metric and no error (45 CFR 164.514(b)(2): names, dates of birth,
 * numbers): everything that the demo clinic's people are known by is looked for in what a run of the examples and of
 * several hundred bad requests left behind. Ids of resources count as such too: in the demo clinic they are names.
 */
let server: TestServer;
const errors: { readonly request: string; readonly said: string }[] = [];

beforeAll(async () => {
  server = await startTestServer({ automation: true });
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
  await server.drain();
});
afterAll(() => server.close());

const seed = bundles.flatMap(([, bundle]) => ((bundle as Bundle<FhirResource>).entry ?? []).flatMap(({ resource }) => (resource ? [resource] : [])));
const people = seed.filter(({ resourceType }) => resourceType === 'Patient' || resourceType === 'RelatedPerson');

/** Every text below these elements. */
function textsOf(value: unknown, inside = false): string[] {
  if (typeof value === 'string') return inside ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each) => textsOf(each, inside));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === 'system' || key === 'use' ? [] : textsOf(member, inside || ['family', 'given', 'line', 'subscriberId', 'birthDate'].includes(key) || key === 'telecom' || key === 'identifier')));
}

const CANARY = 'Zwierzynska';
const MEMBER = 'MBR-77-CANARY-4711';
const told = new Set([
  CANARY, MEMBER,
  ...people.flatMap((person) => textsOf(person)), ...seed.filter(({ resourceType }) => resourceType === 'Coverage').flatMap((coverage) => textsOf(coverage)),
  ...people.map(({ id }) => id ?? ''),
].filter((text) => text.length > 4));

/** What of it stands in a text. */
const found = (text: string): string[] => [...told].filter((word) => text.includes(word));

async function send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  const answer = await server.request(method, path, body, headers);
  if (answer.status >= 400) errors.push({ request: `${method} ${path}`, said: `${answer.text} ${JSON.stringify([...answer.headers])}` });
  return answer;
}

const bad = { resourceType: 'Patient', name: [{ family: CANARY }], birthDate: CANARY, identifier: MEMBER };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const X12 = { 'Content-Type': 'application/edi-x12' };

/** Bad requests that say who they are about. Names of parameters and elements are repeated to who made them up; no value is. */
const BAD: readonly (readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>])[] = [
  ['POST', 'Patient', bad], ['PUT', `Patient/${MEMBER}`, bad], ['PUT', `Patient/${CANARY}`, { resourceType: 'Patient', id: MEMBER }], ['POST', 'Patient', `{"name": "${CANARY}`],
  ['POST', 'Patient', `{"resourceType":"${CANARY}"}`], ['POST', 'Patient', { resourceType: 'Patient', gender: CANARY }],
  ['POST', 'Patient', `{"resourceType":"Patient","name":[{"family":"${CANARY}"}],"name":[]}`], ['POST', CANARY, { resourceType: CANARY }], ['GET', `${CANARY}/1`], ['GET', `Patient/${MEMBER}`], ['GET', `Patient/${CANARY}/_history/9`],
  ['GET', `Patient?birthdate=${CANARY}`], ['GET', `Patient?_count=${CANARY}`], ['GET', `Patient?_include=${CANARY}`],
  ['GET', `Patient?_page=${CANARY}`], ['GET', `Patient?_lastUpdated=ge${CANARY}`], ['GET', `Claim?item-udi=${CANARY}|${CANARY}|x`],
  ['GET', `Patient?_summary=${CANARY}`], ['GET', `Patient/_history?_since=${CANARY}`], ['POST', 'Patient/_search', `birthdate=${CANARY}`, FORM], ['POST', 'Patient/_search', `{"${CANARY}":1}`],
  ['POST', `Patient/pat-ashdown/$${CANARY}`], ['POST', 'Patient/pat-ashdown/$cob-order', { resourceType: 'Parameters', parameter: [{ name: 'unknown', valueString: MEMBER }] }],
  ['POST', 'Patient/pat-ashdown/$cob-order', { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: CANARY }] }], ['POST', 'Coverage/$cob-order', { resourceType: 'Parameters', parameter: [{ name: 'coverage', resource: { resourceType: 'Coverage', subscriberId: MEMBER, status: CANARY } }] }],
  ['POST', 'Task/$next', { resourceType: 'Parameters', parameter: [{ name: 'owner', valueReference: { reference: `Patient/${CANARY}` } }] }], ['POST', 'Claim/clm-ashdown-1/$appeal', { resourceType: 'Parameters', parameter: [{ name: 'argument', valueString: CANARY }, { name: 'level', valuePositiveInt: 99 }] }],
  ['POST', 'Patient/$member-match', { resourceType: 'Parameters', parameter: [{ name: 'MemberPatient', resource: { resourceType: 'Patient', name: [{ family: CANARY }] } }] }],
  ['POST', '$import-835', `ISA*00*${CANARY}~NM1*QC*1*${CANARY}****MI*${MEMBER}~`, X12], ['POST', '$import-837', `ISA*00*${CANARY}~NM1*IL*1*${CANARY}****MI*${MEMBER}~`, X12],
  ['POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [{ fullUrl: CANARY, request: { method: 'POST', url: `Patient/${CANARY}` }, resource: bad }] }],
  ['POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'PUT', url: `Patient?identifier=${MEMBER}` }, resource: { resourceType: 'Patient' } }, { request: { method: 'PUT', url: `Patient?identifier=${MEMBER}` }, resource: { resourceType: 'Patient' } }] }],
  ['POST', '', { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `Patient?birthdate=${CANARY}` } }] }],
  ['PATCH', 'Patient/pat-ashdown', [{ op: 'replace', path: `/${CANARY}`, value: MEMBER }], { 'Content-Type': 'application/json-patch+json' }], ['PATCH', 'Patient/pat-ashdown', [{ op: CANARY, path: '/name' }], { 'Content-Type': 'application/json-patch+json' }],
  ['PUT', 'Patient/pat-ashdown', { resourceType: 'Patient', id: 'pat-ashdown' }, { 'If-Match': CANARY }], ['POST', 'Patient', { resourceType: 'Patient' }, { 'If-None-Exist': `unknown=${MEMBER}` }], ['POST', 'Patient', { resourceType: 'Patient' }, { 'If-None-Exist': `identifier=${MEMBER}&birthdate=${CANARY}` }],
  ['POST', 'Patient', { resourceType: 'Patient' }, { 'Content-Type': `text/${CANARY}` }], ['GET', 'Patient', undefined, { Accept: `text/${CANARY}` }], ['POST', 'Patient', { resourceType: 'Patient' }, { 'Idempotency-Key': `${CANARY} ${MEMBER}` }],
  ['DELETE', `Patient?family=${CANARY}&birthdate=${CANARY}`], ['GET', `Patient/${CANARY}/$everything`], ['GET', `Patient/${CANARY}%ff`],
];

describe('what names a patient', () => {
  it('is a few hundred words', () => expect(told.size).toBeGreaterThan(100));

  it('stands in no error: not of the examples, not of bad requests, not of the seed made bad', async () => {
    const folders = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const folder of folders) for (const { method, path, body } of readExamples(inProject('operations', folder, 'example.http'))) await send(method, path, body === '' ? undefined : body);
    for (const request of BAD) await send(...request);
    for (const resource of seed) {
      const { resourceType, id = '' } = resource;
      await send('PUT', `${resourceType}/${id}`, { ...resource, status: { text: CANARY }, name: CANARY, subscriberId: [MEMBER] });
      await send('GET', `${resourceType}/${id}/_history/99`);
      await send('POST', `${resourceType}/$validate`, { ...resource, birthDate: MEMBER });
    }
    const remittance = readFileSync(inProject('seed', '13-moresby.835'), 'utf8');
    for (const at of [0.2, 0.4, 0.6, 0.8]) await send('POST', '$import-835', remittance.slice(0, Math.floor(remittance.length * at)), X12);
    expect(errors.length).toBeGreaterThan(100);
    expect(errors.flatMap(({ request, said }) => found(said).map((word) => `${request}: ${word}`))).toEqual([]);
  }, 120_000);

  it('stands in no line of the log, and in no metric', async () => {
    await server.drain();
    const metrics = (await server.get(`${server.origin}/metrics`)).text;
    expect(server.seen.length).toBeGreaterThan(300);
    expect([found(JSON.stringify(server.log)), found(JSON.stringify(server.seen)), found(metrics)]).toEqual([[], [], []]);
  });
});
