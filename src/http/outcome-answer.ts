import type { Response } from 'express';
import { FhirError } from '../fhir/outcome.js';

/** Answers a failure outside the FHIR API as the API does: an OperationOutcome with its status. @throws whatever is no `FhirError` */
export function answerOutcome(response: Response, error: unknown): void {
  if (!(error instanceof FhirError)) throw error;
  response.status(error.status).set({ ...error.headers, 'Cache-Control': 'no-store' }).type('application/fhir+json').send(JSON.stringify(error.outcome));
}
