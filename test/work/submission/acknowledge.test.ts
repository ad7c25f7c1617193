import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

/** A claim that was left for the clearinghouse, with the control number under which it was. */
async function sent(suffix: string): Promise<{ readonly claim: Claim; readonly control: string }> {
  const copy = await again(clinic.server, 'ashdown', suffix);
  const claim = await draftAfter(clinic.server, copy('clm-ashdown-1'));
  await verified(clinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
  expect((await submit(clinic.server, claim.id!)).status).toBe(200);
  const [document] = await documentsOf(clinic.server, claim.id!, 'submission');
  return { claim, control: document!.id!.slice('x12-'.length) };
}

async function arrives(lines: readonly string[]): Promise<void> {
  const text = ['ISA*00*          *00*          *ZZ*HOUSE          *ZZ*CLINIC         *261122*1000*^*00501*000000077*0*P*:', ...lines, `IEA*${lines.length > 1 ? 1 : 0}*000000077`].map((line) => `${line}~\n`).join('');
  const path = join(folder, 'answer.x12');
  writeFileSync(path, text);
  utimesSync(path, NOW.getTime() / 1000 - 60, NOW.getTime() / 1000 - 60);
  await eraFolder({ folder, resources, log: (entry) => log.push(entry) })(NOW);
}
const group = (version: string, ...segments: string[]): string[] => [`GS*FA*HOUSE*CLINIC*20261122*1000*5*X*${version}`, ...segments, `SE*${segments.length + 1}*0001`, 'GE*1*5'];
const receipt = (control: string, verdict: 'A' | 'R'): string[] =>
  group('005010X231A1', 'ST*999*0001*005010X231A1', `AK1*HC*${Number(control)}*005010X222A1`, 'AK2*837*0001', ...(verdict === 'R' ? ['IK3*SBR*9**8'] : []), `IK5*${verdict}`, `AK9*${verdict}*1*1*${verdict === 'A' ? 1 : 0}`);
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
  ['999', ({ control }: { control: string }) => receipt(control, 'R'), '999: segment SBR at 9: 8'],
  ['277CA', ({ claim }: { claim: Claim }) => claimStatus(numberOf(claim), 'A7:562:85'), '277CA: A7:562:85'],
  ['TA1', ({ control }: { control: string }) => [`TA1*${control}*261122*0959*R*024`], 'TA1: 024'],
])('what is rejected (%s) is a draft again, with a Task to correct it; heard twice, nothing changes', async (name, answer, reason) => {
  const one = await sent(`r${name}`.toLowerCase());
  await arrives(answer(one));
  expect([await statusOf(one.claim), (await followUp(one.claim)).status]).toEqual(['draft', 'completed']);
  const [task, ...others] = await tasksOf(clinic.server, one.claim.id!, 'prepare-claim');
  expect([task?.note?.map(({ text }) => text), others]).toEqual([[reason], []]);
  const before = await versions(await followUp(one.claim));
  await arrives(answer(one));
  expect([await versions(await followUp(one.claim)), (await tasksOf(clinic.server, one.claim.id!, 'prepare-claim')).length]).toEqual([before, 1]);
});

test('what is about nothing that was sent is told in the log', async () => {
  log.length = 0;
  await arrives(receipt('000000001', 'R'));
  expect(log).toEqual([expect.objectContaining({ event: 'acknowledgements taken', matched: 0, unmatched: 1 })]);
});
