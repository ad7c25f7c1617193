import { addDays, daysBetween } from '../calendar.js';
import type { ChainFacts } from './facts.js';

/** Days from `start` to `end`, both inclusive. */
export interface Days {
  readonly start: string;
  readonly end: string;
}

/** What a review is asked about. */
export interface Question {
  readonly period: Days;
  /** The day that open amounts and open work are looked at: what is due before it is overdue. */
  readonly asOf: string;
  /** Only claims that lie between these payers (an Organization or a Coverage; undefined: any); none: all. */
  readonly pairs: readonly { readonly prior?: string | undefined; readonly next?: string | undefined }[];
  /** Only this service line: a code of Claim.type or Claim.subType. */
  readonly serviceLine?: string | undefined;
}

export const isWithin = (day: string | undefined, { start, end }: Days): day is string => day !== undefined && day >= start && day <= end;

/** As many days, directly before. */
export function before({ start, end }: Days): Days {
  const last = addDays(start, -1);
  return { start: addDays(last, -daysBetween(start, end)), end: last };
}

/** The ISO week (Monday to Sunday) that was over last before a day. */
export function lastWeek(today: string): Days {
  const end = addDays(today, -weekday(today));
  return { start: addDays(end, -6), end };
}

/** `2026-W47`: the ISO 8601 week of a day; it is of the year that its Thursday lies in. */
export function isoWeek(day: string): string {
  const thursday = addDays(day, 4 - weekday(day));
  const year = thursday.slice(0, 4);
  return `${year}-W${String(Math.floor(daysBetween(`${year}-01-01`, thursday) / 7) + 1).padStart(2, '0')}`;
}

/** 1: Monday, to 7. 2024-01-01 was a Monday. */
const weekday = (day: string): number => ((daysBetween('2024-01-01', day) % 7) + 7) % 7 + 1;

/** Whether the claims are among those that are asked about. */
export function isAskedAbout({ turns, lines, missed }: ChainFacts, { pairs, serviceLine }: Question): boolean {
  if (serviceLine !== undefined && !lines.includes(serviceLine)) return false;
  if (pairs.length === 0) return true;
  // A draft to the next payer is a turn already.
  const payers = [...turns, ...(missed && turns.every(({ coverage }) => coverage !== missed.coverage) ? [missed] : [])];
  return pairs.some(({ prior, next }) => payers.some((payer, at) => {
    const later = payers[at + 1];
    return later !== undefined && names(prior, payer) && names(next, later);
  }));
}

const names = (reference: string | undefined, { payer, coverage }: { readonly payer?: string | undefined; readonly coverage: string }): boolean =>
  reference === undefined || reference === payer || reference === coverage;
