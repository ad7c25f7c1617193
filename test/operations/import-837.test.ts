import type { Binary, Bundle, Claim, OperationOutcome, Parameters, Provenance } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { bodyOf } from '../x12/claim/written.js';
import { authored, hasSamples, sample, sampleFiles, setsOf } from '../x12/files.js';

const open: TestServer[] = [];
async function newServer(...folders: readonly string[]): Promise<TestServer> {
  const server = await startTestServer({ now: () => new Date('2026-11-22T10:00:00Z') });
  open.push(server);
  for (const folder of folders) expect((await server.post('', JSON.parse(authored(folder, 'resources.json')))).status).toBe(200);
  return server;
}
afterAll(() => Promise.all(open.map((server) => server.close())));

const importFile = (server: TestServer, file: string | Uint8Array, type = 'application/edi-x12'): Promise<Answer> => server.request('POST', '$import-837', file, { 'Content-Type': type });
const claimsOf = (answer: Answer): string[] => ((answer.body as Parameters).parameter ?? []).flatMap(({ name, valueReference }) => (name === 'claim' ? (valueReference?.reference ?? []) : []));
const outcomeOf = (answer: Answer): OperationOutcome | undefined => ((answer.body as Parameters).parameter ?? []).find(({ name }) => name === 'outcome')?.resource as OperationOutcome | undefined;
const codesOf = (answer: Answer): (string | undefined)[] => (outcomeOf(answer)?.issue ?? []).map(({ details }) => details?.coding?.[0]?.code);
const TYPES = ['Claim', 'Coverage', 'Patient', 'Organization', 'Practitioner', 'RelatedPerson', 'Location', 'Binary', 'DocumentReference', 'Provenance', 'Task'];
const counts = (server: TestServer): Promise<(number | undefined)[]> => Promise.all(TYPES.map(async (type) => ((await server.get(`${type}?_summary=count`)).body as Bundle).total));

const FILES = [['professional-secondary', 'primary'], ['professional-secondary', 'secondary'], ['tertiary', 'primary'], ['tertiary', 'secondary'], ['tertiary', 'tertiary'], ['reversal-correction', 'primary'], ['crossover', 'primary'], ['unbalanced', 'primary']] as const;

describe('into an empty store', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await newServer();
  });

  test.each(FILES)('%s %s: what is exported again has every segment', async (folder, name) => {
    const file = authored(folder, `${name}.837`);
    const server = await newServer();
    const answer = await importFile(server, file);
    expect(answer.status, answer.text).toBe(200);
    expect(outcomeOf(answer)).toBeUndefined();
    const exported = await Promise.all(claimsOf(answer).map((claim) => server.get(`${claim}/$export-837`)));
    const withoutLevels = (body: readonly string[]): string[] => body.filter((one) => !one.startsWith('HL*'));
    const segments = await Promise.all(exported.map(async ({ text }) => withoutLevels(bodyOf((await setsOf(text))[0]!.segments))));
    const [set] = await setsOf(file);
    const stated = withoutLevels(bodyOf(set!.segments));
    // Each claim has its own billing provider; the file has it once for all.
    expect(new Set(segments.flat())).toEqual(new Set(stated));
    expect(segments.flat().filter((one) => /^(CLM|SV|SVD|CAS|AMT|LX)/.test(one))).toEqual(stated.filter((one) => /^(CLM|SV|SVD|CAS|AMT|LX)/.test(one)));
  });

  test('the claims to each payer name one patient, with one coverage a payer', async () => {
    const claims = await Promise.all(['primary', 'secondary', 'tertiary'].map(async (name) => (await server.get(claimsOf(await importFile(server, authored('tertiary', `${name}.837`)))[0] ?? '')).body as Claim));
    expect(new Set(claims.map(({ patient }) => patient.reference)).size).toBe(1);
    expect(new Set(claims.map(({ insurance }) => insurance.map(({ coverage }) => coverage.reference).join())).size).toBe(1);
    expect(claims.map(({ insurance }) => insurance.findIndex(({ focal }) => focal))).toEqual([0, 1, 2]);
    expect(claims.map(({ contained = [] }) => contained.length)).toEqual([0, 1, 2]);
  });

  test('the same files again, in whatever envelope, change nothing and name the same claims', async () => {
    for (const [folder, name] of FILES) expect((await importFile(server, authored(folder, `${name}.837`))).status).toBe(200);
    const before = await counts(server);
    for (const [folder, name] of FILES) {
      const again = await importFile(server, authored(folder, `${name}.837`).replaceAll(/^(GS\*HC\*[^*]*\*[^*]*)\*\d+/gm, '$1*20270101'));
      expect(again.status).toBe(200);
      expect(codesOf(again)).toEqual(claimsOf(again).map(() => 'claim-known'));
    }
    expect(await counts(server)).toEqual(before);
  });

  test('two at the same time make one claim', async () => {
    const file = authored('crossover', 'primary.837').replaceAll('8TU0TU0TU01', '8TU0TU0TU99').replace('CLEMENT', 'CLEMENCE');
    const answers = await Promise.all([importFile(server, file), importFile(server, file), importFile(server, file)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.flatMap(claimsOf)).size).toBe(1);
  });
});

describe('beside what is stored', () => {
  test('a claim that is stored is named and left as it is; who is known is not stored again', async () => {
    const server = await newServer('professional-secondary');
    const before = await counts(server);
    const primary = await importFile(server, authored('professional-secondary', 'primary.837'));
    expect([claimsOf(primary), codesOf(primary)]).toEqual([['Claim/clm-beauchene-1'], ['claim-known']]);
    expect(await counts(server)).toEqual(before);

    const [reference] = claimsOf(await importFile(server, authored('professional-secondary', 'secondary.837')));
    const claim = (await server.get(reference!)).body as Claim;
    expect([claim.patient.reference, claim.provider.reference, claim.careTeam?.[0]?.provider.reference]).toEqual(['Patient/pat-beauchene', 'Organization/pebble-creek', 'Practitioner/dr-ferreira']);
    expect(claim.insurance.map(({ coverage }) => coverage.reference)).toEqual(['Coverage/cov-beauchene-ghp', 'Coverage/cov-beauchene-medicare']);
    expect((await counts(server)).slice(0, 7)).toEqual(before.slice(0, 7).map((count, index) => (index === 0 ? count! + 1 : count)));

    const [provenance] = (((await server.get(`Provenance?target=${reference}`)).body as Bundle).entry ?? []).map(({ resource }) => resource as Provenance);
    const document = provenance!.entity![0]!.what.reference!;
    const { content } = (await server.get(document)).body as { content: { attachment: { url: string } }[] };
    const { data } = (await server.get(content[0]!.attachment.url)).body as Binary;
    expect(Buffer.from(data!, 'base64').toString()).toBe(authored('professional-secondary', 'secondary.837'));
  });
});

describe.runIf(hasSamples)('files that others wrote', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await newServer();
  });

  test.each(sampleFiles('x12-837'))('%s becomes valid claims', async (name) => {
    const file = sample('x12-837', name);
    const answer = await importFile(server, file);
    expect(answer.status, answer.text).toBe(200);
    const sets = await setsOf(file);
    expect(claimsOf(answer)).toHaveLength(sets.flatMap(({ segments }) => segments.filter(({ elements }) => elements[0] === 'CLM')).length);
    const before = await counts(server);
    expect(claimsOf(await importFile(server, file))).toEqual(claimsOf(answer));
    expect(await counts(server)).toEqual(before);
  });

  test.each(sampleFiles('x12-837').filter((name) => name.includes('ambulance')))('%s: what has no place here is named', async (name) => {
    const answer = await importFile(await newServer(), sample('x12-837', name));
    expect(outcomeOf(answer)?.issue[0]?.details?.text).toContain('2300 CR1, 2300 CRC, 2400 NTE, 2400 QTY*PT');
  });

  test.each(sampleFiles('bad', '.837').filter((name) => !name.includes('837_12')))('%s is refused with its position, and nothing of it is taken', async (name) => {
    const before = await counts(server);
    const answer = await importFile(server, sample('bad', name));
    expect(answer.status, answer.text).toBe(422);
    expect((answer.body as OperationOutcome).issue[0]?.details?.text).toMatch(/segment \d+/);
    expect(await counts(server)).toEqual(before);
  });
});

describe('what is refused', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await newServer();
  });

  test.each<readonly [string, string, string, number]>([
    ['a remittance', authored('unbalanced', 'claim-off-by-a-cent.835'), 'application/edi-x12', 422],
    ['no X12', 'claims', 'application/edi-x12', 422],
    ['another media type', authored('unbalanced', 'primary.837'), 'text/csv', 415],
  ])('%s', async (_name, file, type, status) => expect((await importFile(server, file, type)).status).toBe(status));

  test('a claim that does not add up is taken as it is, and each broken rule is named', async () => {
    const answer = await importFile(server, authored('professional-secondary', 'secondary.837').replace('AMT*D*132.39', 'AMT*D*132.38'));
    expect(answer.status).toBe(200);
    expect(codesOf(answer)).toEqual(['W3', 'W4']);
    expect((await server.get(`${claimsOf(answer)[0] ?? ''}/$export-837`)).status).toBe(422);
  });
});
