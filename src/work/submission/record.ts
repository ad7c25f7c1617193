import { createHash } from 'node:crypto';
import type { Binary, Claim, Coding, DocumentReference, Provenance, Reference } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { Resources } from '../../fhir/resources.js';
import { digest } from '../task.js';
import type { Content, Sent } from './channel.js';
import { SUBMISSION_SYSTEM } from './fhir-rest.js';

/** `CodeSystem/exchanged-document`. */
type ExchangedDocument = 'submission' | 'payer-answer';

/** `CodeSystem/exchanged-document`. */
export const DOCUMENT_SYSTEM = `${CANONICAL}/CodeSystem/exchanged-document`;
const LIFECYCLE = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle';

/** Bytes that were sent or received, kept as they are, and what they are: the proof of timely filing. */
export interface Kept {
  readonly binary: Binary;
  readonly document: DocumentReference;
}

/** Unless the content has an id, it follows from the key and the bytes: the same is kept once. `date` is a FHIR instant. */
export function keep(type: ExchangedDocument, { contentType, body, id: own }: Content, claim: Claim, key: string, date: string): Kept {
  const id = own ?? digest(`${type} ${key} ${createHash('sha256').update(body).digest('hex')}`).slice(0, 32);
  const binary: Binary = { resourceType: 'Binary', id, contentType, securityContext: claim.patient, data: Buffer.from(body).toString('base64') };
  const attachment = { contentType, url: `Binary/${id}`, size: body.byteLength, hash: createHash('sha1').update(body).digest('base64') };
  const document: DocumentReference = {
    resourceType: 'DocumentReference',
    id,
    identifier: [{ system: SUBMISSION_SYSTEM, value: key }],
    status: 'current',
    type: { coding: [{ system: DOCUMENT_SYSTEM, code: type }] },
    subject: claim.patient,
    date,
    content: [{ attachment }],
    context: { related: [{ reference: `Claim/${claim.id ?? ''}` }] },
  };
  return { binary, document };
}

/** The latest that was sent of a claim; undefined: nothing was. */
export async function latestSent(claim: string, resources: Resources): Promise<Sent | undefined> {
  const [document] = await resources.first<DocumentReference>('DocumentReference', `related=${claim}&type=${DOCUMENT_SYSTEM}|submission&_sort=-date`, 1);
  return document && sentAs(document, resources);
}

/** The key under which something was sent. */
export const keyOf = ({ identifier = [] }: DocumentReference): string | undefined => identifier.find(({ system }) => system === SUBMISSION_SYSTEM)?.value;

/** What a record of type `submission` keeps. */
export async function sentAs(document: DocumentReference, resources: Resources): Promise<Sent | undefined> {
  const { attachment } = document.content[0] ?? {};
  const binary = await resources.read<Binary>('Binary', attachment?.url?.replace(/^Binary\//, '') ?? '');
  const key = keyOf(document);
  if (binary?.data === undefined || key === undefined) return undefined;
  return { key, document, content: { contentType: binary.contentType, body: Buffer.from(binary.data, 'base64') } };
}

export const referenceOf = ({ resourceType, id = '' }: { readonly resourceType: string; readonly id?: string | undefined }): Reference => ({ reference: `${resourceType}/${id}` });

/** Who sent or received what, and where it is kept word for word. */
export function provenanceOf(what: 'transmit' | 'receive', target: readonly Reference[], { document }: Kept, who: Reference, recorded: string): Provenance {
  const activity: Coding = { system: LIFECYCLE, code: what };
  return {
    resourceType: 'Provenance',
    id: document.id as string,
    target: [...target],
    recorded,
    activity: { coding: [activity] },
    agent: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] }, who }],
    entity: [{ role: 'source', what: referenceOf(document) }],
  };
}
