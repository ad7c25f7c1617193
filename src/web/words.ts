/** Values as people read them. */
import type { HumanName, Money, Patient } from 'fhir/r4.js';

const DATE = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' });
const DAY_MS = 86_400_000;

/** `Jun 9, 2026`; a date that is not known to the day as it stands. */
export const dateWords = (date: string): string => (/^\d{4}-\d{2}-\d{2}/.test(date) ? DATE.format(new Date(date.slice(0, 10))) : date);

/** `$54.70` */
export const moneyWords = ({ value = 0, currency = 'USD' }: Money): string => new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(value);

/** `in 8 days`, `today`, `3 days ago`; dates to the day, now by the clock here. */
export function daysWords(date: string, now: Date): string {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.round((Date.parse(date.slice(0, 10)) - today) / DAY_MS);
  if (days === 0) return 'today';
  const count = `${Math.abs(days)} day${Math.abs(days) === 1 ? '' : 's'}`;
  return days > 0 ? `in ${count}` : `${count} ago`;
}

/** The patient as the record has them, `Arne Lindqvist`. */
export function nameWords({ name = [] }: Patient): string {
  const [first] = [...name].sort((a, b) => Number(b.use === 'official') - Number(a.use === 'official'));
  return (first && written(first)) || 'Patient without a name';
}

const written = ({ text, given = [], family }: HumanName): string => text ?? [...given, family].filter((each) => each !== undefined).join(' ');
