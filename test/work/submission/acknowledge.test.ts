import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compose } from '../../../src/compose.js';
import type { LogEntry } from '../../../src/fhir/interactions/interaction.js';
import type { Resources } from '../../../src/fhir/resources.js';
import { eraFolder } from '../../../src/work/remittance/era-folder.js';
import { AS_OF, ofType } from '../../seed/seed.js';
import { again, documentsOf, draftAfter, put, startClinic, submit, tasksOf, verified, type Clinic } from './clinic.js';

const NOW = new Date(`${AS_OF}T13:00:00Z`);
let clinic: Clinic;
let resources: Resources;
let folder: string;
let clock = (): Date => NOW;
const log: LogEntry[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cobalt-answers-'));
  clinic = await startClinic({ claimFolder: mkdtempSync(join(tmpdir(), 'cobalt-837-')) });
  await put(clinic.server, { ...ofType('Endpoint')[0]!, connectionType: { system: 'https://cobalt.example/fhir/CodeSystem/connection-type', code: 'x12-drop-folder' } });
  ({ resources } = await compose({ store: clinic.server.store, baseUrl: clinic.server.base, seed: 'none', now: () => NOW, newId: randomUUID, log: () => undefined, isReady: () => true }));
});
afterAll(async () => {
  await clinic.close();
  rmSync(folder, { recursive: true });
});

/** A claim that was left for the clearinghouse, with the control numbers of its file and of its transaction set. */
async function sent(suffix: string): Promise<{ readonly claim: Claim; readonly control: string; readonly set: string }> {
  const copy = await again(clinic.server, 'ashdown', suffix);
  const claim = await draftAfter(clinic.server, copy('clm-ashdown-1'));
  await verified(clinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
  expect((await submit(clinic.server, claim.id!)).status).toBe(200);
  return { claim, ...(await numbersOf(claim)) };
}

async function numbersOf({ id }: Claim): Promise<{ readonly control: string; readonly set: string }> {
  const [document] = await documentsOf(clinic.server, id!, 'submission');
  return { control: document!.relatesTo![0]!.target.reference!.slice('DocumentReference/x12-'.length), set: document!.id!.slice('x12-'.length) };
}

async function arrives(lines: readonly string[]): Promise<void> {
  const text = ['ISA*00*          *00*          *ZZ*HOUSE          *ZZ*CLINIC         *261122*1000*^*00501*000000077*0*P*:', ...lines, `IEA*${lines.length > 1 ? 1 : 0}*000000077`].map((line) => `${line}~\n`).join('');
  const path = join(folder, 'answer.x12');
  writeFileSync(path, text);
  utimesSync(path, clock().getTime() / 1000 - 60, clock().getTime() / 1000 - 60);
  await eraFolder({ folder, resources, log: (entry) => log.push(entry) })(clock());
}
const group = (version: string, ...segments: string[]): string[] => [`GS*FA*HOUSE*CLINIC*20261122*1000*5*X*${version}`, ...segments, `SE*${segments.length + 1}*0001`, 'GE*1*5'];
const receipt = (control: string, verdict: 'A' | 'R' | 'P', ...rejected: string[]): string[] =>
  group('005010X231A1', 'ST*999*0001*005010X231A1', `AK1*HC*${Number(control)}*005010X222A1`, ...rejected.flatMap((set) => [`AK2*837*${set}`, 'IK3*SBR*9**8', 'IK5*R']), `AK9*${verdict}*1*1*1`);
const claimStatus = (number: string, status: string): string[] => group('005010X214', 'ST*277*0001*005010X214', 'BHT*0085*08*1*20261122*1000*TH', 'HL*1**PT', `TRN*2*${number}`, `STC*${status}*20261122*WQ*10`);

const numberOf = ({ identifier = [] }: Claim): string => identifier.find(({ type }) => type?.coding?.[0]?.code === 'PLAC')?.value ?? '';
const followUp = async ({ id }: Claim): Promise<Task> => (await tasksOf(clinic.server, id!, 'follow-up'))[0]!;
const statusOf = async ({ id }: Claim): Promise<string> => ((await clinic.server.get(`Claim/${id}`)).body as Claim).status;
const versions = async ({ id }: Task): Promise<string | undefined> => ((await clinic.server.get(`Task/${id}`)).body as Task).meta?.versionId;

test('what is accepted is said in the Task that follows the claim, step by step', async () => {
  const { claim, control } = await sent('a');
  await arrives(['TA1*' + control + '*261122*0959*A*000']);
  expect((await followUp(claim)).businessStatus?.text).toBe('Received by the clearinghouse: the file is readable');
  await arrives(receipt(control, 'A'));
  expect((await followUp(claim)).businessStatus?.text).toBe('Received by the clearinghouse: the claim keeps its form');
  await arrives(claimStatus(numberOf(claim), 'A2:20'));
  expect(await followUp(claim)).toMatchObject({ status: 'on-hold', businessStatus: { text: 'Accepted by the payer to be decided' } });
  expect(await statusOf(claim)).toBe('active');
});

test.each([
  ['999', ({ control, set }: { control: string; set: string }) => receipt(control, 'R', set), '999: segment SBR at 9: 8'],
  ['999 of the file', ({ control }: { control: string }) => receipt(control, 'R'), 'The claim was rejected, and no reason is given'],
  ['277CA', ({ claim }: { claim: Claim }) => claimStatus(numberOf(claim), 'A7:562:85'), '277CA: A7:562:85'],
  ['TA1', ({ control }: { control: string }) => [`TA1*${control}*261122*0959*R*024`], 'TA1: 024'],
])('what is rejected (%s) is a draft again, with a Task to correct it; heard twice, nothing changes', async (name, answer, reason) => {
  const one = await sent(`r${name}`.toLowerCase().replaceAll(' ', '-'));
  await arrives(answer(one));
  expect([await statusOf(one.claim), (await followUp(one.claim)).status]).toEqual(['draft', 'completed']);
  const [task, ...others] = await tasksOf(clinic.server, one.claim.id!, 'prepare-claim');
  expect([task?.note?.map(({ text }) => text), others]).toEqual([[reason], []]);
  const before = await versions(await followUp(one.claim));
  await arrives(answer(one));
  expect([await versions(await followUp(one.claim)), (await tasksOf(clinic.server, one.claim.id!, 'prepare-claim')).length]).toEqual([before, 1]);
});

describe('claims that went in one file', () => {
  async function together(suffix: string): Promise<Claim[]> {
    const claims: Claim[] = [];
    for (const each of ['1', '2', '3']) {
      const copy = await again(waitingClinic.server, 'ashdown', `${suffix}${each}`);
      claims.push(await draftAfter(waitingClinic.server, copy('clm-ashdown-1')));
      await verified(waitingClinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
      expect((await submit(waitingClinic.server, claims.at(-1)!.id!)).status).toBe(200);
    }
    waitingClinic.later(1);
    await waitingClinic.server.drain();
    return claims;
  }
  let waitingClinic: Clinic;
  let before: { readonly clinic: Clinic; readonly resources: Resources };
  beforeAll(async () => {
    before = { clinic, resources };
    clock = () => new Date(`${waitingClinic.today()}T13:00:00Z`);
    clinic = waitingClinic = await startClinic({ claimFolder: mkdtempSync(join(tmpdir(), 'cobalt-837-')), claimWindowMs: 3_600_000 });
    await put(clinic.server, { ...ofType('Endpoint')[0]!, connectionType: { system: 'https://cobalt.example/fhir/CodeSystem/connection-type', code: 'x12-drop-folder' } });
    ({ resources } = await compose({ store: clinic.server.store, baseUrl: clinic.server.base, seed: 'none', now: clock, newId: randomUUID, log: () => undefined, isReady: () => true }));
  });
  afterAll(async () => {
    await waitingClinic.close();
    ({ clinic, resources } = before);
    clock = () => NOW;
  });

  test('one is rejected (999 P), and the others are accepted', async () => {
    const [one, two, three] = await together('p');
    const numbers = await Promise.all([one!, two!, three!].map(numbersOf));
    expect(new Set(numbers.map(({ control }) => control)).size).toBe(1);
    await arrives(receipt(numbers[0]!.control, 'P', numbers[1]!.set));
    expect(await Promise.all([one!, two!, three!].map(statusOf))).toEqual(['active', 'draft', 'active']);
    expect((await tasksOf(clinic.server, two!.id!, 'prepare-claim')).map(({ note }) => note?.map(({ text }) => text))).toEqual([['999: segment SBR at 9: 8']]);
    expect([(await followUp(one!)).businessStatus?.text, (await followUp(three!)).businessStatus?.text]).toEqual(Array(2).fill('Received by the clearinghouse: the claim keeps its form'));
    const answers = await documentsOf(clinic.server, one!.id!, 'payer-answer');
    const texts = await Promise.all(answers.map(async ({ id }) => Buffer.from((await clinic.server.get(`Binary/${id}`, { Accept: 'application/fhir+json' })).body.data as string, 'base64').toString()));
    expect(texts.some((text) => text.includes(numbers[1]!.set))).toBe(false);
  });

  test('the file is not readable (TA1): all of them are drafts again', async () => {
    const claims = await together('t');
    const { control } = await numbersOf(claims[0]!);
    await arrives([`TA1*${control}*261122*0959*R*024`]);
    expect(await Promise.all(claims.map(statusOf))).toEqual(['draft', 'draft', 'draft']);
  });
});

test('what is about nothing that was sent is told in the log', async () => {
  log.length = 0;
  await arrives(receipt('000000001', 'R'));
  expect(log).toEqual([expect.objectContaining({ event: 'acknowledgements taken', matched: 0, unmatched: 1 })]);
});
