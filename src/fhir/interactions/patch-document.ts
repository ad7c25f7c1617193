import { parseExact } from '../json/exact.js';
import { FhirError, errors } from '../outcome.js';
import { applyFhirPathPatch } from '../patch/fhirpath-patch.js';
import { applyJsonPatch } from '../patch/json-patch.js';
import { content, isJson, mediaType, MAX_RESOURCE_BYTES, mustFit, utf8, type Content } from './body.js';
import type { FhirRequest } from './interaction.js';
import { mustBeValid } from './preparation.js';

/** A patch in one of the forms that the server takes. */
export interface Patch {
  /** The resource's text with the patch applied, not validated yet. @throws {FhirError} 413, 422 */
  apply(resource: string, type: string): string;
}

const JSON_PATCH = 'application/json-patch+json';
/** RFC 5789 §3.1 */
const ACCEPT_PATCH = `${JSON_PATCH}, application/fhir+json`;

/** @throws {FhirError} 400 without a patch, or one that is none; 413; 415 for another form, with `Accept-Patch`. */
export function patchDocument(request: FhirRequest): Patch {
  const { body } = request;
  if (body && 'bytes' in body && body.bytes.length > 0) {
    if (mediaType(request) === JSON_PATCH) return jsonPatch(body.bytes);
    if (!isJson(request)) throw otherForm(undefined);
  }
  return ofResource(content(request));
}

function ofResource(given: Content): Patch {
  const { scanned, expression } = given;
  const value = parseExact(scanned) as { readonly resourceType?: unknown; readonly contentType?: unknown; readonly data?: unknown };
  if (value.resourceType === 'Binary' && expression !== undefined) {
    mustBeValid(value, 'Binary', expression);
    if (value.contentType !== JSON_PATCH || typeof value.data !== 'string') throw otherForm(expression);
    return jsonPatch(Buffer.from(value.data, 'base64'));
  }
  mustBeValid(value, 'Parameters', expression);
  return { apply: (resource, type) => withinEntry(() => applyFhirPathPatch(resource, type, scanned), expression) };
}

function jsonPatch(bytes: Uint8Array): Patch {
  mustFit(bytes.length, MAX_RESOURCE_BYTES);
  const text = utf8(bytes);
  return { apply: (resource) => applyJsonPatch(resource, text) };
}

function withinEntry<T>(apply: () => T, expression: string | undefined): T {
  try {
    return apply();
  } catch (error) {
    throw error instanceof FhirError && expression !== undefined ? error.within(expression) : error;
  }
}

function otherForm(expression: string | undefined): FhirError {
  const { issues, status } = errors.mediaType('A patch is a JSON Patch (application/json-patch+json) or a Parameters resource (application/fhir+json)', expression);
  return new FhirError(status, issues, { 'Accept-Patch': ACCEPT_PATCH });
}
