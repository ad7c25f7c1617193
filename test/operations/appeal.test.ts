import type { Binary, Bundle, Communication, Composition, DocumentReference, FhirResource, ParametersParameter, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { amountOf, deadlineOf, isDetail } from '../../src/work/task.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { again, found, put } from '../work/submission/clinic.js';
import { AS_OF, bundles } from '../seed/seed.js';

let now = new Date(`${AS_OF}T12:00:00Z`);
let server: TestServer;
/** Ids of a copy of the seed's Oakhanger, each test its own. */
let of: (id: string) => string;
let count = 0;
beforeAll(async () => {
  server = await startTestServer({ now: () => now });
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
});
beforeEach(async () => {
  now = new Date(`${AS_OF}T12:00:00Z`);
  of = await again(server, 'oakhanger', String(++count));
});
afterAll(() => server.close());

const ARGUMENT = 'The plan authorized the study by telephone on October 6, 2026, two days before it was done.';
const parameters = (level: number, ...more: ParametersParameter[]) => ({ resourceType: 'Parameters', parameter: [{ name: 'level', valuePositiveInt: level }, { name: 'argument', valueString: ARGUMENT }, ...more] });
const appeal = (level = 1, ...more: ParametersParameter[]): Promise<Answer> => server.post(`Claim/${of('clm-oakhanger-1')}/$appeal`, parameters(level, ...more));
const inPacket = <T extends FhirResource>({ status, body, text }: Answer, type: T['resourceType']): T[] => {
  expect(status, text).toBe(200);
  return (body as Bundle).entry!.flatMap(({ resource }) => (resource?.resourceType === type ? [resource as T] : []));
};
const attach = (reference: string): ParametersParameter => ({ name: 'attachment', valueReference: { reference } });

describe('an appeal', () => {
  it('is a Task, a letter, the index of its packet and an entry of the log', async () => {
    const answer = await appeal();
    expect(inPacket<Binary>(answer, 'Binary')).toHaveLength(1);
    const [task] = inPacket<Task>(answer, 'Task');
    expect(deadlineOf(task!)).toBe('2027-04-28');
    expect(amountOf(task!)).toBe(98_000);
    expect(isDetail('level')(task!.input![0]!)).toBe(true);
    void inPacket<Composition>(answer, 'Composition'); void inPacket<DocumentReference>(answer, 'DocumentReference'); void inPacket<Communication>(answer, 'Communication');
    void found; void put; void attach; void issuesOf; void test;
  });
});
