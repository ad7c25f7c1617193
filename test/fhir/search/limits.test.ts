import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/fhir/search/limits.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  await server.put('Patient/p', { resourceType: 'Patient', id: 'p', gender: 'male', birthDate: '1970-01-01', name: [{ family: 'Chalmers' }], identifier: [{ system: 'http://s.example', value: '0' }] });
  await server.put('Coverage/c', { resourceType: 'Coverage', id: 'c', status: 'active', beneficiary: { reference: 'Patient/p' }, payor: [{ display: 'x' }] });
  await server.put('Observation/o', { resourceType: 'Observation', id: 'o', status: 'final', code: { coding: [{ system: 'http://s.example', code: '0' }] }, valueQuantity: { value: 0 } });
});
afterAll(() => server.close());

const posted = (type: string, name: string, values: readonly string[]): Promise<Answer> =>
  server.post(`${type}/_search`, new URLSearchParams({ [name]: values.join(',') }).toString(), { 'Content-Type': 'application/x-www-form-urlencoded' });
const many = (count: number, value: (n: number) => string): string[] => Array.from({ length: count }, (_, n) => value(n));

describe('as many values as a search may state are asked for, of every kind', () => {
  it.each<[string, string, (n: number) => string]>([
    ['Patient', 'identifier', (n) => `http://s.example|${n}`],
    ['Patient', 'gender', (n) => `http://hl7.org/fhir/administrative-gender|${['male', `x${n}`][n % 2]}`],
    ['Patient', 'family', (n) => (n === 0 ? 'chal' : `x${n}`)],
    ['Patient', 'phonetic', (n) => (n === 0 ? 'chalmers' : `smith ${'x'.repeat(n % 9)}`)],
    ['Patient', 'birthdate', (n) => (n === 0 ? 'ap1970' : `19${10 + (n % 50)}`)],
    ['Patient', '_id', (n) => (n === 0 ? 'p' : `p${n}`)],
    ['Patient', '_has:Coverage:beneficiary:status', (n) => (n === 0 ? 'active' : `http://hl7.org/fhir/fm-status|x${n}`)],
    ['Coverage', 'beneficiary', (n) => (n === 0 ? 'Patient/p' : `http://other.example/Patient/${n}`)],
    ['Coverage', 'beneficiary.gender', (n) => (n === 0 ? 'male' : `http://hl7.org/fhir/administrative-gender|x${n}`)],
    ['Coverage', 'status:not', (n) => `http://hl7.org/fhir/fm-status|x${n}`],
    ['Observation', 'code-value-quantity', (n) => `http://s.example|${n}$${n}`],
  ])('%s?%s', async (type, name, value) => {
    const answer = await posted(type, name, many(LIMITS.values, value));
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    expect(answer.body.entry).toHaveLength(1);
  });

  it('and one more is refused', async () => {
    const answer = await posted('Patient', '_id', many(LIMITS.values + 1, String));
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([400, 'too-costly']);
  });
});
