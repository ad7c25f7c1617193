import type { Binary } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { errors, toOutcome } from '../../src/fhir/outcome.js';
import { importClaims, type ImportFinding } from '../../src/work/claim-file/import.js';
import { EDI_X12 } from '../../src/work/remittance/documents.js';
import { X12Error } from '../../src/x12/position.js';

/** `$import-837`: claims of a file become claims here, each transaction set whole or not at all. */
export const handle: Handler = async ({ in: inputs }, { resources, now }) => {
  const expression = inputs.one('file')?.expression ?? 'Parameters';
  const { contentType, data } = inputs.resource<Binary>('file') ?? {};
  if (contentType !== EDI_X12) throw errors.mediaType(`The file must be X12: send it as ${EDI_X12}`, expression);
  if (data === undefined) throw errors.required('The file is empty: send its content', expression);
  try {
    const { claims, findings } = await importClaims(Buffer.from(data, 'base64'), { resources, now });
    return { out: { claim: claims, outcome: outcomeOf(findings, expression) } };
  } catch (error) {
    throw error instanceof X12Error ? errors.processing(`The file can't be read, and nothing of it was taken. ${error.message}`, expression, error.code) : error;
  }
};

const outcomeOf = (findings: readonly ImportFinding[], expression: string): ReturnType<typeof toOutcome> | undefined =>
  findings.length === 0 ? undefined : toOutcome(findings.map(({ code, severity, text }) => ({ severity, code: severity === 'information' ? 'informational' : 'business-rule', text, expression, id: code })));
