import type { CapabilityStatement } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../../src/fhir/validation/index.js';
import { startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
let answer: Answer;
let statement: CapabilityStatement;
beforeAll(async () => {
  server = await startTestServer();
  answer = await server.get('metadata');
  statement = answer.body as CapabilityStatement;
});
afterAll(() => server.close());

describe('capabilities (R4 §3.1.0.10)', () => {
  it('is a valid CapabilityStatement of this base, in every type and system interaction that is routed', () => {
    expect(answer.status).toBe(200);
    expect(validateResource(statement)).toEqual([]);
    expect(statement.implementation?.url).toBe(server.base);
    expect(statement.rest?.[0]?.interaction?.map(({ code }) => code)).toEqual(['transaction', 'batch', 'search-system', 'history-system']);
    expect(statement.rest?.[0]?.resource?.length).toBeGreaterThan(140);
    for (const resource of statement.rest?.[0]?.resource ?? []) {
      const changes = resource.type === 'AuditEvent' ? [] : ['update', 'patch', 'delete'];
      expect(resource.interaction?.map(({ code }) => code)).toEqual(['read', 'vread', ...changes, 'history-instance', 'history-type', 'create', 'search-type']);
    }
  });

  it('names the compartments that can be searched, and what may be asked of all types', async () => {
    const rest = statement.rest?.[0];
    expect(rest?.compartment).toEqual(['device', 'encounter', 'patient', 'practitioner', 'relatedperson'].map((name) => `http://hl7.org/fhir/CompartmentDefinition/${name}`));
    for (const path of ['Patient/p/Claim', 'Encounter/e/Claim', 'RelatedPerson/r/Patient', 'Practitioner/p/Claim', 'Device/d/Claim']) expect((await server.get(path)).status, path).toBe(200);
    expect(rest?.searchParam?.map(({ name }) => name)).toEqual(['_list', '_has', '_type']);
    for (const query of ['?_list=a', '?_has:List:item:_id=a', '?_type=Claim']) expect((await server.get(query)).status, query).toBe(200);
  });

  it('says of each type what is done with it: profiles, includes, conditions, patches', () => {
    const of = (type: string) => statement.rest?.[0]?.resource?.find((one) => one.type === type);
    expect(statement.patchFormat).toEqual(['application/json-patch+json', 'application/fhir+json']);
    expect(of('Claim')).toMatchObject({
      profile: 'http://hl7.org/fhir/StructureDefinition/Claim', versioning: 'versioned-update', readHistory: true, updateCreate: true,
      conditionalCreate: true, conditionalRead: 'full-support', conditionalUpdate: true, conditionalDelete: 'single',
      supportedProfile: expect.arrayContaining(['https://cobalt.example/fhir/StructureDefinition/cobalt-claim', 'https://cobalt.example/fhir/StructureDefinition/cobalt-secondary-claim']),
      searchInclude: expect.arrayContaining(['Claim:patient', 'Claim:coverage']),
      searchRevInclude: expect.arrayContaining(['ClaimResponse:request', 'ExplanationOfBenefit:claim']),
    });
  });

  it('names search parameters that can be used, ours among them', async () => {
    const of = (type: string): string[] => statement.rest?.[0]?.resource?.find((one) => one.type === type)?.searchParam?.map(({ name }) => name) ?? [];
    expect(of('ExplanationOfBenefit')).toEqual(expect.arrayContaining(['_id', '_lastUpdated', 'patient', 'insurer', 'service-date']));
    for (const name of of('Claim')) expect((await server.get(`Claim?${name}:missing=true&_count=1`)).status, name).not.toBe(500);
  });

  it('is always the same text', async () => {
    expect((await server.get('metadata')).text).toBe(answer.text);
  });
});
