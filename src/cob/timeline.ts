import type { Coverage } from 'fhir/r4.js';
import { inForce } from './coverage-facts.js';
import { dayRange, dayText } from './dates.js';
import { orderBenefits } from './order.js';
import type { CobInput } from './types.js';

/** Days on which the same coverages take part in paying for a kind of service. */
export interface CoverageSpan {
  /** First and last day, YYYY-MM-DD. */
  readonly start: string;
  readonly end: string;
  /** References, e.g. `Coverage/1`, sorted; none: a gap. */
  readonly coverages: readonly string[];
}

/**
 * Who takes part from day to day, between two days (YYYY-MM-DD, inclusive; the last is the date of service): as the order
 * of benefits of each day has it, so that what it leaves out (another benefit type, no plan, not active) counts here
 * neither. Neighbouring days with the same coverages are one span. Days before the first known coverage are no gap: what
 * was then is not known.
 */
export function coverageTimeline(input: CobInput, from: string): CoverageSpan[] {
  const first = dayRange(from)?.first;
  const last = dayRange(input.date)?.first;
  if (first === undefined || last === undefined || first > last) return [];
  const starts = [first, ...changesOf(input.coverages).filter((day) => day > first && day <= last)];
  const spans: CoverageSpan[] = [];
  for (const [position, start] of starts.entries()) {
    const end = dayText((starts[position + 1] ?? last + 1) - 1);
    const coverages = takingPart(input, dayText(start));
    const before = spans.at(-1);
    if (before && before.coverages.join() === coverages.join()) spans[spans.length - 1] = { ...before, end };
    else spans.push({ start: dayText(start), end, coverages });
  }
  const [earliest] = spans;
  return earliest && earliest.coverages.length === 0 && earliest.end < input.date ? spans.slice(1) : spans;
}

/** Days on which a coverage begins, and days after one has ended, in order. */
function changesOf(coverages: readonly Coverage[]): number[] {
  const changes = coverages.flatMap((coverage) => {
    const { start, end } = inForce(coverage);
    return [...(start ? [start.first] : []), ...(end === undefined ? [] : [end + 1])];
  });
  return [...new Set(changes)].sort((a, b) => a - b);
}

function takingPart(input: CobInput, date: string): string[] {
  const out = new Set(orderBenefits({ ...input, date }).excluded.map(({ coverage }) => coverage));
  return input.coverages.map(({ id }) => `Coverage/${id ?? ''}`).filter((reference) => !out.has(reference)).sort();
}
