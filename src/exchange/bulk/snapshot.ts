import type { FhirResource, Group } from 'fhir/r4.js';
import { parseQuery } from '../../fhir/interactions/target.js';
import { textOf, type Cursor, type Journal, type PlacedVersion } from '../../fhir/journal.js';
import { changedAt } from '../../fhir/search/about-one.js';
import { compartmentParameters } from '../../fhir/search/compartment.js';
import type { Search } from '../../fhir/search/index.js';
import { matches } from '../../fhir/search/matches.js';
import type { ExportWork, Population } from './job.js';

/** Versions read at once. */
const PAGE = 200;

/** Whether a version is among what is exported. */
export type IsAsked = (version: PlacedVersion) => Promise<boolean>;

export interface SnapshotParts {
  /** As far as whoever asks may see it. */
  readonly journal: Pick<Journal, 'log' | 'readVersion'>;
  readonly search: Search;
}

/** A part of the log, of which what stood at one place is shown. */
export interface Range {
  readonly after?: Cursor | undefined;
  readonly until: Cursor;
  readonly standing: Cursor;
  readonly since?: string | undefined;
}

/** Pages of what is asked for, in the order in which it was made; `last`: where the page ends. A page may be empty. */
export async function* standing(type: string, range: Range, isAsked: IsAsked, { journal }: SnapshotParts): AsyncGenerator<{ readonly versions: readonly PlacedVersion[]; readonly last: Cursor | undefined }> {
  const { until, since } = range;
  for (let after = range.after; ; ) {
    const page = await journal.log({ types: [type], standing: range.standing, until, count: PAGE, ...(after ? { after } : {}), ...(since === undefined ? {} : { since: Date.parse(since) }) });
    const versions: PlacedVersion[] = [];
    for (const version of page.versions) if (await isAsked(version)) versions.push(version);
    yield { versions, last: page.next };
    if (!page.next) return;
    after = page.next;
  }
}

/** What an export asks for, as a test of versions. Of what is deleted, what it was last counts. */
export async function asked({ population, filters, since }: Pick<ExportWork, 'population' | 'filters' | 'since'>, deleted: boolean, parts: SnapshotParts): Promise<IsAsked> {
  const { journal, search } = parts;
  const members = await membersOf(population, journal);
  const conditions = filters.map(({ type, query }) => ({ type, where: search.conditionFor(type, parseQuery(query)).where }));
  return async (version) => {
    if (version.deleted !== deleted || (deleted && since === undefined)) return false;
    const mayMatch = conditions.filter(({ type }) => type === version.type);
    if (population.level === 'system' && mayMatch.length === 0) return true;
    const shown = deleted ? await journal.readVersion(version.type, version.id, version.version - 1) : version;
    if (!shown || shown.deleted) return false;
    const entries = [...search.extract(JSON.parse(textOf(shown)) as FhirResource), changedAt(version.lastUpdated)];
    if (mayMatch.length > 0 && !mayMatch.some(({ where }) => matches(where, { type: shown.type, id: shown.id, entries }))) return false;
    if (population.level === 'system') return true;
    if (version.type === 'Patient') return members === undefined || members.has(version.id);
    const names = compartmentParameters('Patient', version.type);
    return entries.some((entry) => entry.kind === 'reference' && names.includes(entry.param) && entry.type === 'Patient' && typeof entry.id === 'string' && (members === undefined || members.has(entry.id)));
  };
}

/** Ids of the patients; undefined: all. */
async function membersOf(population: Population, journal: SnapshotParts['journal']): Promise<ReadonlySet<string> | undefined> {
  if (population.level !== 'group') return undefined;
  const stored = await journal.readVersion('Group', population.id, population.version);
  const { member = [] } = stored && !stored.deleted ? (JSON.parse(textOf(stored)) as Group) : {};
  return new Set(member.flatMap(({ inactive, entity }) => (inactive ? [] : (/^(?:.*\/)?Patient\/([^/]+)$/.exec(entity.reference ?? '')?.[1] ?? []))));
}

/** One resource, on one line: what breaks lines stands between the parts of a JSON text only. */
export function lineOf(version: PlacedVersion): string {
  const text = textOf(version);
  return text.includes('\n') || text.includes('\r') ? text.replaceAll(/[\r\n]+[\t ]*/g, '') : text;
}

/** That a resource is gone (Bulk Data Access, "deleted"): a transaction that deletes it. */
export const deletionOf = ({ type, id, lastUpdated }: PlacedVersion): string =>
  JSON.stringify({ resourceType: 'Bundle', id: `${type}-${id}`.slice(0, 64), meta: { lastUpdated }, type: 'transaction', entry: [{ request: { method: 'DELETE', url: `${type}/${id}` } }] });
