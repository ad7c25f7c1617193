import type { Claim, ClaimResponse, Coverage, FhirResource } from 'fhir/r4.js';
import type { Packet } from './decide.js';

/** The claim can't be taken as it came; the message says why. */
export class Refused extends Error {}

interface Received {
  readonly packet: Packet;
  /** What names this sending: the identifier of its Bundle. */
  readonly key: string | undefined;
}

type Raw = Record<string, unknown>;

/**
 * Claim and what it refers to, out of the body of Claim/$submit (R4): a Claim or a Bundle, bare or as the parameter
 * `resource`. @throws {Refused}
 */
export function readPacket(body: unknown): Received {
  const sent = isRaw(body) && body['resourceType'] === 'Parameters' ? parameter(body) : body;
  if (!isRaw(sent)) throw new Refused('The body is no resource');
  const entries = sent['resourceType'] === 'Bundle' && Array.isArray(sent['entry']) ? (sent['entry'] as unknown[]) : [{ resource: sent }];
  const resources = entries.flatMap((entry) => (isRaw(entry) && isRaw(entry['resource']) ? [entry['resource'] as unknown as FhirResource] : []));
  const claim = resources.find((resource): resource is Claim => resource.resourceType === 'Claim');
  if (!claim || !Array.isArray(claim.insurance) || !Array.isArray(claim.item)) throw new Refused('There is no Claim with insurance and items');
  const index = new Map<string, FhirResource>();
  for (const resource of resources) index.set(`${resource.resourceType}/${resource.id ?? ''}`, resource);
  for (const resource of (claim.contained ?? []) as FhirResource[]) index.set(`#${resource.id ?? ''}`, resource);
  const rows = [...claim.insurance].sort((a, b) => a.sequence - b.sequence);
  const focal = rows.findIndex((row) => row.focal);
  const coverage = index.get(rows[focal]?.coverage.reference ?? '') as Coverage | undefined;
  if (coverage?.resourceType !== 'Coverage' || !coverage.subscriberId) throw new Refused('The coverage of the focal row is not in the Bundle, or has no subscriberId');
  const prior = rows.slice(0, focal).map((row) => index.get(row.claimResponse?.reference ?? ''));
  if (!prior.every((decision): decision is ClaimResponse => decision?.resourceType === 'ClaimResponse')) throw new Refused('The decision of a payer before is missing');
  const key = (sent['identifier'] as { readonly value?: unknown } | undefined)?.value;
  return {
    packet: { claim, coverage, prior, next: index.get(rows[focal + 1]?.coverage.reference ?? '') as Coverage | undefined },
    key: typeof key === 'string' ? key : undefined,
  };
}

const parameter = (body: Raw): unknown =>
  Array.isArray(body['parameter']) ? (body['parameter'] as Raw[]).find((one) => isRaw(one) && one['name'] === 'resource')?.['resource'] : undefined;

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null;
