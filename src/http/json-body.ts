import type { IncomingMessage, ServerResponse } from 'node:http';
import { scanObject } from '../fhir/json/scan.js';
import { errors } from '../fhir/outcome.js';
import { readBody } from './body.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON object out of the body of a request, as flat and as plain as one of the FHIR API. @throws {FhirError} 400, 413, 415 */
export async function readJson(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<JsonObject> {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '')) throw errors.mediaType('The body must be JSON: send Content-Type: application/json');
  const text = decoded(await readBody(request, response, maxBytes));
  scanObject(text);
  return JSON.parse(text) as JsonObject;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw errors.structure('The body is not UTF-8');
  }
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
