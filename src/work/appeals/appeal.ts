import type { Bundle, Claim, Communication, DocumentReference, FhirResource, Task } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { readReference } from '../derivation/lookup.js';
import { renderPdf } from '../documents/pdf.js';
import type { FindPlaybook } from '../queue/playbooks.js';
import { noted } from '../queue/note.js';
import { digest } from '../task.js';
import { appealCase, type AppealCase, type AppealRequest } from './case.js';
import { appealLetter } from './letter.js';
import { letterFacts } from './letter-facts.js';
import { inOrder } from './log.js';
import { appealTask, CONTENT_SYSTEM, letterResources, packetIndex, prepared } from './resources.js';

export interface AppealContext {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  /** Who asks, `Practitioner/1`. */
  readonly caller: string | undefined;
  readonly now: Date;
  /** Our FHIR base, without a slash at the end. */
  readonly baseUrl: string;
}

/**
 * Prepares an appeal and answers its whole packet as one file. The same appeal asked for again changes nothing; with
 * another argument or other documents the letter is written anew, until its Communication is no longer in preparation.
 */
export async function appeal(claim: Claim, request: AppealRequest, context: AppealContext): Promise<Bundle> {
  const { resources, now } = context;
  const found = await appealCase(claim, request, resources, now.toISOString().slice(0, 10));
  const stored = {
    task: await resources.read<Task>('Task', found.id),
    letter: await resources.read<DocumentReference>('DocumentReference', found.id),
    contact: await resources.read<Communication>('Communication', found.id),
  };
  const facts = await letterFacts(found, context.caller, resources);
  const content = digest(JSON.stringify([facts, found.packet]));
  const isSaid = stored.letter?.identifier?.some(({ system, value }) => system === CONTENT_SYSTEM && value === content) ?? false;
  const isOpen = stored.contact === undefined || stored.contact.status === 'preparation';
  if (!stored.task || (!isSaid && isOpen)) {
    const pdf = await renderPdf(appealLetter(facts, now));
    await resources.commit(changesFor(found, stored, [...letterResources(found, pdf, content, now), packetIndex(found, now)], context), { orInOrder: true });
  }
  return packetBundle(found, context);
}

/** All of a new appeal, the Task last; of one that is there, what its letter says now, and last the document that says which that is. */
function changesFor(found: AppealCase, stored: { readonly task: Task | undefined; readonly letter: DocumentReference | undefined }, written: readonly FhirResource[], { caller, find, now }: AppealContext): ResourceChange[] {
  const task = appealTask(found, { caller, find, now });
  if (!stored.task) return [...written, prepared(found, now), task].map((put) => ({ put, ifAbsent: true }));
  const { input, businessStatus } = task;
  const revised = noted({ ...stored.task, ...(input ? { input } : {}), ...(businessStatus ? { businessStatus } : {}), lastModified: now.toISOString() }, 'The letter was written anew', now);
  const versionOf = (resource: FhirResource | undefined): number => Number(resource?.meta?.versionId ?? 0);
  const [letter, others] = [written.filter(isDocument), written.filter((one) => !isDocument(one))];
  return [
    ...others.map((put) => ({ put })),
    { put: revised, expectVersion: versionOf(stored.task) },
    ...letter.map((put) => ({ put, expectVersion: versionOf(stored.letter) })),
  ];
}

const isDocument = ({ resourceType }: FhirResource): boolean => resourceType === 'DocumentReference';

/** The packet: Task, index, letter, then what the index names with its content, then the log in order. */
async function packetBundle({ id, log }: AppealCase, { resources, baseUrl }: AppealContext): Promise<Bundle> {
  const references = [`Task/${id}`, `Composition/${id}`, `DocumentReference/${id}`, `Binary/${id}`];
  const own = (await Promise.all(references.map((reference) => readReference(reference, resources)))).filter((one) => one !== undefined);
  const index = own.find((one) => one.resourceType === 'Composition');
  const named = index?.resourceType === 'Composition' ? (index.section ?? []).flatMap(({ entry = [] }) => entry.map(({ reference = '' }) => reference)) : [];
  const enclosed = await Promise.all([...new Set(named)].filter((reference) => !references.includes(reference)).map((reference) => withContent(reference, resources, baseUrl)));
  const contact = await resources.read<Communication>('Communication', id);
  const contacts = inOrder([...log.filter((one) => one.id !== id), ...(contact ? [contact] : [])]);
  const entries = [...new Map([...own, ...enclosed.flat(), ...contacts].map((one) => [referenceTo(one) ?? '', one])).entries()];
  return { resourceType: 'Bundle', type: 'collection', entry: entries.map(([reference, resource]) => ({ fullUrl: `${baseUrl}/${reference}`, resource })) };
}

/** A resource, and where it is a document, its content as far as it is kept here. */
async function withContent(reference: string, resources: Resources, baseUrl: string): Promise<FhirResource[]> {
  const found = await readReference(reference, resources);
  if (!found || !isDocument(found)) return found ? [found] : [];
  const urls = (found as DocumentReference).content.flatMap(({ attachment: { url = '' } }) => (url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url));
  const contents = await Promise.all(urls.filter((url) => url.startsWith('Binary/')).map((url) => readReference(url, resources)));
  return [found, ...contents.filter((one) => one !== undefined)];
}
