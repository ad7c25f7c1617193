import type { Account, Patient, RelatedPerson } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import { familyOf, readRelatedPerson } from '../../cob/people-facts.js';
import type { Resources } from '../../fhir/resources.js';

/** Who is written to about a patient. */
export interface Recipient {
  /** `Patient/1` or `RelatedPerson/1`. */
  readonly reference: string;
  readonly person: Patient | RelatedPerson;
}

/** From this age on patients are written to themselves; state laws may differ for some services. */
const OF_AGE = 18;

/**
 * The right person (R103): the guarantor of the account; else the patient who is of age; for a child the custodial parent,
 * a parent where they live together, or the only parent or guardian on file. Undefined: nobody can be told apart, a person
 * decides.
 */
export async function recipientOf(patient: Patient, resources: Resources, today: string): Promise<Recipient | undefined> {
  const reference = `Patient/${patient.id ?? ''}`;
  const [accounts, related] = await Promise.all([
    resources.first<Account>('Account', `subject=${reference}&status=active&_sort=_id`, 1),
    resources.search<RelatedPerson>('RelatedPerson', `patient=${reference}&_sort=_id`),
  ]);
  const guarantor = accounts[0]?.guarantor?.find(({ onHold, period }) => onHold !== true && (period?.end ?? today) >= today)?.party.reference;
  const people = related.filter(({ active }) => active !== false);
  const named = relative(guarantor) ?? (isOfAge(patient, today) ? reference : forChild(patient, people));
  return named === reference ? { reference, person: patient } : found(named, people);
}

/** One whose birth is not stated is taken to be of age. */
const isOfAge = ({ birthDate }: Patient, today: string): boolean => birthDate === undefined || `${Number(birthDate.slice(0, 4)) + OF_AGE}${birthDate.slice(4)}` <= today;

function forChild(patient: Patient, people: readonly RelatedPerson[]): string | undefined {
  const { custodialParent, parentsTogether } = familyOf(patient);
  if (custodialParent !== undefined) return custodialParent;
  const byRole = (role: string): string[] => people.map((one) => readRelatedPerson(one, `RelatedPerson/${one.id ?? ''}`)).filter((one) => one.role === role).map(({ key }) => key);
  const parents = byRole('parent');
  if (parents.length > 0) return parents.length === 1 || parentsTogether === true ? parents[0] : undefined;
  const guardians = byRole('guardian');
  return guardians.length === 1 ? guardians[0] : undefined;
}

function found(reference: string | undefined, people: readonly RelatedPerson[]): Recipient | undefined {
  const person = people.find(({ id }) => reference === `RelatedPerson/${id ?? ''}`);
  return person && reference !== undefined ? { reference, person } : undefined;
}
