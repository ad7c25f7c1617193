import { createHmac } from 'node:crypto';
import type { Parameters, ParametersParameter, Subscription } from 'fhir/r4.js';
import { textOf, type PlacedVersion } from '../../fhir/journal.js';
import type { OutboundRequest } from '../../outbound/index.js';
import type { Asked } from './asked.js';

const PROFILES = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const FHIR_JSON = 'application/fhir+json';

/** Carries `t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256, by the signing secret, of `<t>.<body>`. */
export const SIGNATURE_HEADER = 'X-Cobalt-Signature';

/** Something that happened, and its number: they count from 1 since the subscription began. */
export interface NumberedEvent {
  readonly number: number;
  readonly version: PlacedVersion;
}

export interface StatusOf {
  readonly id: string;
  readonly status: Subscription['status'];
  readonly topic: string | undefined;
  /** Events since the subscription began. */
  readonly events: number;
  readonly error?: string | undefined;
}

/** The Parameters that tell about a subscription (backport-subscription-status-r4). */
export function statusParameters({ id, status, topic, events, error }: StatusOf, type: 'handshake' | 'heartbeat' | 'event-notification' | 'query-status', baseUrl: string, told: readonly ParametersParameter[] = []): Parameters {
  return {
    resourceType: 'Parameters',
    meta: { profile: [`${PROFILES}/backport-subscription-status-r4`] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `${baseUrl}/Subscription/${id}` } },
      ...(topic === undefined ? [] : [{ name: 'topic', valueCanonical: topic }]),
      { name: 'status', valueCode: status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(events) },
      ...told,
      ...(error === undefined ? [] : [{ name: 'error', valueCodeableConcept: { text: error } }]),
    ],
  };
}

export interface Letter {
  readonly subscription: StatusOf;
  readonly asked: Asked;
  readonly baseUrl: string;
  readonly newId: () => string;
  readonly now: Date;
}

/**
 * The request that tells of events. For criteria of R4 (`rest-hook` in its code system): a POST without content, or with a
 * payload a PUT of the resource below the endpoint. For a topic: a notification Bundle.
 */
export function notification(events: readonly NumberedEvent[], letter: Letter): OutboundRequest {
  const { asked: { topic, endpoint, content } } = letter;
  if (topic) return bundle('event-notification', events, letter);
  const [first] = events;
  if (content === 'empty' || !first) return { method: 'POST', url: endpoint };
  const { type, id } = first.version;
  return { method: 'PUT', url: `${endpoint.replace(/\/+$/, '')}/${type}/${id}`, headers: { 'Content-Type': FHIR_JSON }, body: first.version.body };
}

/** What is sent before the first event, and where nothing has happened for a while. */
export const greeting = (type: 'handshake' | 'heartbeat', letter: Letter): OutboundRequest => bundle(type, [], letter);

/** The text of the resources is sent as it is stored. */
function bundle(type: 'handshake' | 'heartbeat' | 'event-notification', events: readonly NumberedEvent[], { subscription, asked: { endpoint, content }, baseUrl, newId, now }: Letter): OutboundRequest {
  const told = events.map(({ number, version }): ParametersParameter => ({
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      { name: 'timestamp', valueInstant: version.lastUpdated },
      ...(content === 'empty' ? [] : [{ name: 'focus', valueReference: { reference: urlOf(version, baseUrl) } }]),
    ],
  }));
  const status = statusParameters({ ...subscription, events: events.at(-1)?.number ?? subscription.events }, type, baseUrl, told);
  const first = { fullUrl: `urn:uuid:${newId()}`, resource: status, request: { method: 'GET', url: `${baseUrl}/Subscription/${subscription.id}/$status` }, response: { status: '200' } };
  const head = { resourceType: 'Bundle', id: newId(), meta: { profile: [`${PROFILES}/backport-subscription-notification-r4`] }, type: 'history', timestamp: now.toISOString() };
  const entries = [JSON.stringify(first), ...(content === 'empty' ? [] : events.map(({ version }) => entryOf(version, content === 'full-resource', baseUrl)))];
  const body = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"entry":[${entries.join(',')}]}`);
  return { method: 'POST', url: endpoint, headers: { 'Content-Type': FHIR_JSON }, body };
}

function entryOf(version: PlacedVersion, whole: boolean, baseUrl: string): string {
  const { type, id, method } = version;
  const created = version.version === 1;
  const request = { method, url: method === 'POST' ? type : `${type}/${id}` };
  const head = JSON.stringify({ fullUrl: urlOf(version, baseUrl) }).slice(0, -1);
  const tail = JSON.stringify({ request, response: { status: created ? '201' : '200' } }).slice(1);
  return whole ? `${head},"resource":${textOf(version)},${tail}` : `${head},${tail}`;
}

const urlOf = ({ type, id }: PlacedVersion, baseUrl: string): string => `${baseUrl}/${type}/${id}`;

/** The request with the subscriber's headers, and signed where there is a secret for it. */
export function addressed(request: OutboundRequest, headers: Readonly<Record<string, string>>, secret: string | undefined, now: Date): OutboundRequest {
  const seconds = Math.floor(now.getTime() / 1_000);
  const signature: Record<string, string> = secret === undefined ? {} : { [SIGNATURE_HEADER]: `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(request.body ?? '').digest('hex')}` };
  return { ...request, headers: { ...request.headers, ...headers, ...signature } };
}
