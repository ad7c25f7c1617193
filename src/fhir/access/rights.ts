import type { Expression } from '../../store/store.js';
import { isMember, membership } from '../interactions/compartment.js';
import type { QueryParameter, Search } from '../search/index.js';
import type { Caller, Grant, Permission } from './caller.js';
import { namesOthers } from './named-together.js';

/** What a caller may do with resources of one type: nothing, whatever is stored, or only with those that meet an expression. */
export type Right = 'none' | 'all' | Expression;

/**
 * Of what is in no patient's record, a `patient/` scope reaches this, for reading: who and where the record is about, and
 * what all records are written by.
 */
const SHARED: ReadonlySet<string> = new Set([
  'Organization', 'Practitioner', 'PractitionerRole', 'Location',
  'ActivityDefinition', 'CapabilityStatement', 'ChargeItemDefinition', 'CodeSystem', 'CompartmentDefinition', 'ConceptMap', 'EventDefinition',
  'GraphDefinition', 'ImplementationGuide', 'Library', 'Measure', 'MessageDefinition', 'NamingSystem', 'ObservationDefinition', 'OperationDefinition',
  'PlanDefinition', 'Questionnaire', 'ResearchDefinition', 'ResearchElementDefinition', 'SearchParameter', 'SpecimenDefinition', 'StructureDefinition',
  'StructureMap', 'TerminologyCapabilities', 'ValueSet',
]);
const READING: ReadonlySet<Permission> = new Set(['r', 's']);
/** Who did what, and where something comes from, is not for a patient's app to say. */
const RECORDED: ReadonlySet<string> = new Set(['AuditEvent', 'Provenance']);
/** The server itself, in what it records. */
const RECORDER = 'Device';

/**
 * A Binary is in nobody's compartment: whoever may read Binaries of a patient reads those whose `securityContext` (R4
 * Binary) is in the patient's record, which a search can't find. So this is nothing to a search; `Sight` looks further.
 */
const BY_CONTEXT: Expression = { op: 'or', of: [] };
export const goesByContext = (limit: Expression): boolean => limit === BY_CONTEXT || (limit.op === 'or' && limit.of.includes(BY_CONTEXT));

/** What the scopes of a caller allow, by type and permission: all grants together (SMART App Launch 2.2, scopes). */
export class Rights {
  readonly caller: Caller;
  readonly #search: Search;
  readonly #known = new Map<string, Right>();

  constructor(caller: Caller, search: Search) {
    this.caller = caller;
    this.#search = search;
  }

  of(type: string, permission: Permission): Right {
    const key = `${type}.${permission}`;
    return this.#knownOr(key, () => this.#ofGrants(this.caller.scopes, type, permission));
  }

  /** Whether any of it is that of a patient in context. */
  get areOfPatient(): boolean {
    return this.caller.scopes.some(({ context }) => context === 'patient');
  }

  /** What is allowed by scopes of other contexts than `patient/` alone. */
  beyondPatient(type: string, permission: Permission): Right {
    return this.#knownOr(`${type}.${permission} beyond`, () => this.#ofGrants(this.caller.scopes.filter(({ context }) => context !== 'patient'), type, permission));
  }

  /** What is in the record of the patient in context, whether or not a scope names the type, or may be read. */
  ofRecord(type: string): Right {
    return this.#knownOr(`${type} record`, () => eitherOf([this.of(type, 'r'), reachOf(type, 'r', this.caller.patient, this.#search)]));
  }

  #knownOr(key: string, find: () => Right): Right {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const right = find();
    this.#known.set(key, right);
    return right;
  }

  #ofGrants(grants: readonly Grant[], type: string, permission: Permission): Right {
    return eitherOf(grants.filter((grant) => (grant.type === '*' || grant.type === type) && grant.permissions.has(permission)).map((grant) => this.#ofGrant(grant, type, permission)));
  }

  /** Whether anything of a type may be done. */
  has(type: string, permission: Permission): boolean {
    return this.of(type, permission) !== 'none';
  }

  /** Whether something may be done with every type that there is, as far as each is reached. */
  hasEvery(permission: Permission): boolean {
    return this.caller.scopes.some(({ context, type, permissions }) => type === '*' && permissions.has(permission) && (context !== 'patient' || this.caller.patient !== undefined));
  }

  /** Of several types those of which anything may be done, and which resources of them these are. */
  among(types: readonly string[], permission: Permission): { readonly types: readonly string[]; readonly where: Expression } {
    const allowed = types.filter((type) => this.has(type, permission));
    const limited = allowed.some((type) => this.of(type, permission) !== 'all');
    return { types: allowed, where: limited ? this.#anyOf(allowed, permission) : { op: 'all' } };
  }

  /** Each expression once, with the types that it holds for. */
  #anyOf(types: readonly string[], permission: Permission): Expression {
    const groups = new Map<string, { readonly where: Expression; readonly types: string[] }>();
    for (const type of types) {
      const right = this.of(type, permission);
      const where: Expression = right === 'all' || right === 'none' ? { op: 'all' } : right;
      const key = JSON.stringify(where);
      const known = groups.get(key);
      if (known) known.types.push(type);
      else groups.set(key, { where, types: [type] });
    }
    const [only, another] = [...groups.values()];
    if (only && !another) return only.where;
    return { op: 'or', of: [...groups.values()].map((group) => bothOf({ op: 'type', in: group.types }, group.where)) };
  }

  #ofGrant({ context, constraint }: Grant, type: string, permission: Permission): Right {
    const reach = context === 'patient' ? reachOf(type, permission, this.caller.patient, this.#search) : 'all';
    if (constraint.length === 0 || reach === 'none') return reach;
    const limit = this.#limitOf(type, constraint);
    if (limit === undefined) return 'none';
    return reach === 'all' ? limit : bothOf(reach, limit);
  }

  /** A constraint as a search of the type has it; undefined where the type has no such parameter, or no such value: it then allows nothing. */
  #limitOf(type: string, constraint: readonly QueryParameter[]): Expression | undefined {
    try {
      return this.#search.conditionFor(type, constraint).where;
    } catch {
      return undefined;
    }
  }
}

/** Whether a `patient/` scope can reach anything of a type, whoever the patient is. */
export const isReachedByPatient = (type: string, permission: Permission): boolean =>
  type === '*' || isMember('Patient', type) || (READING.has(permission) && (type === 'Binary' || SHARED.has(type)));

/** What a `patient/` scope reaches of a type: R4's compartment of the patient, but for what names other patients too, and for reading what is shared. */
function reachOf(type: string, permission: Permission, patient: string | undefined, search: Search): Right {
  if (patient === undefined || !isReachedByPatient(type, permission)) return 'none';
  if (type === 'Binary') return BY_CONTEXT;
  if (!isMember('Patient', type)) return 'all';
  if (RECORDED.has(type) && !READING.has(permission)) return 'none';
  const others = namesOthers(type, patient, search.types.filter((each) => !SHARED.has(each) && each !== RECORDER));
  const member = membership(type, { type: 'Patient', id: patient });
  const record = others ? bothOf(member, { op: 'not', of: others }) : member;
  const about = READING.has(permission) ? undefined : aboutPatient(type, patient, search);
  return about ? bothOf(record, about) : record;
}

/**
 * What is written must be about the patient, not only name them: a coverage whose subscriber is the patient, and whose
 * beneficiary another, is in the records of both, and would change how the other's claims are paid.
 */
function aboutPatient(type: string, patient: string, search: Search): Expression | undefined {
  if (type === 'Patient') return { op: 'id', in: [patient] };
  const names = new Set(search.searchParametersOf(type).map(({ name }) => name));
  const param = ['patient', 'subject'].find((name) => names.has(name));
  return param === undefined ? undefined : { op: 'reference', param, type: 'Patient', id: patient };
}

function eitherOf(rights: readonly Right[]): Right {
  if (rights.includes('all')) return 'all';
  const limited = rights.filter((right) => right !== 'none' && right !== 'all');
  const [only, another] = limited;
  if (!only) return 'none';
  return another ? { op: 'or', of: limited } : only;
}

export const bothOf = (one: Expression, other: Expression): Expression => (one.op === 'all' ? other : other.op === 'all' ? one : { op: 'and', of: [one, other] });
