import type { Bundle, ClaimResponse, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import { parseExact, stringifyExact } from '../../fhir/json/exact.js';
import { FhirError } from '../../fhir/outcome.js';
import { OutboundFailed, OutboundRefused, retryAfter, type OutboundAnswer, type OutboundRequest, type Send } from '../../outbound/index.js';
import type { Channel, Content, Delivery } from './channel.js';

const FHIR_JSON = 'application/fhir+json';

/** Of `Bundle.identifier` of what is sent. */
export const SUBMISSION_SYSTEM = `${CANONICAL}/NamingSystem/submission`;

/**
 * A payer’s FHIR server: `POST [base]/Claim/$submit` (R4 Claim-submit) with a Bundle of one claim and what it refers to,
 * which is what Da Vinci’s guides send too; `GET [base]/ClaimResponse?request=` for what has become of it.
 */
export const fhirRest: Channel = {
  connectionType: 'hl7-fhir-rest',
  callsAddress: true,
  isPaper: false,
  write({ claim, resources, key, baseUrl, timestamp }) {
    const entry = [claim, ...resources].map((resource) => ({ fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id ?? ''}`, resource }));
    const bundle: Bundle = { resourceType: 'Bundle', identifier: { system: SUBMISSION_SYSTEM, value: key }, type: 'collection', timestamp, entry };
    return Promise.resolve({ contentType: FHIR_JSON, body: Buffer.from(stringifyExact(bundle)) });
  },
  deliver: ({ content: { contentType, body }, key }, { address }, { send }) =>
    exchange({ method: 'POST', url: `${address}/Claim/$submit`, headers: { 'Content-Type': contentType, Accept: FHIR_JSON, 'Idempotency-Key': key }, body }, send),
  ask: (_sent, { address, claimUrl }, { send }) =>
    exchange({ method: 'GET', url: `${address}/ClaimResponse?request=${encodeURIComponent(claimUrl)}`, headers: { Accept: FHIR_JSON } }, send),
};

async function exchange(request: OutboundRequest, send: Send): Promise<Delivery> {
  try {
    return deliveryOf(await send(request));
  } catch (error) {
    if (error instanceof OutboundFailed || error instanceof OutboundRefused) return { kind: 'unreachable', why: error.message };
    throw error;
  }
}

/** Statuses of 4xx that say nothing about the claim: try again (RFC 9110, RFC 6585, RFC 8470). */
const TRY_AGAIN: ReadonlySet<number> = new Set([401, 403, 404, 408, 423, 425, 429]);

function deliveryOf(answer: OutboundAnswer): Delivery {
  const { status, headers, body } = answer;
  const content: Content = { contentType: mediaType(headers['content-type']), body };
  const resource = parsed(body);
  if (status >= 200 && status < 300) {
    if (body.byteLength > 0 && !resource) return { kind: 'unreachable', why: 'The answer of the payer is no FHIR resource' };
    return { kind: 'answered', content, responses: responsesIn(resource) };
  }
  if (status < 400 || status >= 500 || TRY_AGAIN.has(status)) return { kind: 'unreachable', why: `The payer answered ${status}`, afterMs: retryAfter(headers) };
  return { kind: 'refused', content, status, reasons: reasonsIn(resource) };
}

function parsed(body: Uint8Array): FhirResource | undefined {
  try {
    const value = parseExact(Buffer.from(body).toString('utf8'));
    return typeof (value as Partial<FhirResource> | null)?.resourceType === 'string' ? (value as FhirResource) : undefined;
  } catch (error) {
    if (error instanceof FhirError) return undefined;
    throw error;
  }
}

/** The ClaimResponse, or those of a Bundle, bare or as the parameter `return`. */
function responsesIn(resource: FhirResource | undefined): ClaimResponse[] {
  switch (resource?.resourceType) {
    case 'ClaimResponse':
      return [resource];
    case 'Bundle':
      return listed(resource.entry).flatMap((entry) => responsesIn(entry?.resource as FhirResource | undefined));
    case 'Parameters':
      return listed(resource.parameter).flatMap((parameter) => responsesIn(parameter?.resource as FhirResource | undefined));
    default:
      return [];
  }
}

/** What the payer says, as far as it is an OperationOutcome. */
const reasonsIn = (resource: FhirResource | undefined): string[] =>
  resource?.resourceType === 'OperationOutcome'
    ? listed(resource.issue).flatMap((issue: Partial<OperationOutcome['issue'][number]> | null) => issue?.details?.text ?? issue?.diagnostics ?? issue?.code ?? [])
    : [];

/** What others send may hold anything. */
const listed = <T>(values: readonly T[] | undefined): readonly T[] => (Array.isArray(values) ? (values as readonly T[]) : []);

const mediaType = (header: string | undefined): string => header?.split(';', 1)[0]?.trim() || 'application/octet-stream';
