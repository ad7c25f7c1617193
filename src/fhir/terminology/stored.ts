import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import { FhirError } from '../outcome.js';
import type { Resources } from '../resources.js';
import { withoutVersion, type Find } from './expansion.js';

/** A canonical URL, perhaps with a version, and what it must lead to. */
export type Wanted = readonly [type: 'ValueSet' | 'CodeSystem', canonical: string];

/** A value set that draws on more than so many others is a mistake or an attack. */
const MAX_DEFINITIONS = 200;

/**
 * Finds what is held, and of what is stored on this server all that `wanted` draws on, however far. Of several stored
 * with one URL the version that is asked for counts, else the newest.
 * @throws {FhirError} 422 when it draws on too much.
 */
export async function withStored(wanted: readonly Wanted[], held: Find, resources: Resources): Promise<Find> {
  const stored = new Map<string, ValueSet | CodeSystem>();
  const asked = new Set<string>();
  const open = [...wanted];
  for (let next = open.pop(); next; next = open.pop()) {
    const [type, canonical] = next;
    const url = withoutVersion(canonical);
    if (asked.has(url)) continue;
    asked.add(url);
    if (asked.size > MAX_DEFINITIONS) throw new FhirError(422, { severity: 'error', code: 'too-costly', text: `The value set draws on more than ${MAX_DEFINITIONS} others: divide it` });
    const found = held(url) ?? (await storedOne(type, canonical, resources));
    if (!found) continue;
    if (!held(url)) stored.set(url, found);
    if (found.resourceType === 'ValueSet') open.push(...drawnOn(found));
  }
  return (url) => held(url) ?? stored.get(url);
}

/** What a value set includes and excludes. */
export const drawnOn = ({ compose }: ValueSet): Wanted[] =>
  [...(compose?.include ?? []), ...(compose?.exclude ?? [])].flatMap(({ system, valueSet }) => [
    ...(system ? [['CodeSystem', system] as const] : []),
    ...(valueSet ?? []).map((url) => ['ValueSet', url] as const),
  ]);

async function storedOne(type: Wanted[0], canonical: string, resources: Resources): Promise<ValueSet | CodeSystem | undefined> {
  const [url = '', version] = canonical.split('|', 2);
  const found = await resources.search<ValueSet | CodeSystem>(type, `url=${encodeURIComponent(url.replace(/[\\,$|]/g, '\\$&'))}`);
  const fitting = version === undefined ? found : found.filter((each) => each.version === version);
  return fitting.sort((a, b) => (b.meta?.lastUpdated ?? '').localeCompare(a.meta?.lastUpdated ?? ''))[0];
}
