import type { AuditEvent, AuditEventEntityDetail, Bundle } from 'fhir/r4.js';
import { errors } from '../../fhir/outcome.js';
import { isObject, type JsonObject } from '../json-body.js';
import type { CdsService } from './services.js';

/** What became of one card (CDS Hooks 2.0, "Feedback"). */
export interface Feedback {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly at: string;
  readonly suggestions: readonly string[];
  /** Why the card was set aside: `system|code`, and the user's words. */
  readonly reason: string | undefined;
  readonly comment: string | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const MOST = 100;
const LONGEST_COMMENT = 2_000;

/** @throws {FhirError} 400 with the place in the request */
export function readFeedback({ feedback }: JsonObject): readonly Feedback[] {
  if (!Array.isArray(feedback) || feedback.length === 0 || feedback.length > MOST) throw errors.structure(`feedback must be a list of 1 to ${MOST} items`, 'feedback');
  return feedback.map((item: unknown, index) => one(item, `feedback[${index}]`));
}

function one(item: unknown, at: string): Feedback {
  if (!isObject(item)) throw errors.structure(`${at} must be a JSON object`, at);
  const { card, outcome, outcomeTimestamp, acceptedSuggestions = [], overrideReason = {} } = item;
  if (typeof card !== 'string' || !UUID.test(card)) throw errors.value(`${at}.card must be the uuid of a card`, `${at}.card`);
  if (outcome !== 'accepted' && outcome !== 'overridden') throw errors.value(`${at}.outcome must be accepted or overridden`, `${at}.outcome`);
  if (typeof outcomeTimestamp !== 'string' || !INSTANT.test(outcomeTimestamp) || Number.isNaN(Date.parse(outcomeTimestamp))) throw errors.value(`${at}.outcomeTimestamp must be an instant`, `${at}.outcomeTimestamp`);
  return { card, outcome, at: outcomeTimestamp, suggestions: suggestionsIn(acceptedSuggestions, outcome, `${at}.acceptedSuggestions`), ...reasonIn(overrideReason, outcome, `${at}.overrideReason`) };
}

function suggestionsIn(value: unknown, outcome: Feedback['outcome'], at: string): readonly string[] {
  const ids = (Array.isArray(value) ? value : [undefined]).map((each: unknown) => (isObject(each) ? each['id'] : undefined));
  if (!ids.every((id): id is string => typeof id === 'string' && UUID.test(id)) || ids.length > MOST) throw errors.structure(`${at} must be a list of { id }`, at);
  if (outcome === 'accepted' && ids.length === 0) throw errors.required(`${at} is missing: which suggestions were accepted?`, at);
  if (outcome === 'overridden' && ids.length > 0) throw errors.invalid(`${at}: nothing of a card that was overridden is accepted`, at);
  return ids;
}

function reasonIn(value: unknown, outcome: Feedback['outcome'], at: string): Pick<Feedback, 'reason' | 'comment'> {
  if (!isObject(value)) throw errors.structure(`${at} must be a JSON object`, at);
  if (outcome === 'accepted' && Object.keys(value).length > 0) throw errors.invalid(`${at}: a card that was accepted has none`, at);
  const { reason, userComment: comment } = value;
  if (reason !== undefined && !(isObject(reason) && typeof reason['code'] === 'string' && ['string', 'undefined'].includes(typeof reason['system']))) throw errors.structure(`${at}.reason must be a Coding`, `${at}.reason`);
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > LONGEST_COMMENT)) throw errors.value(`${at}.userComment must be a text of at most ${LONGEST_COMMENT} characters`, `${at}.userComment`);
  return { reason: isObject(reason) ? `${String(reason['system'] ?? '')}|${String(reason['code'])}` : undefined, comment: comment === '' ? undefined : comment };
}

/** DICOM: Application Activity. */
const ACTIVITY = { system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110100' };

/** What became of the cards, as AuditEvents that can only be added: all of them or none. */
export const recordOf = (feedback: readonly Feedback[], { id }: CdsService, client: string | undefined, recorded: string): Bundle<AuditEvent> => ({
  resourceType: 'Bundle', type: 'transaction',
  entry: feedback.map((each) => ({ resource: eventOf(each, id, client, recorded), request: { method: 'POST', url: 'AuditEvent' } })),
});

function eventOf({ card, outcome, at, suggestions, reason, comment }: Feedback, service: string, client: string | undefined, recorded: string): AuditEvent {
  const detail: AuditEventEntityDetail[] = [
    ['outcome', outcome], ['outcomeTimestamp', at], ...suggestions.map((id) => ['acceptedSuggestion', id] as const),
    ...(reason === undefined ? [] : [['overrideReason', reason] as const]), ...(comment === undefined ? [] : [['userComment', comment] as const]),
  ].map(([type = '', valueString = '']) => ({ type, valueString }));
  return {
    resourceType: 'AuditEvent', type: ACTIVITY, action: 'E', recorded, outcome: '0',
    agent: [{ ...(client === undefined ? {} : { altId: client }), requestor: true }], source: { observer: { reference: 'Device/cobalt' } },
    entity: [{ what: { identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${card.toLowerCase()}` } }, name: `CDS Hooks feedback, ${service}`, detail }],
  };
}
