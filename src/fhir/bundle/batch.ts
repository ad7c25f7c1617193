/**
 * batch — R4 §3.1.0.11.1: each entry is a request of its own, with an outcome of its own. Entries run side by side, so
 * that their commits share a flush of the disk; nothing is said about their order, and links between them stay as they are.
 */
import { failure } from '../failure.js';
import type { Fhir, FhirRequest, FhirResponse } from '../interactions/interaction.js';
import { errors } from '../outcome.js';
import { allowance, isRead } from './allowance.js';
import { requestOf, type Entry } from './entries.js';
import { pace } from '../pace.js';

const SIDE_BY_SIDE = 32;

export async function batch(entries: readonly Entry[], whole: FhirRequest, fhir: Fhir): Promise<FhirResponse[]> {
  const responses: FhirResponse[] = [];
  const read = allowance(whole, fhir);
  const pause = pace();
  for (let start = 0; start < entries.length; start += SIDE_BY_SIDE) {
    responses.push(...(await Promise.all(entries.slice(start, start + SIDE_BY_SIDE).map((entry) => one(entry, whole, fhir, read)))));
    await pause();
  }
  return responses;
}

async function one(entry: Entry, whole: FhirRequest, fhir: Fhir, read: Fhir['answer']): Promise<FhirResponse> {
  try {
    const request = requestOf(entry, whole, fhir);
    if (request.path.length === 0 && request.method === 'POST') throw errors.notSupported('A Bundle inside a Bundle is not processed', `${entry.expression}.request.url`);
    return await (isRead(request) ? read : fhir.answer)(request);
  } catch (error) {
    return failure(error, whole.requestId, fhir.log);
  }
}
