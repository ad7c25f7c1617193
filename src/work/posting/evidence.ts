import type { DocumentReference } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';
import type { WriteOffClass } from '../../claims/disposition/write-off-class.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { DOCUMENT_SYSTEM } from '../submission/record.js';
import type { LedgerState } from './state.js';

/** Classes that say that the patient was asked in vain. */
const ASKED: ReadonlySet<WriteOffClass> = new Set<WriteOffClass>(['bad-debt']);

/**
 * What a write-off rests on (R153): the decision of every payer, which is there once nothing holds the balance, and for
 * bad debt the statements that the patient was sent.
 * @throws {FhirError} 422 where the patient was never asked.
 */
export async function documentsFor(of: WriteOffClass, { chain }: LedgerState, resources: Resources): Promise<string[]> {
  const decisions = chain.gathered.decided.flatMap(({ decisions: each }) => each.flatMap((decision) => referenceTo(decision) ?? []));
  const statements = await resources.search<DocumentReference>('DocumentReference', `related=${chain.root}&type=${DOCUMENT_SYSTEM}|patient-statement`);
  if (ASKED.has(of) && statements.length === 0) throw errors.businessRule('Bad debt is what a patient was asked for in vain, and no statement is on file: $statement makes one', 'Parameters', 'documents-missing');
  return [...decisions, ...statements.flatMap((statement) => referenceTo(statement) ?? [])];
}
