import { hash } from 'node:crypto';
import type { Coding, Extension, FhirResource, Meta } from 'fhir/r4.js';
import { CANONICAL, structureDefinition } from '../claims/canonical.js';
import { stringifyExact } from '../fhir/json/exact.js';

/** What is known of where a resource came from; kept in `Resource.meta` (extension `upstream`). */
export interface Upstream {
  /** `Type/id` there. */
  readonly target: string;
  readonly version: string | undefined;
  /** FHIR instant of the source's clock. */
  readonly lastUpdated: string | undefined;
  /** Of what it said, with its security labels, and nothing else of its `meta`. */
  readonly hash: string;
  /** Since when it is not there any more; FHIR instant. */
  readonly missingSince: string | undefined;
  /** The source held something back. */
  readonly isIncomplete: boolean;
  /** What it last said, or took from us, of what we write back, or would (`ownOf`); undefined where there is no such. */
  readonly stated: string | undefined;
  /** Of a patient: into whom the source says that it has merged this one, `Patient/id` there (`Patient.link` replaced-by, R4 §8.1.5.1). */
  readonly replacedBy: string | undefined;
  /** Of a patient: whom the source says that it has merged into this one, `Patient/id` there (`Patient.link` replaces). */
  readonly replaces: readonly string[];
  /** Under which systems it last gave identifiers and contacts (`systemsIn`). */
  readonly systems: readonly string[];
}

const UPSTREAM = structureDefinition('upstream');
/** Of the tag that names the Endpoint a resource came from. */
export const SOURCE_SYSTEM = `${CANONICAL}/NamingSystem/sync-source`;
/** Of the tag of what refers to something of its source that is not here yet. */
export const SYNC_SYSTEM = `${CANONICAL}/CodeSystem/sync`;
export const UNRESOLVED: Coding = { system: SYNC_SYSTEM, code: 'unresolved' };
/** Of the tag of a coverage that follows a merge of patients. */
export const MERGED: Coding = { system: SYNC_SYSTEM, code: 'merged' };

export const contentHash = (resource: FhirResource): string => hash('sha256', stringifyExact(said(resource)), 'base64url');

const said = ({ meta, ...content }: FhirResource & { meta?: Meta }): object => (meta?.security === undefined ? content : { ...content, security: meta.security });

export function upstreamOf({ meta }: FhirResource): Upstream | undefined {
  const parts = meta?.extension?.find(({ url }) => url === UPSTREAM)?.extension;
  const part = (name: string): Extension | undefined => parts?.find(({ url }) => url === name);
  const [target, hash] = [part('target')?.valueString, part('hash')?.valueString];
  if (target === undefined || hash === undefined) return undefined;
  return {
    target, hash,
    version: part('version')?.valueString, lastUpdated: part('lastUpdated')?.valueInstant, missingSince: part('missingSince')?.valueInstant,
    isIncomplete: part('incomplete')?.valueBoolean ?? false, stated: part('stated')?.valueString,
    replacedBy: part('replacedBy')?.valueString, replaces: (parts ?? []).flatMap(({ url, valueString }) => (url === 'replaces' ? (valueString ?? []) : [])),
    systems: part('systems')?.valueString?.split(' ') ?? [],
  };
}

/** The `meta` of a resource with what is known of its source instead of what was. */
export function withUpstream(meta: Meta | undefined, { target, version, lastUpdated, hash, missingSince, isIncomplete, stated, replacedBy, replaces, systems }: Upstream): Meta {
  const string = (url: string, valueString: string | undefined): Extension[] => (valueString === undefined ? [] : [{ url, valueString }]);
  const instant = (url: string, valueInstant: string | undefined): Extension[] => (valueInstant === undefined ? [] : [{ url, valueInstant }]);
  const extension = [
    ...string('target', target), ...string('version', version), ...instant('lastUpdated', lastUpdated), ...string('hash', hash), ...instant('missingSince', missingSince),
    ...(isIncomplete ? [{ url: 'incomplete', valueBoolean: true }] : []), ...string('stated', stated),
    ...string('replacedBy', replacedBy), ...replaces.flatMap((each) => string('replaces', each)),
    ...string('systems', systems.length > 0 ? systems.join(' ') : undefined),
  ];
  return { ...meta, extension: [...(meta?.extension ?? []).filter(({ url }) => url !== UPSTREAM), { url: UPSTREAM, extension }] };
}

/** The base of the source that a resource came from: whichever Endpoint has it now. */
export function baseOf(resource: FhirResource): string | undefined {
  const [address, end] = [resource.meta?.source?.split('#')[0], `/${upstreamOf(resource)?.target ?? ''}`];
  return address?.endsWith(end) === true ? address.slice(0, -end.length) : undefined;
}

/** The tags with these of ours instead of those that were. */
export const withTags = (tag: readonly Coding[] | undefined, source: string, isUnresolved: boolean): Coding[] => [
  ...(tag ?? []).filter(({ system, code }) => system !== SOURCE_SYSTEM && !(system === SYNC_SYSTEM && code === UNRESOLVED.code)),
  { system: SOURCE_SYSTEM, code: source },
  ...(isUnresolved ? [UNRESOLVED] : []),
];

/** Tags and labels that say something was left out (R4 §2.1.27; v3-ObservationValue, Epic 59133). */
const PARTIAL: ReadonlySet<string> = new Set(['SUBSETTED', 'REDACTED', 'MASKED']);

export const isPartial = ({ meta }: FhirResource): boolean => [...(meta?.tag ?? []), ...(meta?.security ?? [])].some(({ code }) => PARTIAL.has(code ?? ''));

/** Says of what came without a label of its own that something was left out. */
export const withPartialTag = (meta: Meta = {}): Meta => ({ ...meta, tag: [...(meta.tag ?? []), { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] });
