import { formatCents, type Cents } from '../../claims/money.js';

/** `$1,234.50`; `-$5.00`. */
export function dollars(amount: Cents): string {
  const [whole = '', cents = ''] = formatCents(amount).replace('-', '').split('.');
  return `${amount < 0 ? '-' : ''}$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}

/** `October 30, 2026` of `2026-10-30`, in a language (BCP 47). */
export const longDate = (day: string, language: string): string => inWords(day, language, 'long');

/** `Oct 30, 2026`, for tables. */
export const shortDate = (day: string, language: string): string => inWords(day, language, 'medium');

const inWords = (day: string, language: string, dateStyle: 'long' | 'medium'): string =>
  new Intl.DateTimeFormat(language, { dateStyle, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
