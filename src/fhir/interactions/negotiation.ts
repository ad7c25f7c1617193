import { errors } from '../outcome.js';
import { header, type FhirRequest } from './interaction.js';

/** What this server writes, by the names that clients give it (R4 §3.1.0.1.9). */
const JSON_RANGES: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'application/json+fhir', 'text/json', 'json', '*/*', 'application/*']);

/**
 * `_format` wins over `Accept`; neither: JSON.
 * @throws {FhirError} 406 when the client takes nothing that this server writes.
 */
export function mustAcceptJson(request: FhirRequest): void {
  // An unescaped + of the media type arrives as a space.
  const format = request.query.find(([name]) => name === '_format')?.[1].replaceAll(' ', '+');
  const accepted = format || header(request, 'accept');
  if (accepted && !accepted.split(',').some(takesJson)) {
    throw errors.notAcceptable('This server writes FHIR R4 as JSON: accept application/fhir+json');
  }
}

function takesJson(range: string): boolean {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  return JSON_RANGES.has(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter) || isOtherVersion(parameter));
}

/** `fhirVersion` of a media type, in lower case, names another release than R4 (R4 §3.1.0.1.10). */
export const isOtherVersion = (parameter: string): boolean => parameter.startsWith('fhirversion=') && !/^fhirversion="?4\.0/.test(parameter);
