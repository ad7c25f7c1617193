import type { Request, Response } from 'express';
import type { Caller } from '../fhir/access/caller.js';
import type { FhirServer } from '../fhir/fhir.js';
import { FhirError } from '../fhir/outcome.js';

/** Those who may not ask, or not this, or not so often. What else goes wrong says nothing of who tried what. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);

/**
 * Answers a failure beside the FHIR API as the API does: an OperationOutcome with its status, and an AuditEvent of a refusal.
 * @throws whatever is no `FhirError`
 */
export async function refuseBeside(fhir: Pick<FhirServer, 'refuse'>, request: Request, response: Response, caller: Caller | undefined, error: unknown): Promise<void> {
  if (!(error instanceof FhirError)) throw error;
  const { method, path, headers, socket } = request;
  if (REFUSALS.has(error.status)) {
    const requestId = String(response.getHeader('X-Request-Id') ?? '');
    await fhir.refuse({ method, path: path.split('/').filter((segment) => segment !== ''), query: [], headers, body: undefined, requestId, caller, address: socket.remoteAddress }, error);
  }
  response.status(error.status).set({ ...error.headers, 'Cache-Control': 'no-store' }).type('application/fhir+json').send(JSON.stringify(error.outcome));
}
