/** Milliseconds since 1970 in UTC, [low, high): `high` is the first millisecond after. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The ends of time: what an open period reaches to (the limits of an ECMAScript date). */
export const EARLIEST = -8.64e15;
export const LATEST = 8.64e15;

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const MINUTE = 60_000;

/**
 * The time that a FHIR date, dateTime or instant covers by its precision: a year, a month, a day, a minute, a second or
 * a fraction of one. Without a zone it is in UTC. Undefined: not a date of the calendar.
 */
export function dateInterval(text: string): Interval | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, years, months, days, hours, minutes, seconds, fraction, zone] = match;
  const year = Number(years);
  if (year === 0) return undefined;
  if (months === undefined) return { low: utc(year, 0, 1), high: utc(year + 1, 0, 1) };
  const month = Number(months) - 1;
  if (month < 0 || month > 11) return undefined;
  if (days === undefined) return { low: utc(year, month, 1), high: utc(year, month + 1, 1) };
  const day = Number(days);
  const midnight = utc(year, month, day);
  if (day < 1 || new Date(midnight).getUTCDate() !== day) return undefined;
  if (hours === undefined) return { low: midnight, high: midnight + 1440 * MINUTE };
  const offset = offsetOf(zone);
  // 60 is a leap second.
  if (offset === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 60) return undefined;
  const minute = midnight + (Number(hours) * 60 + Number(minutes) - offset) * MINUTE;
  if (seconds === undefined) return { low: minute, high: minute + MINUTE };
  const second = minute + Number(seconds) * 1000;
  if (fraction === undefined) return { low: second, high: second + 1000 };
  const low = second + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { low, high: low + (fraction.length === 1 ? 100 : fraction.length === 2 ? 10 : 1) };
}

function utc(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return year >= 100 ? Date.UTC(year, month, day) : new Date(Date.UTC(2000, month, day)).setUTCFullYear(year + (month > 11 ? 1 : 0));
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
