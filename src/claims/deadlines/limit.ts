import { addDays, addMonths, addWorkdays, addYears, endOfMonthAfter, endOfYearAfter } from '../calendar.js';

/**
 * What a limit counts from. `prior-payer-billed`: another payer was sent the claim and has not answered. `decision` is the
 * date on the notice of the decision that is appealed.
 */
export type Starting = 'service-date' | 'prior-payer-decision' | 'prior-payer-billed' | 'notice' | 'decision';

export type Unit = 'days' | 'workdays' | 'months' | 'calendar-years' | 'end-of-months-after' | 'end-of-calendar-years-after';

/** A span of time, e.g. 90 days from the prior payer's decision. */
export interface Limit {
  readonly count: number;
  readonly unit: Unit;
  readonly from: Starting;
  /** Days after which a notice counts as received, where the limit runs from its receipt. */
  readonly presumedReceipt?: number;
}

/** The dates that are known, YYYY-MM-DD. */
export type KnownDates = { readonly [From in Starting]?: string | undefined };

export const UNITS: Readonly<Record<Unit, { readonly words: string; readonly end: (from: string, count: number) => string }>> = {
  days: { words: 'days', end: addDays },
  workdays: { words: 'days from Monday to Friday', end: addWorkdays },
  months: { words: 'months', end: addMonths },
  'calendar-years': { words: 'calendar year(s)', end: addYears },
  'end-of-months-after': { words: 'months after the month', end: endOfMonthAfter },
  'end-of-calendar-years-after': { words: 'calendar year(s) after the year', end: endOfYearAfter },
};

const STARTING_WORDS: Readonly<Record<Starting, string>> = {
  'service-date': 'of service',
  'prior-payer-decision': 'of the prior payer’s decision',
  'prior-payer-billed': 'on which the payer before was billed',
  notice: 'of the notice',
  decision: 'of the decision',
};

/** Where a limit ends, counted from the known dates; undefined where its own is not known. */
export function endOf(limit: Limit, dates: KnownDates): { readonly from: string; readonly due: string } | undefined {
  const start = dates[limit.from];
  if (start === undefined) return undefined;
  const from = limit.presumedReceipt === undefined ? start : addDays(start, limit.presumedReceipt);
  return { from, due: UNITS[limit.unit].end(from, limit.count) };
}

/** `90 days from the date of the prior payer’s decision`. */
export function inWords({ count, unit, from, presumedReceipt }: Limit): string {
  const when = STARTING_WORDS[from];
  if (unit === 'end-of-months-after' || unit === 'end-of-calendar-years-after') return `last day of ${count} ${UNITS[unit].words} ${when}`;
  const receipt = presumedReceipt === undefined ? '' : `, received ${presumedReceipt} days later`;
  return `${count} ${UNITS[unit].words} from the date ${when}${receipt}`;
}
