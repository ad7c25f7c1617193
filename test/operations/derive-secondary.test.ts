import { readFileSync } from 'node:fs';
import type { Claim, ClaimResponse, FhirResource, OperationOutcome, Parameters, ParametersParameter, Provenance } from 'fhir/r4.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handle } from '../../operations/derive-secondary/handler.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import { checkDerive, type DeriveExpectation } from '../cases/expect-derive.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';

interface DeriveCase {
  readonly id: string;
  readonly title: string;
  readonly body: Parameters;
  readonly expect: DeriveExpectation;
}
const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as DeriveCase[];
const caseOf = (prefix: string): DeriveCase => cases.find(({ id }) => id.startsWith(prefix))!;
const resourcesOf = ({ body }: DeriveCase): FhirResource[] => body.parameter!.flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));

let server: TestServer;
const start = async (): Promise<void> => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/derive-secondary'), handle)) });
};
const stop = (): Promise<void> => server.close();

const one = (answer: Answer, name: string): ParametersParameter | undefined => (answer.body as Parameters).parameter?.find((parameter) => parameter.name === name);
const reasonOf = (answer: Answer): string | undefined => one(answer, 'reason')?.valueCode;
const claimOf = (answer: Answer): Claim | undefined => one(answer, 'claim')?.resource as Claim | undefined;
const total = async (query: string): Promise<number> => ((await server.get(query)).body as { entry?: unknown[] }).entry?.length ?? 0;

async function store(resources: readonly FhirResource[]): Promise<void> {
  const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
  const answer = await server.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  expect(answer.status).toBe(200);
}
const derive = (claim: string, ...parameter: ParametersParameter[]): Promise<Answer> =>
  server.post(`${claim}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDate: '2026-03-20' }, ...parameter] });
const persist: ParametersParameter = { name: 'persist', valueBoolean: true };

describe('type level', () => {
  beforeAll(start);
  afterAll(stop);

  test('what is not inline is looked up', async () => {
    const derivable = caseOf('D01');
    await store(resourcesOf(derivable).filter(({ resourceType }) => !['Claim', 'ClaimResponse', 'Coverage'].includes(resourceType)));
    const inline = { ...derivable.body, parameter: derivable.body.parameter!.filter(({ name }) => name !== 'resource') };
    const answer = await server.post('Claim/$derive-secondary', inline);
    expect(checkDerive(derivable.expect, answer.body as Parameters)).toEqual([]);
  });

  test('every charge keeps its digits', async () => {
    const text = JSON.stringify(caseOf('D01').body).replaceAll('"value":230,', '"value":230.00,');
    expect((await server.post('Claim/$derive-secondary', text)).text).toContain('"net":{"value":230.00,"currency":"USD"}');
  });
});

describe('instance level', () => {
  beforeEach(start);
  afterEach(stop);

  test.each(['D01', 'D03', 'D14', 'D15', 'D18', 'D20', 'D41'])('%s from what is stored, on any claim of the chain', async (id) => {
    const stored = caseOf(id);
    await store(resourcesOf(stored));
    const asOf = stored.body.parameter!.find(({ name }) => name === 'asOf')!;
    for (const { id: claim } of resourcesOf(stored).filter(({ resourceType }) => resourceType === 'Claim')) {
      const answer = await server.post(`Claim/${claim}/$derive-secondary`, { resourceType: 'Parameters', parameter: [asOf] });
      expect(checkDerive(stored.expect, answer.body as Parameters)).toEqual([]);
    }
  });

  test('without persist nothing is stored', async () => {
    await store(resourcesOf(caseOf('D14')));
    expect(reasonOf(await derive('Claim/clm-delacourte-1'))).toBe('derived');
    expect([await total('Claim'), await total('ClaimResponse'), await total('Provenance')]).toEqual([1, 0, 0]);
  });

  test('persist stores the draft, what the EOB says as a ClaimResponse, and their Provenance', async () => {
    await store(resourcesOf(caseOf('D14')));
    const claim = claimOf(await derive('Claim/clm-delacourte-1', persist))!;
    const stored = (await server.get(`Claim/${claim.id}`)).body as Claim;
    const response = stored.insurance[0]!.claimResponse!.reference!;
    const provenance = (await server.get(`Provenance?target=Claim/${claim.id}`)).body as { entry: { resource: Provenance }[] };
    expect(stored.status).toBe('draft');
    expect(stored.contained).toBeUndefined();
    expect((await server.get(response)).body).toMatchObject({ resourceType: 'ClaimResponse', meta: { source: 'ExplanationOfBenefit/eob-delacourte-1' } });
    expect(provenance.entry[0]!.resource.target.map(({ reference }) => reference)).toEqual([`Claim/${claim.id}`, response]);
    expect(provenance.entry[0]!.resource.entity!.map(({ what }) => what.reference)).toEqual(['Claim/clm-delacourte-1', 'ExplanationOfBenefit/eob-delacourte-1']);
  });

  test('deriving again from the same decisions answers already-derived with the first claim, persist or not', async () => {
    await store(resourcesOf(caseOf('D14')));
    const first = claimOf(await derive('Claim/clm-delacourte-1', persist))!;
    for (const again of [await derive('Claim/clm-delacourte-1'), await derive('Claim/clm-delacourte-1', persist), await derive(`Claim/${first.id}`)]) {
      expect(reasonOf(again)).toBe('already-derived');
      expect(claimOf(again)?.id).toBe(first.id);
    }
    expect([await total('Claim'), await total('ClaimResponse')]).toEqual([2, 1]);
  });

  test('sixteen at once store one claim', async () => {
    await store(resourcesOf(caseOf('D14')));
    const answers = await Promise.all(Array.from({ length: 16 }, () => derive('Claim/clm-delacourte-1', persist)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => claimOf(answer)?.id)).size).toBe(1);
    expect([await total('Claim'), await total('ClaimResponse'), await total('Provenance?entity:missing=false')]).toEqual([2, 1, 1]);
  });

  test('a correction after a persisted draft derives anew, and says that the draft is stale', async () => {
    const [original, reversal, correction] = resourcesOf(caseOf('D18')).filter(({ resourceType }) => resourceType === 'ClaimResponse') as ClaimResponse[];
    await store(resourcesOf(caseOf('D18')).filter((resource) => resource !== reversal && resource !== correction));
    const first = claimOf(await derive('Claim/clm-hazelrigg-1', persist))!;
    expect(first.insurance[0]!.claimResponse!.reference).toBe(`ClaimResponse/${original!.id}`);
    await store([reversal!]);
    expect(reasonOf(await derive('Claim/clm-hazelrigg-1'))).toBe('primary-reversed');
    await store([correction!]);
    const second = await derive('Claim/clm-hazelrigg-1', persist);
    expect(reasonOf(second)).toBe('derived');
    expect(claimOf(second)!.id).not.toBe(first.id);
    expect(claimOf(second)!.identifier![0]!.value).not.toBe(first.identifier![0]!.value);
    expect((one(second, 'outcome')!.resource as OperationOutcome).issue.map(({ details }) => details?.coding?.[0]?.code)).toContain('stale-claim');
  });

  test('only the decisions that are named count', async () => {
    await store(resourcesOf(caseOf('D18')));
    const answer = await derive('Claim/clm-hazelrigg-1', { name: 'adjudication', valueReference: { reference: 'ClaimResponse/cr-hazelrigg-1' } });
    expect(claimOf(answer)!.insurance[0]!.claimResponse!.reference).toBe('ClaimResponse/cr-hazelrigg-1');
  });

  test('a payer that requires the explanation gets the document where there is one', async () => {
    await store(resourcesOf(caseOf('D39')));
    expect(one(await derive('Claim/clm-zellweger-1'), 'attachment')?.valueReference?.reference).toBe('ClaimResponse/cr-zellweger-1');
    await store([{ resourceType: 'DocumentReference', id: 'eob-scan', status: 'current', content: [{ attachment: { title: 'EOB' } }], context: { related: [{ reference: 'ClaimResponse/cr-zellweger-1' }] } }]);
    expect(one(await derive('Claim/clm-zellweger-1'), 'attachment')?.valueReference?.reference).toBe('DocumentReference/eob-scan');
  });
});

describe('what it refuses', () => {
  beforeAll(start);
  afterAll(stop);

  const first = () => caseOf('D01').body;
  const refused = async (answer: Promise<Answer>, status: number, text: RegExp, expression: RegExp): Promise<void> => {
    const { status: answered, ...rest } = await answer;
    expect(answered).toBe(status);
    const [issue] = issuesOf({ status: answered, ...rest });
    expect(issue?.details?.text).toMatch(text);
    expect(issue?.expression?.[0]).toMatch(expression);
  };

  test('a coverage that is not the patient’s', () =>
    refused(server.post('Claim/$derive-secondary', { ...first(), parameter: [...first().parameter!, { name: 'coverage', valueReference: { reference: 'Coverage/another' } }] }), 422, /none of the patient/, /^Parameters\.parameter\[\d+\]\.value\.reference$/));
  test('an adjudication that is none', () =>
    refused(server.post('Claim/$derive-secondary', { ...first(), parameter: [...first().parameter!, { name: 'adjudication', resource: { resourceType: 'Patient' } }] }), 400, /ClaimResponse or an ExplanationOfBenefit/, /^Parameters\.parameter\[\d+\]\.resource$/));
  test('persist at type level', () =>
    refused(server.post('Claim/$derive-secondary', { ...first(), parameter: [...first().parameter!, persist] }), 400, /persist is not known/, /^Parameters\.parameter\[\d+\]\.name$/));
  test('a request without coverages', () =>
    refused(server.post('Claim/$derive-secondary', { ...first(), parameter: first().parameter!.filter(({ name }) => name !== 'coverages') }), 400, /coverages is needed/, /^Parameters$/));
  test('an adjudication that is not stored', async () => {
    await store(resourcesOf(caseOf('D01')));
    await refused(derive('Claim/clm-lyndhurst-1', { name: 'adjudication', valueReference: { reference: 'ClaimResponse/none' } }), 422, /no such adjudication/, /^Parameters\.parameter\[\d+\]\.value\.reference$/);
  });
  test('more references than one claim can have', () => {
    const coverages = Array.from({ length: 501 }, (_, position) => ({ name: 'coverages', resource: { ...(first().parameter!.find(({ name }) => name === 'coverages')!.resource as FhirResource), id: `c${position}`, payor: [{ reference: `Organization/o${position}` }] } as FhirResource }));
    return refused(server.post('Claim/$derive-secondary', { ...first(), parameter: [...first().parameter!, ...coverages] }), 422, /More than 500/, /^Parameters$/);
  });
});
