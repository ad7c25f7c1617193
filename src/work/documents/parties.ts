import type { Address, ContactPoint, HumanName } from 'fhir/r4.js';

/** `Della M. Oakhanger`, the official name first; empty where none is stated. */
export function personName(names: readonly HumanName[] | undefined): string {
  const name = names?.find(({ use }) => use === 'official') ?? names?.find(({ use }) => use !== 'old') ?? names?.[0];
  if (!name) return '';
  const { text, prefix = [], given = [], family, suffix = [] } = name;
  const parts = [...prefix, ...given, ...(family === undefined ? [] : [family]), ...suffix].join(' ');
  return parts === '' ? (text ?? '') : parts;
}

/** The lines of an address as they stand on an envelope; none where none is stated. */
export function addressLines(addresses: readonly Address[] | undefined): string[] {
  const address = addresses?.find(({ use }) => use !== 'old') ?? addresses?.[0];
  if (!address) return [];
  const { text, line = [], city, state, postalCode } = address;
  const zip = postalCode?.replace(/^(\d{5})(\d{4})$/, '$1-$2');
  const place = [[city, state].filter((part) => part !== undefined).join(', '), zip].filter((part) => part).join(' ');
  const lines = [...line, ...(place === '' ? [] : [place])];
  return lines.length > 0 ? lines : (text?.split('\n') ?? []);
}

/** The first number or address of a kind. */
export const contactOf = (telecom: readonly ContactPoint[] | undefined, system: ContactPoint['system']): string | undefined =>
  [...(telecom ?? [])].sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity)).find((point) => point.system === system && point.use !== 'old')?.value;
