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
      expect(resource.interaction?.map(({ code }) => code)).toEqual(['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type']);
    }
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
