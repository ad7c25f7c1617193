import type { Claim, Coding, Coverage, Endpoint, Organization } from 'fhir/r4.js';
import { readPayerRules, takesElectronicClaim } from '../../claims/deadlines/payer-rules.js';
import { relative } from '../../claims/read-header.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { kindOf } from '../payer-kind.js';
import type { Channel, Channels } from './channel.js';
import type { SubmissionContext } from './context.js';

/** Where and how the payer of a claim takes it. */
export interface PayerEndpoint {
  readonly channel: Channel;
  /** Without a slash at the end; empty where there is no Endpoint. */
  readonly address: string;
  readonly payer: Organization;
}

/**
 * The Endpoint of the payer that a claim goes to: of the payor of its focal coverage, else of its insurer; those that the
 * Organization names before those that it manages; the first in force that there is a way to. What a payer takes on paper
 * only (`payer-rules` electronicCob) goes by mail, whether it has an Endpoint for that or not: its address is its own.
 * @throws {FhirError} 422 where there is none.
 */
export async function endpointOf(claim: Claim, { resources, channels }: Pick<SubmissionContext, 'resources' | 'channels'>): Promise<PayerEndpoint> {
  const position = claim.insurance.findIndex(({ focal }) => focal);
  const expression = position < 0 ? 'Claim.insurance' : `Claim.insurance[${position}].coverage`;
  const coverage = await named<Coverage>('Coverage', claim.insurance[position]?.coverage.reference, resources);
  const payer = (await named<Organization>('Organization', coverage?.payor[0]?.reference, resources)) ?? (await named<Organization>('Organization', claim.insurer?.reference, resources));
  if (!payer) throw errors.businessRule('The payer of the claim is not known: name the coverage that it goes to (focal), and that one’s payor', expression);
  const inForce = (await endpointsOf(payer, resources)).filter(({ status }) => status === 'active');
  const usable = inForce.flatMap((endpoint) => reachedBy(endpoint, channels, payer));
  if (isOnPaper(claim, position, coverage, payer)) {
    const mail = usable.find(({ channel }) => channel.isPaper) ?? [...channels.values()].filter(({ isPaper }) => isPaper).map((channel) => ({ channel, address: '', payer }))[0];
    if (mail) return mail;
  }
  if (inForce.length === 0) throw errors.businessRule('The payer has no Endpoint in force: add one to Organization.endpoint', expression);
  const [first] = usable;
  if (first) return first;
  throw errors.businessRule(`Claims are sent to Endpoints of type ${[...channels.keys()].join(', ')}; the payer has ${inForce.map(({ connectionType }) => shown(connectionType)).join(', ')} only`, expression);
}

function reachedBy({ connectionType, address }: Endpoint, channels: Channels, payer: Organization): PayerEndpoint[] {
  const channel = channels.get(connectionType.code ?? '');
  return channel ? [{ channel, address: address.replace(/\/+$/, ''), payer }] : [];
}

function isOnPaper({ insurance }: Claim, position: number, coverage: Coverage | undefined, payer: Organization): boolean {
  const sequence = insurance[position]?.sequence ?? 1;
  const before = insurance.filter((row) => row.sequence < sequence).length;
  return !takesElectronicClaim(readPayerRules(payer), coverage && kindOf(coverage), before);
}

async function endpointsOf(payer: Organization, resources: Resources): Promise<Endpoint[]> {
  const stated = await Promise.all((payer.endpoint ?? []).map(({ reference }) => named<Endpoint>('Endpoint', reference, resources)));
  const managed = await resources.search<Endpoint>('Endpoint', `organization=Organization/${payer.id ?? ''}`);
  return [...stated.filter((endpoint) => endpoint !== undefined), ...managed];
}

async function named<T extends Coverage | Organization | Endpoint>(type: T['resourceType'], reference: string | undefined, resources: Resources): Promise<T | undefined> {
  const [, found, id] = /^(\w+)\/([A-Za-z0-9.-]{1,64})$/.exec(relative(reference) ?? '') ?? [];
  return found === type && id !== undefined ? resources.read<T>(type, id) : undefined;
}

const shown = ({ code = '' }: Coding): string => (/^[\w-]{1,40}$/.test(code) ? code : 'another type');
