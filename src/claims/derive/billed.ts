import type { Claim, Coverage } from 'fhir/r4.js';
import type { RelatedCause } from '../../cob/types.js';
import { addDays, isDay } from '../calendar.js';

/** What a claim bills, in the words of `$cob-order`. */

/** Claim.type (CodeSystem/claim-type) → code of extension `benefit-type`. */
const BENEFIT_TYPES: Readonly<Record<string, string>> = { professional: 'medical', institutional: 'medical', oral: 'dental', vision: 'vision', pharmacy: 'pharmacy' };

export const benefitTypeOf = (claim: Claim): string =>
  claim.type.coding?.flatMap(({ code }) => (code ? (BENEFIT_TYPES[code] ?? []) : []))[0] ?? 'medical';

export const isInstitutional = (claim: Claim): boolean => claim.type.coding?.some(({ code }) => code === 'institutional') ?? false;

/** Claim.accident.type (v3-ActIncidentCode; X12 CLM11 AA, EM, OA) → what the service is related to. */
const RELATED_CAUSES: Readonly<Record<string, RelatedCause>> = {
  MVA: 'auto', AA: 'auto',
  WPA: 'employment', EM: 'employment',
  SCHOOL: 'other-accident', SPT: 'other-accident', OA: 'other-accident',
};

/** An accident whose kind is not stated is `unknown`: the order may have to ask. */
export function relatedCauseOf({ accident }: Claim): RelatedCause {
  if (!accident) return 'none';
  return accident.type?.coding?.flatMap(({ code }) => (code ? (RELATED_CAUSES[code] ?? []) : []))[0] ?? 'unknown';
}

interface Span {
  readonly start: string;
  readonly end: string;
}

/** The span of each line; a line that states none has the claim's. */
export function serviceSpans(claim: Claim): Span[] {
  const whole = span(claim.billablePeriod?.start, claim.billablePeriod?.end) ?? span(claim.created, claim.created);
  const spans = (claim.item ?? []).flatMap((item) =>
    span(item.servicedDate ?? item.servicedPeriod?.start, item.servicedDate ?? item.servicedPeriod?.end) ?? whole ?? []);
  return spans.length > 0 ? spans : whole ? [whole] : [];
}

/**
 * The dates on which the order must be asked for, sorted: the first and last day of each line, and within a longer one
 * each day on which a coverage begins or has just ended (domain/cob-rules.md §1.5: a stay that spans a change splits).
 */
export function orderDates(claim: Claim, coverages: readonly Coverage[]): string[] {
  const changes = coverages.flatMap(({ period }) => [day(period?.start), dayAfter(period?.end)]);
  const dates = new Set<string>();
  for (const { start, end } of serviceSpans(claim)) {
    dates.add(start).add(end);
    for (const change of changes) if (change !== undefined && change > start && change < end) dates.add(change);
  }
  return [...dates].sort();
}

/** The date that filing limits count from: the through date of an institutional claim, the first service of any other (42 CFR 424.44; span rule unverified). */
export function filingDate(claim: Claim): string | undefined {
  const spans = serviceSpans(claim);
  if (!isInstitutional(claim)) return spans.map(({ start }) => start).sort()[0];
  const through = day(claim.billablePeriod?.end);
  return through ?? spans.map(({ end }) => end).sort().at(-1);
}

function span(from: string | undefined, to: string | undefined): Span | undefined {
  const start = day(from ?? to);
  const end = day(to ?? from);
  return start === undefined || end === undefined ? undefined : { start, end };
}

const day = (date: string | undefined): string | undefined => (date && isDay(date.slice(0, 10)) ? date.slice(0, 10) : undefined);
const dayAfter = (date: string | undefined): string | undefined => {
  const last = day(date);
  return last && addDays(last, 1);
};
