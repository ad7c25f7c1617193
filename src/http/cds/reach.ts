import { errors } from '../../fhir/outcome.js';
import type { HookCall } from './hook-call.js';

/** Whose patients a caller may learn something of: those of its own FHIR servers; none: what it sends itself; `any`: only this machine is served. */
export type Reach = 'any' | readonly string[];

/**
 * A call as far as the caller may speak for the FHIR server that it names. Where it is not known which are its own, the
 * server counts as not stated: nobody knows whose ids these are, and nothing is asked there.
 * @throws {FhirError} 403 for a server of another
 */
export function within(call: HookCall, reach: Reach): HookCall {
  if (reach === 'any' || call.fhirServer === undefined || reach.includes(call.fhirServer)) return call;
  if (reach.length === 0) return { ...call, fhirServer: undefined, token: undefined };
  throw errors.forbidden('fhirServer is none of your own: name one that COBALT_CDS_CLIENTS has for you, or leave it out', 'fhirServer', 'cds-fhir-server');
}
