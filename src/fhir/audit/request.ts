import type { OperationDefinition, OperationOutcome } from 'fhir/r4.js';
import { utf8 } from '../interactions/body.js';
import { header, type FhirRequest, type FhirResponse, type Routed } from '../interactions/interaction.js';
import { parseQuery } from '../interactions/target.js';
import type { QueryParameter } from '../search/index.js';
import type { Actor, AuditFacts } from './event.js';
import type { Cause } from './provenance.js';
import { BECAME, type Origin } from './recording.js';
import type { AuditTrail } from './trail.js';

/** How this server's names of interactions are called in R4's restful-interaction. */
const CODES: Readonly<Record<string, string>> = {
  'job-status': 'operation', 'job-cancel': 'operation', 'job-file': 'operation',
  'conditional-create': 'create', 'conditional-update': 'update', 'conditional-patch': 'patch', 'conditional-delete': 'delete', 'search-compartment': 'search-type',
};

const ACTIONS: Readonly<Record<string, AuditFacts['action']>> = {
  read: 'R', vread: 'R', 'history-instance': 'R', 'history-type': 'R', 'history-system': 'R', create: 'C', update: 'U', patch: 'U', delete: 'D',
};

/** What tells nothing about anybody. */
const UNRECORDED = 'capabilities';

/** What becomes of one request, as the audit trail tells it. */
export class RequestRecord implements Origin {
  readonly #request: FhirRequest;
  readonly #trail: AuditTrail;
  readonly #at: number;
  #routed: Routed | undefined;
  #code: string | undefined;
  #operation: OperationDefinition | undefined;
  #committed = false;

  constructor(request: FhirRequest, trail: AuditTrail, at: number) {
    this.#request = request;
    this.#trail = trail;
    this.#at = at;
  }

  /** `operation`: its definition, if there is such an operation. */
  routed(routed: Routed, operation: OperationDefinition | undefined): void {
    const [code = ''] = routed.interaction.codes;
    this.#routed = routed;
    this.#operation = operation;
    this.#code = CODES[code] ?? code;
  }

  /** What the body turned out to be. */
  as(code: 'transaction' | 'batch'): void {
    this.#code = code;
  }

  factsOf(action: 'C' | 'U' | 'D'): Omit<AuditFacts, 'entities' | 'action'> {
    const code = this.#code ?? '';
    const became = BECAME[action];
    return { ...this.#facts(200), interactions: this.#routed?.interaction.kind === 'write' || code === became ? [code] : [code, became] };
  }

  cause(): Cause | undefined {
    const { affectsState, url } = this.#operation ?? {};
    return affectsState && url !== undefined ? { at: this.#at, policy: url, caller: this.#request.caller?.fhirUser } : undefined;
  }

  committed(): void {
    this.#committed = true;
  }

  /**
   * Records what came of it, unless a commit has: an operation is recorded beside what it wrote.
   * @throws {StoreUnavailableError} when it can't be recorded: then it must not be answered.
   */
  end(response: FhirResponse): Promise<void> | undefined {
    if (this.#code === UNRECORDED) return undefined;
    if (this.#committed && response.status < 400 && this.#code !== 'operation') return undefined;
    const entities = [...this.#subject(), ...patientsIn(this.#parameters(), this.#routed?.call.type ?? '')];
    return this.#trail.note({ ...this.#facts(response.status), action: ACTIONS[this.#code ?? ''] ?? 'E', issue: issueOf(response), entities: [...new Set(entities)] });
  }

  #facts(status: number): Omit<AuditFacts, 'entities' | 'action'> {
    const { requestId } = this.#request;
    const interactions = this.#code === undefined ? [] : [this.#code];
    return { at: this.#at, by: 'request', interactions, operation: this.#operation?.code, status, actor: actorOf(this.#request), query: this.#query(), requestId };
  }

  #subject(): string[] {
    const { call } = this.#routed ?? {};
    if (!call?.id) return [];
    return [`${call.compartment || call.type}/${call.id}`];
  }

  /** The path and query where the resources alone do not say what was asked: of searches, conditions, jobs and their files, and what was not understood. */
  #query(): string | undefined {
    const condition = header(this.#request, 'if-none-exist');
    const parameters = this.#parameters();
    if (condition === undefined && parameters.length === 0 && this.#routed && this.#routed.call.job === '' && !this.#code?.startsWith('search')) return undefined;
    const path = this.#request.path.join('/');
    if (condition !== undefined) return `${path}?${condition}`;
    if (path === '' && parameters.length === 0) return undefined;
    return `${path}${parameters.length === 0 ? '' : '?'}${parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;
  }

  /** Of a posted search too. */
  #parameters(): readonly QueryParameter[] {
    const { query, body, path } = this.#request;
    if (path.at(-1) !== '_search' || body === undefined || !('bytes' in body)) return query;
    try {
      return [...query, ...parseQuery(utf8(body.bytes).trim())];
    } catch {
      return query;
    }
  }
}

const actorOf = ({ address, caller }: FhirRequest): Actor => ({ who: caller?.fhirUser, altId: caller?.subject, client: caller?.clientId, address });

const PATIENT = /^Patient\/[A-Za-z0-9\-.]{1,64}$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Parameters that lead to nothing but patients, in every type that has them. */
const OF_PATIENTS: ReadonlySet<string> = new Set(['patient', 'beneficiary']);

/** The patients that a search names; `type`: what is searched. */
const patientsIn = (parameters: readonly QueryParameter[], type: string): string[] =>
  parameters.flatMap(([name, value]) => value.split(',').flatMap((each) => (PATIENT.test(each) ? [each] : isOfPatients(name, type) && ID.test(each) ? [`Patient/${each}`] : [])));

function isOfPatients(name: string, type: string): boolean {
  const [code = '', modifier] = name.split(':');
  return (OF_PATIENTS.has(code) && modifier === undefined) || modifier === 'Patient' || (type === 'Patient' && name === '_id');
}

function issueOf({ status, body, tellsOutcome }: FhirResponse): string | undefined {
  if (status < 400 || !tellsOutcome || !body) return undefined;
  const { issue } = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as OperationOutcome;
  return issue[0]?.code;
}
