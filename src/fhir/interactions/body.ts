import { isUtf8 } from 'node:buffer';
import { outline } from '../json/spans.js';
import { scan, type Scan, type Span } from '../json/scan.js';
import { splitInTurns, splitScan, type Split } from '../json/split.js';
import { errors } from '../outcome.js';
import { header, type FhirRequest } from './interaction.js';
import { isOtherVersion } from './negotiation.js';

/** The largest request: a transaction Bundle, or what an operation takes. */
export const MAX_REQUEST_BYTES = 32 * 2 ** 20;
/** X12 as a body (RFC 1767). */
export const EDI_X12 = 'application/edi-x12';
/** The largest file that is a body itself: it is read as it stands, and never held as one text. */
export const MAX_FILE_BYTES = 128 * 2 ** 20;

/** How large a body of a media type may be. */
export const mostBytes = (contentType: string | undefined): number => (contentType?.split(';', 1)[0]?.trim().toLowerCase() === EDI_X12 ? MAX_FILE_BYTES : MAX_REQUEST_BYTES);

/** A MongoDB document holds 16 MB; a resource must fit into one with its index entries. */
export const MAX_RESOURCE_BYTES = 10 * 2 ** 20;

/** A body's text, scanned, and where it stands in what the client sent (undefined: it is all that was sent). */
export interface Content {
  readonly scanned: Scan;
  readonly expression: string | undefined;
}

/**
 * The JSON body of a request; undefined when it has none.
 * @throws {FhirError} 400 for what `scan` refuses or no UTF-8, 413 above `maxBytes`, 415 for another media type than JSON.
 */
export function optionalContent(request: FhirRequest, maxBytes = MAX_RESOURCE_BYTES): Content | undefined {
  const given = received(request, maxBytes);
  return given instanceof Uint8Array ? { scanned: scan(utf8(given)), expression: undefined } : given;
}

/** A body that is still to be scanned, or one that was as part of a Bundle. */
function received(request: FhirRequest, maxBytes: number): Uint8Array | Content | undefined {
  const { body } = request;
  if (body === undefined || ('bytes' in body && body.bytes.length === 0)) return undefined;
  if ('scanned' in body) {
    mustFit(body.scanned.text.length, maxBytes, body.expression);
    return body;
  }
  mustBeJson(request);
  mustFit(body.bytes.length, maxBytes);
  return body.bytes;
}

/** @throws {FhirError} as `optionalContent`, and 400 without a body. */
export function content(request: FhirRequest, maxBytes = MAX_RESOURCE_BYTES): Content {
  return optionalContent(request, maxBytes) ?? empty();
}

/**
 * A body of which the member `list` may be long: reading it lets others have their turn.
 * @throws {FhirError} as `content`
 */
export async function contentInTurns(request: FhirRequest, list: string, maxBytes: number, pause: () => Promise<void>): Promise<Split> {
  const given = received(request, maxBytes) ?? empty();
  return given instanceof Uint8Array ? splitInTurns(mustBeUtf8(given), list, pause) : splitScan(given.scanned, list);
}

function empty(): never {
  throw errors.structure('The body is empty: send the resource as JSON');
}

/** A part of a scanned text as one of its own. */
export const cutOut = (text: string, { start, end }: Span): Scan => outline(text.slice(start, end));

/** @throws {FhirError} 400 when the bytes are not UTF-8. */
export const utf8 = (bytes: Uint8Array): string => mustBeUtf8(bytes).toString('utf8');

function mustBeUtf8(bytes: Uint8Array): Buffer {
  if (!isUtf8(bytes)) throw errors.structure('The body is not UTF-8: send JSON in UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const JSON_TYPES: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'application/json+fhir', 'text/json']);

/** The media type of the body in lower case, without parameters; '' when none is stated. */
export const mediaType = (request: FhirRequest): string => (header(request, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** FHIR's JSON (R4 §3.1.0.1.9) or any JSON; a body without a type is taken as JSON. */
export const isJson = (request: FhirRequest): boolean => {
  const type = mediaType(request);
  return type === '' || JSON_TYPES.has(type);
};

function mustBeJson(request: FhirRequest): void {
  if (!isJson(request)) throw errors.mediaType('The body must be FHIR JSON: send Content-Type: application/fhir+json');
  const [, ...parameters] = (header(request, 'content-type') ?? '').toLowerCase().split(';');
  if (parameters.some((parameter) => isOtherVersion(parameter.trim()))) throw errors.mediaType('This server speaks FHIR R4: send resources of fhirVersion=4.0');
}

/** @throws {FhirError} 413 */
export function mustFit(size: number, maxBytes = MAX_RESOURCE_BYTES, expression?: string): void {
  if (size > maxBytes) throw errors.tooLarge(`A resource may have at most ${maxBytes / 2 ** 20} MB`, expression);
}
