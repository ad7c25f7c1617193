/** Claims to one receiver in one file: which of them go together, and under which control number. */
import { createHash } from 'node:crypto';
import type { Binary, Claim, DocumentReference, Task } from 'fhir/r4.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { addressOf, interchangeOf, type SetAddress } from '../../x12/claim/interchange.js';
import { stamp } from '../../x12/claim/write.js';
import { controlOf, nextControl } from '../claim-file/export.js';
import { EDI_X12 } from '../../fhir/interactions/body.js';
import { taskId } from '../task.js';
import type { Sent } from './channel.js';
import { DOCUMENT_SYSTEM, referenceOf, sentAs } from './record.js';

/** One file, as it is recorded. */
export interface Batch {
  readonly document: DocumentReference;
  readonly body: Uint8Array;
}

export interface BatchParts {
  readonly store: Resources;
  readonly now: () => Date;
  /** How long claims are collected, in milliseconds after the first was handed over. */
  readonly windowMs: number;
}

/** The most claims in a file: what is written in one commit. */
const AT_MOST = 500;
/** Others may put the same claims into a file at the same moment: looked at anew so often. */
const MEETINGS = 5;

/**
 * The file that a claim is in; undefined where it waits for others. Made once: the record of the file, with its bytes and
 * control number, and of each claim in it that it is there, are one commit, so that no claim is ever in two files.
 * @throws {FhirError} 412 when others were faster each time
 */
export async function batchWith(sent: Sent, parts: BatchParts): Promise<Batch | undefined> {
  for (let meeting = 1; ; meeting++) {
    const record = (await parts.store.read<DocumentReference>('DocumentReference', sent.document.id ?? '')) ?? sent.document;
    const known = await batchOf(record, parts.store);
    if (known || parts.now() < collectedUntil(record, parts.windowMs)) return known;
    try {
      return await formed({ ...sent, document: record }, parts);
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 412 || meeting === MEETINGS) throw error;
    }
  }
}

/** When the file of a claim is written at the latest. */
export const collectedUntil = ({ date = '' }: DocumentReference, windowMs: number): Date => new Date((Date.parse(date) || 0) + windowMs);

/** The file that a record says the claim is in. */
export async function batchOf({ relatesTo = [] }: DocumentReference, store: Resources): Promise<Batch | undefined> {
  const id = relatesTo.find(({ code }) => code === IN_FILE)?.target.reference?.replace(/^DocumentReference\//, '');
  if (id === undefined) return undefined;
  const [document, binary] = await Promise.all([store.read<DocumentReference>('DocumentReference', id), store.read<Binary>('Binary', id)]);
  return document && binary?.data !== undefined ? { document, body: Buffer.from(binary.data, 'base64') } : undefined;
}

/** `DocumentReference.relatesTo.code`: the claim stands in the file as one of several. */
const IN_FILE = 'appends';

/** The record of what was sent has the control number in its id, so that two commits can't use the same. */
export const recordId = (control: number): string => `x12-${String(control).padStart(9, '0')}`;

/** A control number that follows from a cause, or the first after it that nothing was sent under. */
export async function freeControl(cause: string, store: Resources): Promise<number> {
  let control = controlOf(cause);
  while (await store.read<DocumentReference>('DocumentReference', recordId(control))) control = nextControl(control);
  return control;
}

/** The records of the claims in a file. */
export const claimsIn = ({ context }: DocumentReference): string[] => (context?.related ?? []).flatMap(({ reference }) => reference ?? []);

/** Whether a record is that of a file. */
export const isBatch = ({ type }: DocumentReference): boolean => type?.coding?.some(({ system, code }) => system === DOCUMENT_SYSTEM && code === BATCH) ?? false;

const BATCH = 'submission-batch';

async function formed(sent: Sent, { store, now }: BatchParts): Promise<Batch> {
  const address = addressOf(textOf(sent));
  const members = [sent, ...await others(sent, address, store)];
  const control = await freeControl(JSON.stringify(members.map(({ document }) => document.id)), store);
  const date = now().toISOString();
  const body = Buffer.from(interchangeOf(members.map(textOf), { ...address, ...stamp(date), control, usage: 'P' }));
  const id = recordId(control);
  const binary: Binary = { resourceType: 'Binary', id, contentType: EDI_X12, data: body.toString('base64') };
  const document: DocumentReference = {
    resourceType: 'DocumentReference', id, status: 'current', docStatus: 'preliminary',
    type: { coding: [{ system: DOCUMENT_SYSTEM, code: BATCH }] },
    date,
    content: [{ attachment: { contentType: EDI_X12, url: `Binary/${id}`, size: body.byteLength, hash: createHash('sha1').update(body).digest('base64') } }],
    context: { related: members.map((member) => referenceOf(member.document)) },
  };
  const [written] = await store.commit([
    { put: document, expectVersion: 0 },
    { put: binary, expectVersion: 0 },
    ...members.map((member) => ({ put: { ...member.document, relatesTo: [{ code: IN_FILE, target: { reference: `DocumentReference/${id}` } }] } as DocumentReference, expectVersion: Number(member.document.meta?.versionId) })),
  ]);
  return { document: written as DocumentReference, body };
}

const textOf = ({ content }: Sent): string => Buffer.from(content.body).toString('utf8');

/** What else waits for the same receiver, the oldest first. */
async function others(sent: Sent, address: SetAddress, store: Resources): Promise<Sent[]> {
  const query = `type=${DOCUMENT_SYSTEM}|submission&contenttype=${encodeURIComponent(EDI_X12)}&relatesto:missing=true&_sort=date`;
  const waiting = await store.first<DocumentReference>('DocumentReference', query, AT_MOST);
  const found: Sent[] = [];
  for (const document of waiting) {
    if (document.id === sent.document.id || found.length + 1 >= AT_MOST) continue;
    const other = await sentAs(document, store);
    if (other && isSame(addressOf(textOf(other)), address) && await isToBeSent(other, store)) found.push(other);
  }
  return found;
}

const isSame = (a: SetAddress, b: SetAddress): boolean => a.sender === b.sender && a.receiver === b.receiver && a.version === b.version;

const OPEN: ReadonlySet<string> = new Set(['ready', 'in-progress', 'on-hold']);

/** The claim stands, and its Task has not ended. */
async function isToBeSent({ key, document }: Sent, store: Resources): Promise<boolean> {
  const id = document.context?.related?.[0]?.reference?.replace(/^Claim\//, '') ?? '';
  const [task, claim] = await Promise.all([store.read<Task>('Task', taskId('follow-up', ['submission', key])), store.read<Claim>('Claim', id)]);
  return task !== undefined && OPEN.has(task.status) && claim?.status === 'active';
}

/** Notes that a file was left. */
export async function noted({ document }: Batch, store: Resources): Promise<void> {
  try {
    await store.commit([{ put: { ...document, docStatus: 'final' }, expectVersion: Number(document.meta?.versionId) }]);
  } catch (error) {
    // Whoever else left it has noted it.
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
  }
}

/** Whether it was noted that a file was left. */
export const isLeft = ({ document }: Batch): boolean => document.docStatus === 'final';
