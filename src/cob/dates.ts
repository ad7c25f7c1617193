/** A date as precise as it was stated: the first and the last day that it may mean, in days since 1970-01-01. */
export interface DayRange {
  readonly first: number;
  readonly last: number;
}

/** Earlier than any birth or plan that matters here. */
export const EARLIEST_DAY = dayNumber(1850, 1, 1);

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/;

/** YYYY, YYYY-MM, YYYY-MM-DD, or a dateTime by the date as written; undefined when it is none of them. */
export function dayRange(text: string | undefined): DayRange | undefined {
  const match = text === undefined ? null : DATE.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = match[2] === undefined ? undefined : Number(match[2]);
  if (month === undefined) return { first: dayNumber(year, 1, 1), last: dayNumber(year, 12, 31) };
  if (month < 1 || month > 12) return undefined;
  if (match[3] === undefined) return { first: dayNumber(year, month, 1), last: dayNumber(year, month + 1, 1) - 1 };
  const day = dayNumber(year, month, Number(match[3]));
  return { first: day, last: day };
}

export const isExact = (range: DayRange): boolean => range.first === range.last;

/** Days since 1970-01-01 of a day in the proleptic Gregorian calendar; months beyond 12 run into the next year. */
function dayNumber(year: number, month: number, day: number): number {
  return Math.floor(Date.UTC(year, month - 1, day) / 86_400_000);
}

/** Months since year 0 of the month that holds a day. */
export function monthOf(day: number): number {
  const date = new Date(day * 86_400_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

export const firstDayOfMonth = (month: number): number => dayNumber(Math.floor(month / 12), (month % 12) + 1, 1);

export const dayOfMonth = (day: number): number => new Date(day * 86_400_000).getUTCDate();

export const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

export const monthText = (month: number): string => dayText(firstDayOfMonth(month)).slice(0, 7);

/** The days of a leap year. */
export const ANY_BIRTHDAY: DayRange = { first: 1, last: 366 };

/** Month and day of a birth date as the day of a leap year, 1 to 366: 29 February has a place of its own. */
export function birthdayRange(text: string | undefined): DayRange {
  const match = text === undefined ? null : DATE.exec(text);
  const inLeapYear = match?.[2] === undefined ? undefined : dayRange(`2000${match[0].slice(4)}`);
  const newYear = dayNumber(2000, 1, 1) - 1;
  return inLeapYear ? { first: inLeapYear.first - newYear, last: inLeapYear.last - newYear } : ANY_BIRTHDAY;
}

/**
 * Is a person 65 for Medicare on a day: entitlement by age begins with the month of the 65th birthday, and a month
 * earlier for who is born on the first (42 CFR 406.10). Undefined when the birth date is not precise enough.
 */
export function isAged(birth: DayRange | undefined, day: number): boolean | undefined {
  if (!birth) return undefined;
  const month = monthOf(day);
  const earliest = agedMonth(birth.first);
  const latest = agedMonth(birth.last);
  if (month >= latest) return true;
  return month < earliest ? false : undefined;
}

/** The month in which a person born on a day is 65 for Medicare. */
export const agedMonth = (birth: number): number => monthOf(birth - 1) + 65 * 12;

/**
 * Values that stand for all of a range when only their order against the others of its kind matters: every day on which
 * some range begins or ends, and as many days of every gap between them as there are ranges to be told apart. The same
 * for each range, where they overlap.
 */
export function representatives(range: DayRange, all: readonly DayRange[]): number[] {
  const count = all.filter((other) => !isExact(other)).length;
  const points = [...new Set([range, ...all].flatMap(({ first, last }) => [first, last]))].filter((point) => point >= range.first && point <= range.last).sort((a, b) => a - b);
  return points.flatMap((point, index) => {
    const next = points[index + 1] ?? point;
    return [point, ...Array.from({ length: Math.max(0, Math.min(count, next - point - 1)) }, (_, offset) => point + 1 + offset)];
  });
}
