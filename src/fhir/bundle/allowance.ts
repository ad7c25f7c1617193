import { failure } from '../failure.js';
import type { Fhir, FhirRequest, FhirResponse } from '../interactions/interaction.js';
import { errors } from '../outcome.js';

/** Bytes that the reads and searches of one Bundle may answer together: they can be far more than the Bundle is long. */
const MAX_ANSWER_BYTES = 128 * 2 ** 20;

/** Does the reads and searches of one Bundle; when they have answered too much, those that follow are refused (413). */
export function allowance({ requestId }: FhirRequest, { answer, log }: Fhir): (request: FhirRequest) => Promise<FhirResponse> {
  let left = MAX_ANSWER_BYTES;
  return async (request) => {
    if (left < 0) return failure(errors.tooLarge('The Bundle asks for more than 128 MB of answers: read in smaller Bundles'), requestId, log);
    const response = await answer(request);
    if (response.stream) return failure(errors.notSupported('A file of a job is read by a request of its own, not in a Bundle'), requestId, log);
    left -= response.body?.length ?? 0;
    return response;
  };
}

/** Whether the request changes nothing, so that it can be refused or left out without harm. */
export const isRead = ({ method, path }: FhirRequest): boolean => method === 'GET' || method === 'HEAD' || (method === 'POST' && path.at(-1) === '_search');
