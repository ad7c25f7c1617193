import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binary, Claim, DocumentReference } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compose } from '../../../src/compose.js';
import type { Resources } from '../../../src/fhir/resources.js';
import { batchOf } from '../../../src/work/submission/batch.js';
import { dropFolder } from '../../../src/work/submission/drop-folder.js';
import { latestSent } from '../../../src/work/submission/record.js';
import type { Sent } from '../../../src/work/submission/channel.js';
import { readTransactionSets, type TransactionSet } from '../../../src/x12/envelope.js';
import { ofType } from '../../seed/seed.js';
import { again, documentsOf, draftAfter, put, startClinic, submit, tasksOf, verified, type Clinic } from './clinic.js';

const DROP_FOLDER = { system: 'https://cobalt.example/fhir/CodeSystem/connection-type', code: 'x12-drop-folder' };
const HOUR_MS = 3_600_000;
let clinic: Clinic;
let folder: string;
const waiting = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('.'));

async function begin(claimWindowMs: number): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'cobalt-837-'));
  clinic = await startClinic({ claimFolder: folder, claimWindowMs });
  await put(clinic.server, { ...ofType('Endpoint')[0]!, connectionType: DROP_FOLDER });
}
async function end(): Promise<void> {
  await clinic.close();
  rmSync(folder, { recursive: true });
}
/** Takes what lies there, as a clearinghouse does. */
function collect(): Buffer[] {
  const files = waiting().map((name) => readFileSync(join(folder, name)));
  for (const name of waiting()) rmSync(join(folder, name));
  return files;
}

/** The draft of a claim to Medicaid. */
async function ready(suffix: string): Promise<Claim> {
  const copy = await again(clinic.server, 'ashdown', suffix);
  const draft = await draftAfter(clinic.server, copy('clm-ashdown-1'));
  await verified(clinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
  return draft;
}
/** The draft of a claim to another payer. */
async function readyForOther(suffix: string): Promise<Claim> {
  const copy = await again(clinic.server, 'calloway', suffix);
  const draft = await draftAfter(clinic.server, copy('clm-calloway-1'));
  await verified(clinic, copy('pat-calloway'), copy('cov-calloway-medicare'));
  return draft;
}
const recordOf = async ({ id }: Claim): Promise<DocumentReference> => (await documentsOf(clinic.server, id!, 'submission'))[0]!;
const bytesOf = async (id: string): Promise<Buffer> => Buffer.from(((await clinic.server.get(`Binary/${id}`, { Accept: 'application/fhir+json' })).body as Binary).data!, 'base64');
const numberOf = ({ identifier = [] }: Claim): string => identifier[0]!.value!;
const numbersIn = (text: Buffer): string[] => [...text.toString().matchAll(/^CLM\*([^*]+)\*/gm)].map(([, number]) => number!).sort();

describe('a claim whose payer is reached by a clearinghouse', () => {
  beforeAll(() => begin(0));
  afterAll(end);
  beforeEach(() => void collect());

  test('is left there as one 837, the bytes that are on record, and is left once however often it is submitted', async () => {
    const draft = await ready('a');
    const answer = await submit(clinic.server, draft.id!);
    expect(answer.status, answer.text).toBe(200);
    const [name = '', ...others] = waiting();
    expect(others).toEqual([]);
    const file = readFileSync(join(folder, name));
    const [set, ...more] = await setsOf(file);
    expect([set?.code, more]).toEqual(['837', []]);
    const record = await recordOf(draft);
    expect([record.id, record.relatesTo?.[0]?.target.reference]).toEqual([`x12-${set!.control}`, `DocumentReference/x12-${set!.interchange.control}`]);
    expect(file.includes(await bytesOf(record.id!))).toBe(true);
    expect((await bytesOf(`x12-${set!.interchange.control}`)).equals(file)).toBe(true);
    expect((await clinic.server.get(`Claim/${draft.id}`)).body).toMatchObject({ status: 'active' });
    expect((await tasksOf(clinic.server, draft.id!, 'follow-up')).map(({ businessStatus }) => businessStatus?.text)).toEqual([expect.stringContaining('Received')]);

    collect();
    expect((await submit(clinic.server, draft.id!)).status).toBe(200);
    expect(waiting()).toEqual([]);
  });

  test('gets a control number that nothing was sent under', async () => {
    const draft = await ready('b');
    const { controlOf } = await import('../../../src/work/claim-file/export.js');
    const taken = controlOf(`${draft.id}-${Number(draft.meta!.versionId) + 1}`);
    const other: DocumentReference = { resourceType: 'DocumentReference', id: `x12-${String(taken).padStart(9, '0')}`, status: 'current', content: [{ attachment: { title: 'another claim' } }] };
    await put(clinic.server, other);
    expect((await submit(clinic.server, draft.id!)).status).toBe(200);
    expect((await recordOf(draft)).id).toBe(`x12-${String(taken + 1).padStart(9, '0')}`);
  });

  test('eight at once: each is in one file, and no number is used twice', async () => {
    const drafts: Claim[] = [];
    for (let n = 0; n < 8; n++) drafts.push(await ready(`e${n}`));
    const answers = await Promise.all(drafts.map(({ id }) => submit(clinic.server, id!)));
    expect(answers.filter(({ status }) => ![200, 412].includes(status)).map(({ text }) => text)).toEqual([]);
    clinic.later(1);
    await clinic.server.drain();
    const files = collect();
    expect(files.flatMap(numbersIn).sort()).toEqual(drafts.map(numberOf).sort());
    const sets = (await Promise.all(files.map(setsOf))).flat();
    const controls = [...sets.map(({ control }) => control), ...new Set(sets.map(({ interchange }) => interchange.control))];
    expect(new Set(controls).size).toBe(controls.length);
  });
});

describe('claims that wait for others', () => {
  beforeAll(() => begin(HOUR_MS));
  afterAll(end);

  test('go in one file to a receiver, each in a transaction set of its own; what was withdrawn meanwhile does not go', async () => {
    const [one, two, three, other] = [await ready('a'), await ready('b'), await ready('c'), await readyForOther('d')];
    const answer = await submit(clinic.server, one.id!);
    expect([answer.status, (answer.body as { issue: { details: { text: string } }[] }).issue[0]!.details.text]).toEqual([200, expect.stringContaining('Waits for the next file')]);
    for (const { id } of [two, three, other]) expect((await submit(clinic.server, id!)).status).toBe(200);
    const withdrawn = (await clinic.server.get(`Claim/${three.id}`)).body as Claim;
    await put(clinic.server, { ...withdrawn, status: 'cancelled' });
    await clinic.server.drain();
    expect(waiting()).toEqual([]);

    clinic.later(1);
    await clinic.server.drain();
    const files = collect().sort((a, b) => b.length - a.length);
    expect(files.map(numbersIn)).toEqual([[one, two].map(numberOf).sort(), [numberOf(other)]]);
    const sets = await setsOf(files[0]!);
    expect(new Set(sets.map(({ interchange }) => interchange.control)).size).toBe(1);
    for (const claim of [one, two]) {
      const record = await recordOf(claim);
      expect(files[0]!.includes(await bytesOf(record.id!))).toBe(true);
      expect(sets.map(({ control }) => `x12-${control}`)).toContain(record.id);
    }
    expect((await tasksOf(clinic.server, three.id!, 'follow-up')).map(({ status, businessStatus }) => [status, businessStatus?.text])).toEqual([['completed', 'The claim was withdrawn before it was sent']]);
    clinic.later(1);
    await clinic.server.drain();
    expect(waiting()).toEqual([]);
  });
});

describe('a file that a crash cut', () => {
  let resources: Resources;
  let sent: Sent;
  let count = 0;
  beforeAll(async () => {
    await begin(HOUR_MS);
    ({ resources } = await compose({ store: clinic.server.store, baseUrl: clinic.server.base, seed: 'none', now: () => new Date(), newId: randomUUID, log: () => undefined, isReady: () => true }));
  });
  afterAll(end);
  beforeEach(async () => {
    collect();
    const draft = await ready(`x${++count}`);
    await submit(clinic.server, draft.id!);
    sent = (await latestSent(`Claim/${draft.id}`, resources))!;
  });

  const means = () => ({ send: () => { throw new Error('a folder is not called'); }, store: resources, now: () => new Date(Date.parse(sent.document.date!) + HOUR_MS) });
  const deliver = (into = folder) => dropFolder({ folder: into, windowMs: HOUR_MS }).deliver(sent, { address: '', claimUrl: '' }, means());
  /** As it was before it was noted that the file was left. */
  async function forgotten(): Promise<void> {
    const { document } = (await batchOf((await resources.read<DocumentReference>('DocumentReference', sent.document.id!))!, resources))!;
    await resources.commit([{ put: { ...document, docStatus: 'preliminary' } }]);
  }

  test('is not left again once it was collected', async () => {
    expect((await deliver()).kind).toBe('answered');
    collect();
    for (const forget of [false, true]) {
      if (forget) await forgotten();
      expect((await deliver()).kind).toBe('answered');
      expect(waiting()).toEqual([]);
    }
  });

  test('is left when it was ready and not yet left', async () => {
    await deliver();
    const [name = ''] = waiting();
    renameSync(join(folder, name), join(folder, '.cobalt', `${name}.begun`, name));
    await forgotten();
    await deliver();
    expect(waiting()).toEqual([name]);
  });

  test('is written whole, under the same number, when only a part of it was', async () => {
    await deliver();
    const [name = ''] = waiting();
    const [file] = collect();
    rmSync(join(folder, '.cobalt', `${name}.begun`), { recursive: true });
    await forgotten();
    await deliver();
    expect([waiting(), collect()]).toEqual([[name], [file]]);
  });

  test('is left once by all that leave it at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, async () => {
      const { kind } = await deliver();
      return [kind, collect().length];
    }));
    expect([new Set(answers.map(([kind]) => kind)), answers.reduce((sum, [, files]) => sum + Number(files), 0) + collect().length]).toEqual([new Set(['answered']), 1]);
    expect(readdirSync(join(folder, '.cobalt')).filter((name) => !name.endsWith('.begun'))).toEqual([]);
  });

  test('waits while the folder can not be written, and is the same file then', async () => {
    expect(await deliver('/dev/null/claims')).toMatchObject({ kind: 'unreachable', why: expect.stringContaining('COBALT_837_DIR') as string });
    const batch = (await batchOf((await resources.read<DocumentReference>('DocumentReference', sent.document.id!))!, resources))!;
    await deliver();
    expect(collect().map((file) => file.equals(batch.body))).toEqual([true]);
  });
});

async function setsOf(bytes: Uint8Array): Promise<TransactionSet[]> {
  const sets: TransactionSet[] = [];
  for await (const set of readTransactionSets([bytes])) sets.push(set);
  return sets;
}
