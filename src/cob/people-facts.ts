import type { Coverage, Patient, RelatedPerson } from 'fhir/r4.js';
import { birthdayRange, type DayRange, dayRange } from './dates.js';
import { extension, localReference, oneOf, part } from './extensions.js';

/** What the patient is to the subscriber of a plan. `partner`: domestic partner or former spouse, whom no spouse rule reaches. */
export type Relationship = 'self' | 'spouse' | 'child' | 'partner' | 'other';

/** What a person is to the patient. `guardian`: grandparent, guardian, aunt … who is not a parent. */
export type Role = 'parent' | 'step-parent' | 'guardian' | 'spouse' | 'partner' | 'unknown';

export interface Person {
  /** `RelatedPerson/x`, `Patient/x`, or `Coverage/x#id` for a contained one. */
  readonly key: string;
  readonly role: Role;
  /** Month and day of birth as the day of a leap year. */
  readonly birthday: DayRange;
  /** The key of the person whose present spouse this one is. */
  readonly partnerOf: string | undefined;
}

const ROLE_CODES: Readonly<Record<Exclude<Role, 'unknown'>, readonly string[]>> = {
  parent: ['PRN', 'MTH', 'FTH', 'NMTH', 'NFTH', 'NPRN', 'GESTM', 'ADOPTP', 'ADOPTF', 'ADOPTM', 'PARNT'],
  'step-parent': ['STPPRN', 'STPMTH', 'STPFTH'],
  guardian: [
    'GUARD', 'PRNFOST', 'MTHFOST', 'FTHFOST', 'GRPRN', 'GRMTH', 'GRFTH', 'MGRMTH', 'MGRFTH', 'PGRMTH', 'PGRFTH', 'MGRPRN', 'PGRPRN', 'GPARNT',
    'GGRPRN', 'GGRMTH', 'GGRFTH', 'AUNT', 'MAUNT', 'PAUNT', 'UNCLE', 'MUNCLE', 'PUNCLE',
  ],
  spouse: ['SPS', 'HUSB', 'WIFE', 'SPSE'],
  partner: ['DOMPART', 'FMRSPS'],
};

const ROLES: ReadonlyMap<string, Role> = new Map(
  Object.entries(ROLE_CODES).flatMap(([role, codes]) => codes.map((code) => [code, role as Role] as const)),
);

export function readRelatedPerson(person: RelatedPerson, key: string): Person {
  const codes = person.relationship?.flatMap(({ coding }) => coding ?? []) ?? [];
  const role = codes.map(({ code }) => ROLES.get(code ?? '')).find((known) => known !== undefined);
  return {
    key,
    role: role ?? 'unknown',
    birthday: birthdayRange(person.birthDate),
    partnerOf: localReference(extension(person, 'partner-of')?.valueReference?.reference),
  };
}

/** A subscriber who is known as a Patient, or by the reference alone. */
export const readSubscriber = (key: string, patient: Patient | undefined): Person => ({
  key,
  role: 'unknown',
  birthday: birthdayRange(patient?.birthDate),
  partnerOf: undefined,
});

/** The patient's relationship to the subscriber; undefined when nothing states it. */
export function relationshipOf(coverage: Coverage, holder: Person | undefined, beneficiary: string | undefined): Relationship | undefined {
  const code = coverage.relationship?.coding?.find((coding) => coding.code !== undefined)?.code;
  if (holder?.role === 'partner' && code !== 'self' && code !== 'child') return 'partner';
  const stated = RELATIONSHIPS.get(code ?? '');
  if (stated) return stated === 'other' ? otherByRole(holder) : stated;
  const subscriber = localReference(coverage.subscriber?.reference) ?? localReference(coverage.policyHolder?.reference);
  if (subscriber !== undefined && subscriber === beneficiary) return 'self';
  return holder && RELATIONSHIP_BY_ROLE[holder.role];
}

const RELATIONSHIPS: ReadonlyMap<string, Relationship> = new Map([['self', 'self'], ['spouse', 'spouse'], ['common', 'spouse'], ['child', 'child'], ['parent', 'other'], ['other', 'other']]);

const RELATIONSHIP_BY_ROLE: Readonly<Partial<Record<Role, Relationship>>> = { parent: 'child', 'step-parent': 'child', guardian: 'child', spouse: 'spouse', partner: 'partner' };

/** A grandchild or ward is often coded `other`: to the child rules it is a child. */
const otherByRole = (holder: Person | undefined): Relationship =>
  holder && RELATIONSHIP_BY_ROLE[holder.role] === 'child' ? 'child' : 'other';

export type DecreeKind = 'one-parent' | 'both-parents' | 'joint-custody-silent';
const DECREE_KINDS: readonly DecreeKind[] = ['one-parent', 'both-parents', 'joint-custody-silent'];

export interface Decree {
  readonly kind: DecreeKind | undefined;
  readonly responsibleParent: string | undefined;
  readonly knownSince: DayRange | undefined;
}

/** Extension `family-situation`. Not stated at all: nothing is known. Stated without a decree: there is none. */
export interface Family {
  readonly stated: boolean;
  readonly parentsTogether: boolean | undefined;
  readonly custodialParent: string | undefined;
  readonly decree: Decree | undefined;
}

export function familyOf(patient: Patient | undefined): Family {
  const stated = extension(patient, 'family-situation');
  const decree = part(stated, 'decree');
  return {
    stated: stated !== undefined,
    parentsTogether: part(stated, 'parentsTogether')?.valueBoolean,
    custodialParent: localReference(part(stated, 'custodialParent')?.valueReference?.reference),
    decree: decree && {
      kind: oneOf(DECREE_KINDS, part(decree, 'kind')?.valueCode),
      responsibleParent: localReference(part(decree, 'responsibleParent')?.valueReference?.reference),
      knownSince: dayRange(part(decree, 'knownSince')?.valueDate),
    },
  };
}
