import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from 'fhir/r4.js';
import type { PutChange } from '../../store/store.js';
import { CANONICAL } from '../canonical.js';
import type { ReferenceResolver, Search } from '../search/index.js';
import { withSlots } from '../stand-in.js';

/** Who did something. */
export interface Actor {
  /** A resource: `Practitioner/1`. */
  readonly who?: string | undefined;
  /** The subject of the token, or what else the issuer knows the user by. */
  readonly altId?: string | undefined;
  /** The application. */
  readonly client?: string | undefined;
  /** The network address that the request came from. */
  readonly address?: string | undefined;
}

/** What an AuditEvent tells, in the words of FHIR R4 §6.4 (AuditEvent) and of IHE's Basic Audit Log Patterns (BALP). */
export interface AuditFacts {
  /** Milliseconds. */
  readonly at: number;
  /** A request over REST, or what the server did by itself. */
  readonly by: 'request' | 'server';
  /** Codes of R4's restful-interaction: what was asked (none: that could not be told), then what became of it. */
  readonly interactions: readonly string[];
  /** Code of the `$operation`. */
  readonly operation?: string | undefined;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  readonly status: number;
  /** Code of the issue, of a refusal. */
  readonly issue?: string | undefined;
  readonly actor: Actor;
  /** Where it was sent without being asked for it there and then: the address of a subscriber. */
  readonly recipient?: string | undefined;
  /** `Type/id`, or what stands for the result of a change. */
  readonly entities: readonly string[];
  /** The path and query of the request, where these say more than the entities. */
  readonly query?: string | undefined;
  readonly requestId?: string | undefined;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const INTERACTION = 'http://hl7.org/fhir/restful-interaction';
const OPERATION = `${CANONICAL}/OperationDefinition`;
const REST: Coding = { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' };
const ACTIVITY: Coding = { system: DCM, code: '110100' };
/** What left for another system. */
const EXPORT: Coding = { system: DCM, code: '110106' };
const DESTINATION: Coding = { system: DCM, code: '110152' };
const APPLICATION: Coding = { system: DCM, code: '110150' };
/** R4's object-role: a query. */
const QUERY: Coding = { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '24' };
const REQUEST_ID: Coding = { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', code: 'XrequestId' };
/** R4's network-type: an IP address. */
const IP_ADDRESS = '2';
/** And a URI. */
const URI = '5';
/** More of a query than this is left off. */
const MAX_QUERY = 16_384;

/** The fields of an AuditEvent, without `resourceType` and `id`. `observer`: who recorded it, `Device/…`. */
export function auditFields(facts: AuditFacts, observer: string): Omit<AuditEvent, 'resourceType' | 'id'> {
  const { at, by, interactions, operation, action, status, issue, actor, recipient } = facts;
  const said = status < 400 ? {} : { outcomeDesc: `HTTP ${status}${issue === undefined ? '' : ` ${issue}`}` };
  return {
    type: recipient !== undefined ? EXPORT : by === 'request' ? REST : ACTIVITY,
    ...subtypeOf(interactions, operation),
    action,
    recorded: new Date(at).toISOString(),
    outcome: status < 400 ? '0' : status < 500 ? '4' : '8',
    ...said,
    agent: [...agentsOf(actor), ...recipientOf(recipient)],
    source: { observer: { reference: observer } },
    ...withoutNone(entitiesOf(facts)),
  };
}

function subtypeOf(interactions: readonly string[], operation: string | undefined): Pick<AuditEvent, 'subtype'> {
  if (interactions.length === 0) return {};
  const asked = interactions.map((code): Coding => ({ system: INTERACTION, code }));
  return { subtype: operation === undefined ? asked : [...asked, { system: OPERATION, code: operation }] };
}

function agentsOf({ who, altId, client, address }: Actor): AuditEventAgent[] {
  const user: AuditEventAgent = {
    ...(who === undefined ? {} : { who: { reference: who } }),
    ...(altId === undefined ? {} : { altId }),
    requestor: true,
    ...(address === undefined ? {} : { network: { address, type: IP_ADDRESS } }),
  };
  return client === undefined ? [user] : [user, { type: { coding: [APPLICATION] }, altId: client, requestor: false }];
}

const recipientOf = (address: string | undefined): AuditEventAgent[] => (address === undefined ? [] : [{ type: { coding: [DESTINATION] }, requestor: false, network: { address, type: URI } }]);

function entitiesOf({ entities, query, requestId }: AuditFacts): AuditEventEntity[] {
  return [
    ...entities.map((reference): AuditEventEntity => ({ what: { reference } })),
    ...(query === undefined ? [] : [{ role: QUERY, query: Buffer.from(query.slice(0, MAX_QUERY)).toString('base64') }]),
    ...(requestId === undefined ? [] : [{ what: { identifier: { value: requestId } }, type: REQUEST_ID }]),
  ];
}

const withoutNone = (entity: AuditEventEntity[]): { entity?: AuditEventEntity[] } => (entity.length === 0 ? {} : { entity });

/** The change that stores an AuditEvent; `follows` as in `PutChange`. It is made here and not checked: a test holds every kind of it against R4. */
export function auditChange(fields: ReturnType<typeof auditFields>, id: string, search: Search, { resolve, follows }: { readonly resolve?: ReferenceResolver; readonly follows?: number } = {}): PutChange {
  const text = JSON.stringify(fields);
  const body: PutChange['body'] = ['{"resourceType":"AuditEvent","id":"', { slot: 'id' }, '","meta":{', { slot: 'meta' }, '},', ...(resolve ? withSlots(text.slice(1)) : [text.slice(1)])];
  const index = search.extract({ resourceType: 'AuditEvent', ...fields } as AuditEvent, resolve);
  return { op: 'put', method: 'POST', type: 'AuditEvent', id, body, index, ...(follows === undefined ? {} : { follows }) };
}

/** A UUID of version 7 (RFC 9562 §5.7): those made one after another stand side by side in an index. */
export function timeOrderedId(at: number): string {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
