import type { HumanName, Patient } from 'fhir/r4.js';
import { errors } from '../../src/fhir/outcome.js';

/** @throws {FhirError} 422 without family name, given name or whole birth date (HRex Patient Demographics). */
export function mustStateDemographics({ name, birthDate }: Patient, at: string): void {
  if (!name?.some(({ family, given }) => plain(family) !== '' && plain(given?.[0]) !== '')) throw errors.businessRule('A match needs the family name and a given name', name ? `${at}.name` : at);
  if (birthDate?.length !== 'YYYY-MM-DD'.length) throw errors.businessRule('A match needs the whole birth date', birthDate ? `${at}.birthDate` : at);
}

/** Birth date, family and first given name are the same, and gender where both state it. */
export const isSamePerson = (a: Patient, b: Patient): boolean =>
  a.birthDate === b.birthDate &&
  (!isMaleOrFemale(a.gender) || !isMaleOrFemale(b.gender) || a.gender === b.gender) &&
  (a.name ?? []).some((one) => (b.name ?? []).some((two) => isSameName(one, two)));

/** Whatever their case, accents and punctuation. */
const isSameName = (a: HumanName, b: HumanName): boolean =>
  plain(a.family) !== '' && plain(a.family) === plain(b.family) && plain(a.given?.[0]) !== '' && plain(a.given?.[0]) === plain(b.given?.[0]);

const plain = (text: string | undefined): string => (text ?? '').normalize('NFD').replace(/[^\p{L}]/gu, '').toLowerCase();
const isMaleOrFemale = (gender: string | undefined): boolean => gender === 'male' || gender === 'female';
