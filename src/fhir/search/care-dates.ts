import { readFileSync } from 'node:fs';
import type { FhirResource } from 'fhir/r4.js';
import { inProject } from '../../root.js';
import { dateInterval, EARLIEST, LATEST, type Interval } from './dates.js';

/**
 * Type of resource → paths of the elements by which care begins and ends, as R4 maps elements to FiveWs.init and
 * FiveWs.done (`"Claim": { "begin": [], "end": ["billablePeriod", "item.serviced[x]"] }`). Types that say no end of care
 * (AllergyIntolerance, CareTeam …) are not in it.
 */
export type CareDateTable = Readonly<Record<string, { readonly begin: readonly string[]; readonly end: readonly string[] }>>;

/** The file below `dist/generated` (made by `src/build/care-dates.ts`). */
export const CARE_DATES = 'care-dates.json';

let table: CareDateTable | undefined;

/**
 * The time that the care took which a resource is about, from the first of its dates to the last; what has begun and
 * says no end goes on. Undefined where it says none.
 * @throws {Error} when the build has not made the table.
 */
export function careInterval(resource: FhirResource): Interval | undefined {
  table ??= JSON.parse(readFileSync(inProject('dist', 'generated', CARE_DATES), 'utf8')) as CareDateTable;
  const paths = Object.hasOwn(table, resource.resourceType) ? table[resource.resourceType] : undefined;
  if (!paths) return undefined;
  const begins = paths.begin.flatMap((path) => intervalsAt(resource, path.split('.')));
  const ends = paths.end.flatMap((path) => intervalsAt(resource, path.split('.')));
  if (begins.length + ends.length === 0) return undefined;
  const low = Math.min(...[...begins, ...ends].map((each) => each.low));
  return { low, high: ends.length > 0 ? Math.max(...ends.map((each) => each.high)) : LATEST };
}

function intervalsAt(value: unknown, [step, ...rest]: readonly string[]): Interval[] {
  if (Array.isArray(value)) return value.flatMap((each) => intervalsAt(each, step === undefined ? [] : [step, ...rest]));
  if (step === undefined) return intervalsOf(value);
  if (typeof value !== 'object' || value === null) return [];
  const key = step.endsWith('[x]') ? Object.keys(value).find((name) => name.startsWith(step.slice(0, -3))) : step;
  return key === undefined ? [] : intervalsAt((value as Record<string, unknown>)[key], rest);
}

/** A date, dateTime or instant, a Period, or the events of a Timing; none for what is no time (an age, a text). */
function intervalsOf(value: unknown): Interval[] {
  if (typeof value === 'string') return [dateInterval(value) ?? []].flat();
  if (typeof value !== 'object' || value === null) return [];
  const { start, end, event } = value as { start?: unknown; end?: unknown; event?: unknown };
  if (Array.isArray(event)) return event.flatMap(intervalsOf);
  const [from] = intervalsOf(start);
  const [to] = intervalsOf(end);
  return from || to ? [{ low: from?.low ?? EARLIEST, high: to?.high ?? LATEST }] : [];
}
