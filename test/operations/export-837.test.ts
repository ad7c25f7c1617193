import type { Claim, FhirResource, OperationOutcome, Parameters } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimsIn, segmentsOf } from '../../src/x12/claim/loops.js';
import { authored, setsOf } from '../x12/files.js';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { bodyOf, claimIn, resourcesOf } from '../x12/claim/written.js';

let server: TestServer;
const FOLDERS = ['professional-secondary', 'tertiary', 'crossover', 'reversal-correction', 'unbalanced'];
beforeAll(async () => {
  server = await startTestServer({ now: () => new Date('2026-03-16T10:00:00Z') });
  for (const folder of FOLDERS) expect((await server.post('', JSON.parse(authored(folder, 'resources.json')))).status).toBe(200);
});
afterAll(() => server.close());

const importFile = (file: string): Promise<Answer> => server.request('POST', '$import-835', file, { 'Content-Type': 'application/edi-x12' });
const parameter = (answer: Answer, name: string) => (answer.body as Parameters).parameter?.find((one) => one.name === name);
async function derive(claim: string, asOf: string): Promise<Claim> {
  const answer = await server.post(`${claim}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDate: asOf }, { name: 'persist', valueBoolean: true }] });
  expect(parameter(answer, 'reason')?.valueCode).toBe('derived');
  return parameter(answer, 'claim')?.resource as Claim;
}
const exported = async (claim: Claim): Promise<string> => {
  const answer = await server.get(`Claim/${claim.id ?? ''}/$export-837`);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers.get('content-type')).toContain('application/edi-x12');
  return answer.text;
};
const bodyIn = async (text: string): Promise<string[]> => {
  const [set] = await setsOf(text);
  return bodyOf(set!.segments);
};

describe('from the primary’s 837 and its 835 to the next payer’s 837', () => {
  test.each([
    ['professional-secondary', 'clm-beauchene-1', [['remit.835', '2026-03-16', 'secondary.837']]],
    ['tertiary', 'clm-rosenqvarn-1', [['1-primary-payer.835', '2026-04-05', 'secondary.837'], ['2-secondary-payer.835', '2026-05-04', 'tertiary.837']]],
  ] as const)('%s: every segment as expected', async (folder, id, steps) => {
    expect(await bodyIn(await exported(claimIn(resourcesOf(folder), id)))).toEqual(await bodyIn(authored(folder, 'primary.837')));
    for (const [remittance, asOf, expected] of steps) {
      expect((await importFile(authored(folder, remittance))).status).toBe(200);
      const next = await derive(`Claim/${id}`, asOf);
      expect(await bodyIn(await exported(next))).toEqual(await bodyIn(authored(folder, expected)));
    }
  });

  test('a correction after a reversal feeds the next payer', async () => {
    for (const file of ['1-original.835', '2-reversal-correction.835']) expect((await importFile(authored('reversal-correction', file))).status).toBe(200);
    const expected = JSON.parse(authored('reversal-correction', 'expected.json')) as { steps: { do: string; claim: string; asOf: string; expect: { reason?: string; otherPayers?: { amtD: string }[] } }[] };
    const [step] = expected.steps.filter((one) => one.do === 'derive' && one.expect.reason === 'derived').slice(-1);
    const text = await exported(await derive(step!.claim, step!.asOf));
    expect(text).toContain(`AMT*D*${step!.expect.otherPayers![0]!.amtD}~`);
  });
});

describe('a clinic that starts from its files', () => {
  test('the primary’s 837 into an empty store, its 835, and the next payer’s 837 has every amount', async () => {
    const empty = await startTestServer({ now: () => new Date('2026-04-05T10:00:00Z') });
    try {
      const send = (operation: string, file: string): Promise<Answer> => empty.request('POST', operation, authored('tertiary', file), { 'Content-Type': 'application/edi-x12' });
      const reference = parameter(await send('$import-837', 'primary.837'), 'claim')!.valueReference!.reference!;
      expect((await send('$import-835', '1-primary-payer.835')).status).toBe(200);
      const { insurance } = (await empty.get(reference)).body as Claim;
      const derived = await empty.post(`${reference}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'coverage', valueReference: insurance[1]!.coverage }, { name: 'persist', valueBoolean: true }] });
      const text = (await empty.get(`Claim/${parameter(derived, 'claim')!.resource!.id!}/$export-837`)).text;
      const amounts = (body: readonly string[]): string[] => body.filter((one) => /^(CLM|SV1|SVD|CAS|AMT|DTP|SBR\*[PS])/.test(one));
      expect(amounts(await bodyIn(text))).toEqual(amounts(await bodyIn(authored('tertiary', 'secondary.837'))));
    } finally {
      await empty.close();
    }
  });
});

describe('the file', () => {
  test('is the same for the same version of a claim, and another for another', async () => {
    const claim = claimIn(resourcesOf('crossover'));
    const first = await exported(claim);
    expect(await exported(claim)).toBe(first);
    const stored = (await server.get(`Claim/${claim.id ?? ''}`)).body as Claim;
    expect((await server.request('PUT', `Claim/${claim.id ?? ''}`, { ...stored, priority: { coding: [{ code: 'stat' }] } })).status).toBe(200);
    const second = await exported(claim);
    expect(second.slice(0, 106)).not.toBe(first.slice(0, 106));
    expect(await bodyIn(second)).toEqual(await bodyIn(first));
  });

  test('has a line a segment, counts and control numbers that hold', async () => {
    const text = await exported(claimIn(resourcesOf('unbalanced')));
    const sets = await setsOf(text);
    expect(sets.map(({ code, group }) => [code, group.version])).toEqual([['837', '005010X222A1']]);
    expect([...claimsIn(sets[0]!)].map(({ claim }) => [...segmentsOf(claim)].length > 0)).toEqual([true]);
    expect(text.split('\n').every((line) => line === '' || line.endsWith('~'))).toBe(true);
  });
});

describe('at type level', () => {
  const resources = resourcesOf('professional-secondary');
  const post = (claim: object, given: readonly FhirResource[] = []): Promise<Answer> =>
    server.post('Claim/$export-837', { resourceType: 'Parameters', parameter: [{ name: 'claim', resource: claim }, ...given.map((resource) => ({ name: 'resource', resource }))] });
  const claim = claimIn(resources);

  test('who is not given is looked up; who is given counts', async () => {
    const stored = await post(claim);
    expect(stored.status).toBe(200);
    const payer = resources.find((one) => one.resourceType === 'Organization' && one.id === 'payer-irongate')!;
    const given = await post(claim, [{ ...payer, name: 'Other Name' } as FhirResource]);
    expect(given.text).toContain('NM1*PR*2*OTHER NAME*****PI*IRG60~');
  });

  const secondary: Claim = { ...claim, insurance: claim.insurance.map((row, index) => ({ ...row, focal: !row.focal, ...(index === 1 ? { extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/msp-insurance-type', valueCode: '12' }] } : {}) })) };
  test.each<readonly [string, object, readonly string[], readonly string[]]>([
    ['a total that is a cent off', { ...claim, total: { value: 505.01, currency: 'USD' } }, ['W1'], ['total']],
    ['no decision of the payer before', secondary, ['W9'], ['insurance[0]']],
    ['both at once', { ...secondary, total: { value: 505.01, currency: 'USD' } }, ['W1', 'W9'], ['total', 'insurance[0]']],
    ['a rule that is broken, and something that is missing', { ...claim, total: { value: 505.01, currency: 'USD' }, diagnosis: undefined }, ['x12-required', 'W1'], ['', 'item[0]', 'item[1]', 'item[2]', 'total']],
    ['a gap in the payers', { ...claim, insurance: claim.insurance.map((row, index) => (index === 1 ? { ...row, sequence: 3 } : row)) }, ['W9'], ['insurance']],
    ['a replacement without the payer’s number', { ...claim, extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/claim-frequency', valueCode: '7' }] }, ['W9'], ['insurance']],
    ['no provider that is known', { ...claim, provider: { reference: 'Organization/none' } }, ['x12-required'], ['provider']],
    ['no number and no diagnosis', { ...claim, identifier: undefined, diagnosis: undefined }, ['x12-required'], ['', 'item[0]', 'item[1]', 'item[2]']],
    ['dates that are no days', { ...claim, item: claim.item!.map((item, index) => (index === 1 ? { ...item, servicedDate: '2026-02' } : item)) }, ['x12-required'], ['item[1]']],
    ['a file without a day', { ...claim, meta: undefined, created: '2026' }, [undefined as never], ['created']],
    ['more than fits', { ...claim, item: claim.item!.map((item) => ({ ...item, modifier: Array.from({ length: 5 }, (_one, index) => ({ coding: [{ code: `2${index}` }] })) })) }, ['x12-required'], ['item[0].modifier', 'item[1].modifier', 'item[2].modifier']],
    ['a type that has no 837', { ...claim, type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'pharmacy' }] } }, ['x12-required'], ['type']],
    ['no payer that the claim goes to', { ...claim, insurance: claim.insurance.map((row) => ({ ...row, focal: false })) }, ['x12-required'], ['insurance']],
  ])('%s: 422 with each broken rule', async (_name, wrong, rules, at) => {
    const answer = await post(wrong);
    expect(answer.status, answer.text).toBe(422);
    const { issue } = answer.body as OperationOutcome;
    expect([...new Set(issue.map(({ details }) => details?.coding?.[0]?.code))]).toEqual(rules);
    expect([...new Set(issue.flatMap(({ expression = [] }) => expression))].sort()).toEqual(at.map((path) => `Parameters.parameter[0].resource${path === '' ? '' : `.${path}`}`).sort());
  });

  test('what is cancelled, and what is no claim, is not sent', async () => {
    expect((await post({ ...claim, status: 'cancelled' })).status).toBe(422);
    expect((await post({ ...claim, use: 'predetermination' })).status).toBe(422);
  });

  test('an identifier that contains a delimiter is refused, a name that does is cleaned', async () => {
    const number = await post({ ...claim, identifier: [{ ...claim.identifier![0], value: 'A*1' }] });
    expect([number.status, number.text]).toEqual([422, expect.stringContaining('x12-delimiter')]);
    const patient = resources.find((one) => one.resourceType === 'Patient')!;
    const named = await post(claim, [{ ...patient, name: [{ family: 'O’Brien*~Ñandú', given: ['Zoë'] }] } as FhirResource]);
    expect(named.text).toContain('NM1*IL*1*O’BRIEN NANDU*ZOE');
  });
});
