import { errors } from '../outcome.js';
import { header, type FhirRequest } from './interaction.js';

/** What this server writes, by the names that clients give it (R4 §3.1.0.1.9). */
const JSON_RANGES: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'application/json+fhir', 'text/json', 'json', '*/*', 'application/*']);

const NAMED_JSON: ReadonlySet<string> = new Set([...JSON_RANGES].filter((range) => !range.includes('*')));

/**
 * `_format` wins over `Accept`; neither: JSON.
 * @throws {FhirError} 406 when the client takes nothing that this server writes.
 */
export function mustAcceptJson(request: FhirRequest): void {
  if (!acceptsJson(request)) throw errors.notAcceptable('This server writes FHIR R4 as JSON: accept application/fhir+json');
}

export const acceptsJson = (request: FhirRequest): boolean => takesOneOf(request, JSON_RANGES);

/** Whether the client takes a media type by name, or by its kind (`image/*`). */
export function accepts(request: FhirRequest, mediaType: string): boolean {
  const [type = ''] = mediaType.toLowerCase().split(';', 1);
  return takesOneOf(request, new Set([type.trim(), `${type.split('/', 1)[0] ?? ''}/*`]));
}

/** Whether the client names a media type, and FHIR's JSON by wildcards only. The type is asked for only where that may be. */
export function namesRatherThanJson(request: FhirRequest, mediaType: () => string): boolean {
  const named = takesOneOf(request, NAMED_JSON);
  if (named || header(request, 'accept') === undefined) return false;
  const [type = ''] = mediaType().toLowerCase().split(';', 1);
  return takesOneOf(request, new Set([type.trim()]));
}

function takesOneOf(request: FhirRequest, ranges: ReadonlySet<string>): boolean {
  // An unescaped + of the media type arrives as a space.
  const format = request.query.find(([name]) => name === '_format')?.[1].replaceAll(' ', '+');
  const accepted = format || header(request, 'accept');
  return !accepted || accepted.split(',').some((range) => takes(range, ranges));
}

function takes(range: string, ranges: ReadonlySet<string>): boolean {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  return ranges.has(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter) || isOtherVersion(parameter));
}

/** `fhirVersion` of a media type, in lower case, names another release than R4 (R4 §3.1.0.1.10). */
export const isOtherVersion = (parameter: string): boolean => parameter.startsWith('fhirversion=') && !/^fhirversion="?4\.0/.test(parameter);
