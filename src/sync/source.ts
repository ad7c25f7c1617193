import type { Endpoint, Extension } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';
import { errors } from '../fhir/outcome.js';

/** A system that data is kept in step with: an Endpoint with the extension `sync-source`. */
export interface Source {
  /** The Endpoint's id. */
  readonly id: string;
  /** Its FHIR base, without a slash at the end. */
  readonly base: string;
  readonly kind: 'ehr' | 'payer';
  /** As which client we get tokens there; undefined: it asks for none. */
  readonly clientId: string | undefined;
  /** The types to keep in step, those that others refer to first. */
  readonly types: readonly SyncType[];
  /** Milliseconds between two looks; undefined: only when asked to. */
  readonly everyMs: number | undefined;
  readonly writeBack: boolean;
  /** The id of a Group there whose members are ours, for its bulk export. */
  readonly group: string | undefined;
  /** Other names of the same server, `https://host:port`: pages of its searches may lie there. */
  readonly pageOrigins: readonly string[];
  /** The payer whose system it is, `Organization/1` (`Endpoint.managingOrganization`). */
  readonly organization: string | undefined;
}

/** What can be kept in step, in the order in which one refers to the other. */
export const SYNC_TYPES = ['Organization', 'Practitioner', 'Patient', 'RelatedPerson', 'Encounter', 'Account', 'Coverage', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit'] as const;
export type SyncType = (typeof SYNC_TYPES)[number];
export const isSyncType = (type: string): type is SyncType => (SYNC_TYPES as readonly string[]).includes(type);

/** Of a payer's system: what it decided. Who its members are is known here already. */
const OF_PAYER: readonly SyncType[] = ['ClaimResponse', 'ExplanationOfBenefit'];

const SYNC_SOURCE = structureDefinition('sync-source');
const REST = 'hl7-fhir-rest';

/** Whether an Endpoint says that it is one. */
export const isSource = ({ extension = [] }: Endpoint): boolean => extension.some(({ url }) => url === SYNC_SOURCE);

/**
 * The source that an Endpoint describes.
 * @throws {FhirError} 422 where it describes none, or one that can't be kept in step.
 */
export function sourceOf(endpoint: Endpoint): Source {
  const parts = endpoint.extension?.find(({ url }) => url === SYNC_SOURCE)?.extension;
  if (!parts) throw errors.businessRule('This Endpoint is no source of synchronisation: add the extension sync-source', 'Endpoint.extension');
  if (endpoint.status !== 'active') throw errors.businessRule('The Endpoint is not active', 'Endpoint.status');
  if (endpoint.connectionType.code !== REST) throw errors.businessRule(`Data is kept in step with Endpoints of type ${REST} only`, 'Endpoint.connectionType');
  const part = (name: string): Extension | undefined => parts.find(({ url }) => url === name);
  const kind = part('kind')?.valueCode === 'payer' ? 'payer' : 'ehr';
  const asked = parts.filter(({ url }) => url === 'resource').flatMap(({ valueCode }) => valueCode ?? []);
  const unknown = asked.find((type) => !isSyncType(type));
  if (unknown !== undefined) throw errors.businessRule(`Only ${SYNC_TYPES.join(', ')} are kept in step`, 'Endpoint.extension');
  const wanted: readonly string[] = asked.length > 0 ? asked : kind === 'payer' ? OF_PAYER : SYNC_TYPES;
  return {
    id: endpoint.id ?? '',
    base: endpoint.address.replace(/\/+$/, ''),
    kind,
    clientId: part('clientId')?.valueString,
    types: SYNC_TYPES.filter((type) => wanted.includes(type)),
    everyMs: durationMs(part('every')),
    writeBack: part('writeBack')?.valueBoolean ?? false,
    group: part('group')?.valueString,
    pageOrigins: parts.filter(({ url }) => url === 'pageOrigin').map(({ valueUrl }) => originIn(valueUrl)),
    organization: endpoint.managingOrganization?.reference,
  };
}

function originIn(url: string | undefined): string {
  const { origin = 'null', href = '' } = URL.canParse(url ?? '') ? new URL(url ?? '') : {};
  if (origin === 'null' || href !== `${origin}/`) throw errors.businessRule('A pageOrigin is a scheme, a host and a port, such as https://pages.example', 'Endpoint.extension');
  return origin;
}

/** UCUM units of time, as `Duration.code`. */
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000, wk: 604_800_000 };
/** Nobody is asked more often. */
const SHORTEST_MS = 10_000;

function durationMs(part: Extension | undefined): number | undefined {
  const { value, code, unit } = part?.valueDuration ?? {};
  if (value === undefined) return undefined;
  const unitMs = UNIT_MS[code ?? unit ?? ''];
  if (unitMs === undefined || value <= 0) throw errors.businessRule('How often to look must be a positive duration in s, min, h, d or wk', 'Endpoint.extension');
  return Math.max(SHORTEST_MS, value * unitMs);
}

/** What is asked for: to read and search each type, to write what goes back, and the Group whose members are exported. */
export const scopesOf = ({ types, writeBack, group, kind }: Source): string[] => [
  ...types.map((type) => `system/${type}.${writeBack && type === 'Coverage' ? 'rus' : 'rs'}`),
  ...(group === undefined ? [] : ['system/Group.rs']),
  ...(kind === 'payer' && !types.includes('Patient') ? ['system/Patient.rs'] : []),
];
