import type { OperationOutcome } from 'fhir/r4.js';
import { EDI_X12 } from '../src/fhir/interactions/body.js';
import type { Inputs } from '../src/fhir/operation/operation.js';
import { errors, toOutcome, type Issue } from '../src/fhir/outcome.js';
import { contentOf, type FileContent } from '../src/work/remittance/raw-file.js';
import { X12Error } from '../src/x12/position.js';

/** The parameter `file` of an operation that takes X12. */
export interface X12File {
  readonly content: FileContent;
  /** Where it stands in the Parameters; empty when it was the body itself, which has no elements. */
  readonly expression: string;
}

/** @throws {FhirError} 400 it is empty, 415 it is of another media type */
export function x12File(inputs: Inputs): X12File {
  const { contentType, bytes, expression } = inputs.file('file') ?? { expression: '' };
  if (contentType !== EDI_X12) throw errors.mediaType(`The file must be X12: send it as ${EDI_X12}`, expression);
  if (bytes === undefined) throw errors.required('The file is empty: send its content', expression);
  return { content: contentOf(bytes), expression };
}

/** Does what is done with a file. @throws {FhirError} 422 with the position, when the file can't be read */
export async function taking<T>({ content, expression }: X12File, take: (content: FileContent) => Promise<T>): Promise<T> {
  try {
    return await take(content);
  } catch (error) {
    throw error instanceof X12Error ? errors.processing(`The file can't be read, and nothing of it was taken. ${error.message}`, expression, error.code) : error;
  }
}

/** What was found while a file was taken; undefined: nothing. */
export const outcomeOf = (findings: readonly { readonly code: string; readonly severity: Issue['severity']; readonly text: string }[], { expression }: X12File): OperationOutcome | undefined =>
  findings.length === 0 ? undefined : toOutcome(findings.map(({ code, severity, text }) => ({ severity, code: severity === 'information' ? 'informational' : 'business-rule', text, expression, id: code })));
