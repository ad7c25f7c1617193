import { createHash } from 'node:crypto';
import type { Attachment, Binary, CommunicationRequest, DocumentReference } from 'fhir/r4.js';
import { renderHtml } from '../documents/html.js';
import { renderPdf } from '../documents/pdf.js';
import type { PrintedDocument } from '../documents/printed.js';
import { OUTREACH_SYSTEM } from '../outreach/overtaken.js';
import { DOCUMENT_SYSTEM } from '../submission/record.js';
import { AUTOMATION } from '../task.js';

export const PDF = 'application/pdf';
const HTML = 'text/html; charset=utf-8';

/** What a statement is about and for. References are relative. */
export interface StatementRecord {
  readonly id: string;
  readonly patient: string;
  /** Undefined: nobody can be told apart. */
  readonly recipient: string | undefined;
  /** The clinic, where it is an Organization on file. */
  readonly author: string | undefined;
  readonly invoices: readonly string[];
  readonly claims: readonly string[];
}

/** The statement as it was made: never changed, so that it stays known what the patient was told. */
export async function statementResources(printed: PrintedDocument, { id, patient, author, invoices, claims }: StatementRecord): Promise<[Binary, Binary, DocumentReference]> {
  const pdf = binary(id, PDF, Buffer.from(await renderPdf(printed)), patient);
  const page = binary(`${id}-html`, HTML, Buffer.from(renderHtml(printed)), patient);
  return [
    pdf,
    page,
    {
      resourceType: 'DocumentReference',
      id,
      status: 'current',
      type: { coding: [{ system: DOCUMENT_SYSTEM, code: 'patient-statement' }] },
      subject: { reference: patient },
      date: printed.created.toISOString(),
      ...(author === undefined ? {} : { author: [{ reference: author }] }),
      description: printed.title,
      content: [pdf, page].map((one) => ({ attachment: attachment(one, printed) })),
      context: { related: [...invoices, ...claims].map((reference) => ({ reference })) },
    },
  ];
}

const binary = (id: string, contentType: string, bytes: Buffer, patient: string): Binary & { readonly data: string } =>
  ({ resourceType: 'Binary', id, contentType, securityContext: { reference: patient }, data: bytes.toString('base64') });

function attachment({ id = '', contentType, data = '' }: Binary, { title, language, created }: PrintedDocument): Attachment {
  const bytes = Buffer.from(data, 'base64');
  return { contentType, language, url: `Binary/${id}`, size: bytes.byteLength, hash: createHash('sha1').update(bytes).digest('base64'), title, creation: created.toISOString() };
}

/** That the statement is to be sent: by which way, and to whom where that is not said, is found when it is. */
export const sendingOf = ({ id, patient, recipient, author, invoices, claims }: StatementRecord, now: Date): CommunicationRequest => ({
  resourceType: 'CommunicationRequest',
  id,
  status: 'active',
  category: [{ coding: [{ system: OUTREACH_SYSTEM, code: 'statement' }] }],
  subject: { reference: patient },
  about: [...invoices, ...claims].map((reference) => ({ reference })),
  payload: [{ contentReference: { reference: `DocumentReference/${id}` } }],
  authoredOn: now.toISOString(),
  requester: { reference: AUTOMATION },
  ...(recipient === undefined ? {} : { recipient: [{ reference: recipient }] }),
  ...(author === undefined ? {} : { sender: { reference: author } }),
});
