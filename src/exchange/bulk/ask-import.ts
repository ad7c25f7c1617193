import type { Inputs } from '../../fhir/operation/operation.js';
import { errors, FhirError } from '../../fhir/outcome.js';
import type { Search } from '../../fhir/search/index.js';
import { OutboundRefused, type Outbound } from '../../outbound/index.js';
import type { ImportInput } from './job.js';

const FORMATS: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/ndjson', 'application/x-ndjson', 'ndjson']);
/** A fact of a store: MongoDB's documents hold 16 MB. */
const PART_LENGTH = 1_000_000;

/** What is to be imported, and the parts of what came with the request. */
export interface AskedImport {
  readonly inputs: readonly ImportInput[];
  readonly parts: readonly string[];
}

/** @throws {FhirError} 400 without anything to import, 415 for another format, 422 for an address that may not be asked. */
export function askImport(inputs: Inputs, { search, outbound }: { readonly search: Search; readonly outbound: Pick<Outbound, 'check'> }): AskedImport {
  const format = inputs.string('inputFormat');
  if (format !== undefined && !FORMATS.has(format)) throw errors.mediaType('Resources are imported one a line: inputFormat is application/fhir+ndjson', inputs.one('inputFormat')?.expression);
  const parts = fileParts(inputs);
  const remote = inputs.all('input').map(({ parts: input }) => remoteInput(input, search, outbound));
  if (remote.length === 0 && parts.length === 0) throw errors.required('There is nothing to import: send newline-delimited JSON, or inputs with their addresses', 'Parameters');
  return { inputs: [...(parts.length > 0 ? [{ parts: parts.length, taken: 0, refused: 0 }] : []), ...remote], parts };
}

function remoteInput(input: Inputs | undefined, search: Search, outbound: Pick<Outbound, 'check'>): ImportInput {
  const url = input?.string('url') ?? '';
  const type = input?.string('type');
  const at = (name: string): string | undefined => input?.one(name)?.expression;
  if (type !== undefined && !search.types.includes(type)) throw errors.value('The part type takes the name of a resource type of FHIR R4', at('type'));
  try {
    outbound.check(url);
  } catch (error) {
    throw error instanceof OutboundRefused ? new FhirError(422, { severity: 'error', code: 'business-rule', id: 'bulk-input', text: error.message, expression: at('url') ?? 'Parameters' }) : error;
  }
  return { ...(type === undefined ? {} : { type }), url, taken: 0, refused: 0 };
}

/** The file, cut between lines. */
function fileParts(inputs: Inputs): string[] {
  const file = inputs.file('file');
  if (!file) return [];
  const expression = file.expression || undefined;
  if (!FORMATS.has(file.contentType.split(';', 1)[0]?.trim() ?? '')) throw errors.mediaType('The file must hold one resource a line: send it as application/fhir+ndjson', expression);
  const parts: string[] = [];
  let lines: string[] = [];
  let length = 0;
  for (const line of Buffer.from(file.bytes ?? []).toString('utf8').replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (length > 0 && length + line.length > PART_LENGTH) {
      parts.push(lines.join('\n'));
      lines = [];
      length = 0;
    }
    lines.push(line);
    length += line.length + 1;
  }
  if (lines.some((line) => line.trim() !== '')) parts.push(lines.join('\n'));
  if (parts.length === 0) throw errors.required('The file is empty: send resources, one a line', expression);
  return parts;
}
