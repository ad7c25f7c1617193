/** The file that remittances or claims came in, kept as it was, and what says so. */
import { createHash } from 'node:crypto';
import type { Binary, DocumentReference, Provenance } from 'fhir/r4.js';
import { digest } from '../task.js';

/** RFC 1767. */
export const EDI_X12 = 'application/edi-x12';

/** Bytes as they came, under an id that follows from them. */
export interface RawFile {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** It is in the store. */
  isKept: boolean;
}

export const rawFile = (bytes: Uint8Array): RawFile => ({ id: createHash('sha256').update(bytes).digest('hex').slice(0, 32), bytes, isKept: false });

export const binaryOf = ({ id, bytes }: RawFile): Binary => ({ resourceType: 'Binary', id, contentType: EDI_X12, data: Buffer.from(bytes).toString('base64') });

/** What a file is, and which operation took it. */
export interface FileKind {
  readonly title: string;
  readonly taker: string;
}

const REMITTANCE: FileKind = { title: 'Remittance advice (X12 835)', taker: 'Cobalt $import-835' };

/** The file as a document: it names the whole file, and the payment that it is about where it was posted. */
export function documentOf(id: string, { id: binary, bytes }: RawFile, reconciliation: string | undefined, { title }: FileKind = REMITTANCE): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    id,
    status: 'current',
    type: { text: title },
    content: [{ attachment: { contentType: EDI_X12, url: `Binary/${binary}`, size: bytes.length, hash: createHash('sha1').update(bytes).digest('base64') } }],
    ...(reconciliation === undefined ? {} : { context: { related: [{ reference: reconciliation }] } }),
  };
}

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
