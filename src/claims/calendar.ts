/** Calendar dates as `YYYY-MM-DD`: no time of day, no time zone. */

const DAY = 86_400_000;

const toUtc = (date: string): Date => new Date(`${date}T00:00:00Z`);
const fromUtc = (date: Date): string => date.toISOString().slice(0, 10);

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const SHAPE = /^\d{4}-\d{2}-\d{2}$/;

/** True for a day that exists: `2024-02-31` is none. */
export function isDay(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  const last = month === 2 && isLeap(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
  return day >= 1 && day <= last;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export const addDays = (date: string, days: number): string => fromUtc(new Date(toUtc(date).getTime() + days * DAY));

/** The same day of a later month, or that month's last day where it has no such day. */
export function addMonths(date: string, months: number): string {
  const start = toUtc(date);
  const target = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 1));
  return fromUtc(new Date(Math.min(target.getTime() + (start.getUTCDate() - 1) * DAY, lastOfMonth(target).getTime())));
}

/** The same day of a later calendar year; 28 February for a 29 February that is missing there. */
export const addYears = (date: string, years: number): string => addMonths(date, 12 * years);

/** The last day of the month that lies `months` after the month of `date`. */
export const endOfMonthAfter = (date: string, months: number): string =>
  fromUtc(lastOfMonth(toUtc(addMonths(`${date.slice(0, 8)}01`, months))));

/** Days from one date to another; negative where `to` is earlier. */
export const daysBetween = (from: string, to: string): number => (toUtc(to).getTime() - toUtc(from).getTime()) / DAY;

const lastOfMonth = (date: Date): Date => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0));
