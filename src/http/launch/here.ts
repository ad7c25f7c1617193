import type { Request } from 'express';
import type { FhirServer } from '../../fhir/fhir.js';
import type { Smart } from '../smart.js';

/**
 * What the caller of a request calls `Type/id`, by the name that it has here; undefined where it is not here, or is
 * nothing that they may read: both are answered alike.
 * @throws {FhirError} 401 for a token that is not good, 503 when its issuer can't be asked
 */
export async function hereFor(request: Request, reference: string, { smart, fhir }: { readonly smart: Smart; readonly fhir: Pick<FhirServer, 'answer'> }): Promise<string | undefined> {
  const caller = await smart.caller(request);
  const local = await smart.here(request, reference);
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(local ?? '') ?? [];
  if (type === undefined || id === undefined) return undefined;
  const requestId = String(request.res?.getHeader('X-Request-Id') ?? '');
  const { status, sent } = await fhir.answer({ method: 'GET', path: [type, id], query: [], headers: {}, body: undefined, requestId, caller, address: request.socket.remoteAddress });
  sent?.();
  return status === 200 ? local : undefined;
}
