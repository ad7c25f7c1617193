/* Dates and times of FHIR (R4 §2.24.0.1), given as text that has the right pattern. */

/** Whether the day exists in its month; true for text without a day. */
export function isOnCalendar(text: string): boolean {
  if (text.length < 10) return true;
  const day = twoDigits(text, 8);
  if (day <= 28 || Number.isNaN(day)) return true;
  const month = twoDigits(text, 5);
  return month > 12 || day <= daysIn(Number(text.slice(0, 4)), month);
}

/** Whether `start` is not after `end`, as far as both are precise; times count with their offsets. */
export function isInOrder(start: string, end: string): boolean {
  if (start.includes('T') && end.includes('T')) {
    const [from, to] = [Date.parse(start), Date.parse(end)];
    if (!Number.isNaN(from) && !Number.isNaN(to)) return from <= to;
  }
  const precision = Math.min(start.length, end.length, 10);
  return start.slice(0, precision) <= end.slice(0, precision);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}
