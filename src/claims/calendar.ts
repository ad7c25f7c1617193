/** Calendar dates as `YYYY-MM-DD`: no time of day, no time zone, the proleptic Gregorian calendar. */

interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const SHAPE = /^\d{4}-\d{2}-\d{2}$/;

/** True for a day that exists: `2024-02-31` is none. */
export function isDay(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const { year, month, day } = parse(text);
  return day >= 1 && day <= lengthOf(year, month);
}

export const addDays = (date: string, days: number): string => format(fromNumber(toNumber(parse(date)) + days));

/** The same day of a later month, or that month's last day where it has no such day. */
export function addMonths(date: string, months: number): string {
  const { year, month, day } = parse(date);
  const target = monthOf(year * 12 + month - 1 + months);
  return format({ ...target, day: Math.min(day, lengthOf(target.year, target.month)) });
}

/** The same day of a later calendar year; 28 February for a 29 February that is missing there. */
export const addYears = (date: string, years: number): string => addMonths(date, 12 * years);

/** The last day of the month that lies `months` after the month of `date`. */
export function endOfMonthAfter(date: string, months: number): string {
  const { year, month } = parse(date);
  const target = monthOf(year * 12 + month - 1 + months);
  return format({ ...target, day: lengthOf(target.year, target.month) });
}

/** 31 December of the year that lies `years` after the year of `date`. */
export const endOfYearAfter = (date: string, years: number): string => format({ year: parse(date).year + years, month: 12, day: 31 });

/** The date after so many days from Monday to Friday; holidays count as days. */
export function addWorkdays(date: string, days: number): string {
  let number = toNumber(parse(date));
  for (let left = days; left > 0;) {
    number += 1;
    if (!isWeekend(number)) left -= 1;
  }
  return format(fromNumber(number));
}

/** Days from one date to another; negative where `to` is earlier. */
export const daysBetween = (from: string, to: string): number => toNumber(parse(to)) - toNumber(parse(from));

const parse = (date: string): Day => ({ year: Number(date.slice(0, 4)), month: Number(date.slice(5, 7)), day: Number(date.slice(8, 10)) });
const format = ({ year, month, day }: Day): string => `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
const digits = (value: number, length: number): string => String(value).padStart(length, '0');

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const lengthOf = (year: number, month: number): number => (month === 2 && isLeap(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0));
const monthOf = (months: number): Pick<Day, 'year' | 'month'> => ({ year: Math.floor(months / 12), month: (months % 12) + 1 });

const DAYS_IN_400_YEARS = 146_097;

/** Days since 1 March of the year 0, so that a leap day is the last of its year (Fliegel and Van Flandern's method). */
function toNumber({ year, month, day }: Day): number {
  const shifted = month > 2 ? year : year - 1;
  const sinceMarch = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  return shifted * 365 + Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400) + sinceMarch + day - 1;
}

/** 1 March of the year 0 was a Wednesday. */
const isWeekend = (number: number): boolean => [3, 4].includes(((number % 7) + 7) % 7);

function fromNumber(number: number): Day {
  const era = Math.floor(number / DAYS_IN_400_YEARS);
  const dayOfEra = number - era * DAYS_IN_400_YEARS;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const sinceMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = sinceMarch < 10 ? sinceMarch + 3 : sinceMarch - 9;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * sinceMarch + 2) / 5) + 1 };
}
