import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import { SourceError } from './client/index.js';
import type { Source, SyncType } from './source.js';

/**
 * How one type is had from a source.
 * `window`: search by `_lastUpdated`, from a while before the last look · `bulk`: export of a Group with `_since` ·
 * `patients`: search for each patient, and what the answers hold compared with what is stored · `referenced`: read one by
 * one where something here refers to it · `none`: it does not offer it.
 */
export type Strategy = 'window' | 'bulk' | 'patients' | 'referenced' | 'none';

export interface TypePlan {
  readonly type: SyncType;
  readonly strategy: Strategy;
  /** The parameter by which the type is searched for one patient. */
  readonly patientParameter: string | undefined;
  /** Whether a search for a patient may be narrowed by `_lastUpdated` too. */
  readonly hasLastUpdated: boolean;
  /** Whether a page's size may be asked for. */
  readonly hasCount: boolean;
  readonly mayRead: boolean;
  /** How it lets itself be written. */
  readonly writes: readonly ('create' | 'update' | 'patch')[];
  /** Why this way, in words. */
  readonly reason: string;
}

/** The parameters by which something is searched for one patient, those that name the insured first. */
const PATIENT_PARAMETERS = ['patient', 'beneficiary', 'subject'] as const;
/** Members of a Group's export are patients and what is in their compartments. */
const IN_EXPORT: ReadonlySet<SyncType> = new Set<SyncType>(['Patient', 'RelatedPerson', 'Encounter', 'Account', 'Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit']);

/** @throws {SourceError} `unreadable` for what is none */
export function statementIn(resource: CapabilityStatement): CapabilityStatement {
  if ((resource.resourceType as string) !== 'CapabilityStatement') throw new SourceError('unreadable', 'The source says nothing of what it can: /metadata is no CapabilityStatement');
  return resource;
}

/** What is done for each type, by what the source says it can (its `/metadata`, R4 CapabilityStatement). */
export const planOf = (statement: CapabilityStatement, source: Pick<Source, 'types' | 'kind' | 'group'>): TypePlan[] => {
  const resources = statement.rest?.filter(({ mode }) => mode === 'server').flatMap(({ resource }) => resource ?? []) ?? [];
  const exports = source.group !== undefined && offersGroupExport(resources);
  return source.types.map((type) => planFor(type, resources.find((resource) => resource.type === type), { exports, kind: source.kind }));
};

function planFor(type: SyncType, offered: CapabilityStatementRestResource | undefined, { exports, kind }: { readonly exports: boolean; readonly kind: Source['kind'] }): TypePlan {
  const codes = new Set(offered?.interaction?.map(({ code }) => code));
  const parameters = new Set(offered?.searchParam?.map(({ name }) => name));
  const maySearch = codes.has('search-type');
  const facts = {
    type,
    patientParameter: maySearch && IN_EXPORT.has(type) && type !== 'Patient' ? PATIENT_PARAMETERS.find((name) => parameters.has(name)) : undefined,
    hasLastUpdated: maySearch && parameters.has('_lastUpdated'),
    hasCount: parameters.has('_count'),
    mayRead: codes.has('read'),
    writes: (['create', 'update', 'patch'] as const).filter((code) => codes.has(code)),
  };
  const [strategy, reason] = choose(facts, { exports: exports && offered !== undefined && IN_EXPORT.has(type), kind });
  return { ...facts, strategy, reason };
}

/** The first that holds. */
function choose({ hasLastUpdated, patientParameter, mayRead }: Omit<TypePlan, 'strategy' | 'reason'>, { exports, kind }: { readonly exports: boolean; readonly kind: Source['kind'] }): [Strategy, string] {
  // A payer answers for one member at a time (CARIN Blue Button, Patient Access), whatever it says of _lastUpdated.
  if (kind === 'payer' && patientParameter !== undefined) return ['patients', `a payer is asked for each member (${patientParameter})`];
  if (hasLastUpdated) return ['window', 'searched by _lastUpdated'];
  if (exports) return ['bulk', 'no search by _lastUpdated; exported with _since for the Group'];
  if (patientParameter !== undefined) return ['patients', `no search by _lastUpdated; searched for each patient (${patientParameter})`];
  if (mayRead) return ['referenced', 'no search by _lastUpdated or patient; read where something refers to it'];
  return ['none', 'not offered'];
}

/** R4 bulk data names the operation `export`; Epic calls it `group-export`. */
const offersGroupExport = (resources: readonly CapabilityStatementRestResource[]): boolean =>
  resources.some(({ type, operation }) => type === 'Group' && operation?.some(({ name, definition }) => /^(group-)?export$/.test(name) || /group-export$/.test(definition)));

/** What changed between two plans, for the log: `Coverage: window → patients`. */
export const planChanges = (before: readonly TypePlan[], after: readonly TypePlan[]): string[] =>
  after.flatMap(({ type, strategy }) => {
    const was = before.find((plan) => plan.type === type)?.strategy;
    return was === undefined || was === strategy ? [] : [`${type}: ${was} → ${strategy}`];
  });
