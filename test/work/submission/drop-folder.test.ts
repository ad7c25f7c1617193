import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binary, Claim, DocumentReference } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dropFolder } from '../../../src/work/submission/drop-folder.js';
import { readTransactionSets, type TransactionSet } from '../../../src/x12/envelope.js';
import { ofType } from '../../seed/seed.js';
import { again, documentsOf, draftAfter, put, startClinic, submit, tasksOf, verified, type Clinic } from './clinic.js';

const DROP_FOLDER = { system: 'https://cobalt.example/fhir/CodeSystem/connection-type', code: 'x12-drop-folder' };
let folder: string;
const waiting = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('.'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cobalt-837-'));
});

describe('a claim whose payer is reached by a clearinghouse', () => {
  let clinic: Clinic;
  let claimFolder: string;
  beforeAll(async () => {
    claimFolder = mkdtempSync(join(tmpdir(), 'cobalt-837-'));
    clinic = await startClinic({ claimFolder });
    await put(clinic.server, { ...ofType('Endpoint')[0]!, connectionType: DROP_FOLDER });
  });
  afterAll(async () => {
    await clinic.close();
    rmSync(claimFolder, { recursive: true });
  });
  beforeEach(() => {
    folder = claimFolder;
  });

  async function ready(suffix: string): Promise<Claim> {
    const copy = await again(clinic.server, 'ashdown', suffix);
    const draft = await draftAfter(clinic.server, copy('clm-ashdown-1'));
    await verified(clinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
    return draft;
  }

  test('is left there as one 837, the bytes that are on record, and is left once however often it is submitted', async () => {
    const draft = await ready('a');
    const answer = await submit(clinic.server, draft.id!);
    expect(answer.status, answer.text).toBe(200);
    const [name = '', ...others] = waiting();
    expect(others).toEqual([]);
    const text = readFileSync(join(folder, name));
    const [set, ...more] = await setsOf(text);
    expect([set?.code, more]).toEqual(['837', []]);
    const [document] = await documentsOf(clinic.server, draft.id!, 'submission');
    const binary = (await clinic.server.get(`Binary/${document!.id}`, { Accept: 'application/fhir+json' })).body as Binary;
    expect([binary.contentType, Buffer.from(binary.data!, 'base64').equals(text)]).toEqual(['application/edi-x12', true]);
    expect(document!.id).toBe(`x12-${set!.interchange.control}`);
    expect((await clinic.server.get(`Claim/${draft.id}`)).body).toMatchObject({ status: 'active' });
    expect((await tasksOf(clinic.server, draft.id!, 'follow-up')).map(({ businessStatus }) => businessStatus?.text)).toEqual([expect.stringContaining('Received')]);

    renameSync(join(folder, name), join(folder, '.collected'));
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
    const [document] = await documentsOf(clinic.server, draft.id!, 'submission');
    expect(document!.id).toBe(`x12-${String(taken + 1).padStart(9, '0')}`);
  });
});

describe('a file that a crash cut', () => {
  const destination = { address: '', key: 'clm-1-2', claimUrl: 'http://cobalt.example/fhir/Claim/clm-1' };
  const content = { contentType: 'application/edi-x12', body: Buffer.from('ISA') };
  const send = (): never => {
    throw new Error('a folder is not called');
  };
  const deliver = () => dropFolder(folder).deliver(content, destination, send);

  test('is not left again once it was collected', async () => {
    expect((await deliver()).kind).toBe('answered');
    rmSync(join(folder, 'claim-clm-1-2.837'));
    expect((await deliver()).kind).toBe('answered');
    expect(waiting()).toEqual([]);
  });

  test('is left when it was ready and not yet left', async () => {
    await deliver();
    renameSync(join(folder, 'claim-clm-1-2.837'), join(folder, '.cobalt', 'claim-clm-1-2.837'));
    await deliver();
    expect(waiting()).toEqual(['claim-clm-1-2.837']);
  });

  test('is written whole when only a part of it was', async () => {
    await deliver();
    for (const name of ['claim-clm-1-2.837', '.cobalt/claim-clm-1-2.837.begun']) rmSync(join(folder, name));
    await deliver();
    expect(readFileSync(join(folder, 'claim-clm-1-2.837'), 'utf8')).toBe('ISA');
  });

  test('waits while the folder can not be written', async () => {
    expect(await dropFolder('/dev/null/claims').deliver(content, destination, send)).toMatchObject({ kind: 'unreachable', why: expect.stringContaining('COBALT_837_DIR') as string });
  });
});

async function setsOf(bytes: Uint8Array): Promise<TransactionSet[]> {
  const sets: TransactionSet[] = [];
  for await (const set of readTransactionSets([bytes])) sets.push(set);
  return sets;
}
