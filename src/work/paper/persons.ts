/** People and providers as the form has them: capital letters, commas between the parts of a name and nowhere else (NUCC 1500 manual, items 2, 5, 17, 33). */
import type { Address, ContactPoint, HumanName } from 'fhir/r4.js';
import type { Member, Person, Provider } from '../../x12/claim/facts.js';
import { plain } from '../../x12/claim/segments.js';
import { contactOf } from '../documents/parties.js';

/** Without the signs that the form does not take. */
export const worded = (text: string | undefined): string => plain(text).replace(/[.#'"]+/g, '').replace(/\s+/g, ' ').trim();

/** `ROOKWOOD, BRAM, T`. */
export function surnameFirst({ name }: Person): string {
  const { family, text, given: [first, middle] = [], suffix = [] } = named(name) ?? {};
  const last = [family ?? text, ...suffix].map((part) => worded(part)).join(' ').trim();
  return [last, worded(first), worded(middle).slice(0, 1)].filter((part) => part !== '').join(', ');
}

/** `CELESTINE AMARO MD`, or the name of an organization. */
export function calledBy(provider: Provider | Member['provider']): string {
  if (provider.resourceType !== 'Practitioner') return worded(provider.name).replaceAll(',', '');
  const { family, text, given: [first, middle] = [], suffix = [] } = named(provider.name) ?? {};
  const parts = family === undefined ? [text] : [first, middle?.slice(0, 1), family, ...suffix];
  return parts.map((part) => worded(part)).filter((part) => part !== '').join(' ');
}

const named = (names: readonly HumanName[] | undefined): HumanName | undefined => names?.find(({ use }) => use === 'official') ?? names?.find(({ use }) => use !== 'old') ?? names?.[0];

export interface PrintedAddress {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  /** `LARKSPUR FALLS CO 80007-9998`. */
  readonly place: string;
}

/** The address to write to, or where something is; undefined without a street or a place. `postal`: the one for letters is preferred. */
export function printedAddress(addresses: readonly Address[] | undefined, use: 'place' | 'postal' = 'place'): PrintedAddress | undefined {
  const current = (addresses ?? []).filter((one) => one.use !== 'old');
  const found = current.find(({ type }) => (type === 'postal') === (use === 'postal')) ?? current[0];
  if (!found || (found.line === undefined && found.city === undefined)) return undefined;
  const bare = (text: string | undefined): string => worded(text).replaceAll(',', '');
  const zip = bare(found.postalCode).replace(/^(\d{5})-?(\d{4})$/, '$1-$2');
  const [city, state] = [bare(found.city), bare(found.state)];
  return { street: (found.line ?? []).map(bare).join(' ').trim(), city, state, zip, place: [city, state, zip].filter((part) => part !== '').join(' ') };
}

/** The digits of a telephone in the United States, the area apart. */
export function telephone(telecom: readonly ContactPoint[] | undefined): { readonly area: string; readonly number: string } | undefined {
  const digits = (contactOf(telecom, 'phone') ?? '').replace(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
  return digits.length === 10 ? { area: digits.slice(0, 3), number: digits.slice(3) } : undefined;
}
