/** What says which file remittances or claims came in. */
import type { DocumentReference, Provenance } from 'fhir/r4.js';
import { EDI_X12 } from '../../fhir/interactions/body.js';
import { traceIdentifier } from '../../x12/era/payment-reconciliation.js';
import type { Remittance } from '../../x12/era/remittance.js';
import { digest } from '../task.js';
import type { RawFile } from './raw-file.js';

/** What a file is, and which operation took it. */
export interface FileKind {
  readonly title: string;
  readonly taker: string;
}

const REMITTANCE: FileKind = { title: 'Remittance advice (X12 835)', taker: 'Cobalt $import-835' };

/** What a document is about: the payment where it was posted (`PaymentReconciliation/1`), and the trace number of a remittance. */
export interface DocumentSubject {
  readonly reconciliation?: string | undefined;
  readonly trace?: Remittance['trace'];
}

/** The file as a document: it names the whole file. */
export function documentOf(id: string, { id: binary, size, hash }: RawFile, { reconciliation, trace }: DocumentSubject, { title }: FileKind = REMITTANCE): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    id,
    ...(trace ? { identifier: [traceIdentifier(trace)] } : {}),
    status: 'current',
    type: { text: title },
    content: [{ attachment: { contentType: EDI_X12, url: `Binary/${binary}`, size, hash } }],
    ...(reconciliation === undefined ? {} : { context: { related: [{ reference: reconciliation }] } }),
  };
}

/** Whether a document is of a remittance with this trace number, given by the same originator. */
export const isAboutTrace = ({ identifier = [] }: DocumentReference, trace: Remittance['trace']): boolean =>
  identifier.some((one) => JSON.stringify(one) === JSON.stringify(traceIdentifier(trace)));

/** Where all that was made of a file came from. */
export const provenanceOf = (id: string, targets: readonly string[], document: string, recorded: string, { taker }: FileKind = REMITTANCE): Provenance => ({
  resourceType: 'Provenance',
  id,
  target: targets.map((reference) => ({ reference })),
  recorded,
  activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE' }] },
  agent: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] }, who: { display: taker } }],
  entity: [{ role: 'source', what: { reference: document } }],
});

/** The id of one thing that a file makes. */
export const madeId = (...cause: readonly string[]): string => digest(JSON.stringify(cause)).slice(0, 32);
