import type { Claim, Coverage, HumanName, Identifier, Patient, Reference, RelatedPerson } from 'fhir/r4.js';
import type { Finding } from '../model.js';
import { relative, type Decision } from '../read-header.js';
import type { ResourceIndex } from './input.js';

/** Who a claim, a coverage or a decision says that the patient is. */
interface Identity {
  /** What says so, for the text of a finding. */
  readonly said: string;
  readonly expression: string;
  readonly reference: string | undefined;
  readonly person: Patient | RelatedPerson | undefined;
}

/**
 * Where name, birth date, sex or member id differ between the claim, the coverages on it and the decisions about it.
 * Two references to the same record agree; two records are compared by what both state. The text names no data.
 */
export function demographicsFindings(claim: Claim, coverages: readonly Coverage[], decisions: readonly Decision[], index: ResourceIndex): Finding[] {
  const patient = identity('the claim', 'Claim.patient', claim.patient, claim, index);
  const others = [
    ...coverages.flatMap((coverage) => coverageIdentities(coverage, index)),
    ...decisions.map((decision) => identity('the decision', `${decision.resourceType}.patient`, decision.patient, decision, index)),
  ];
  return [
    ...others.flatMap((other) => difference(patient, other)),
    ...coverages.flatMap(memberIdOfCoverage),
    ...decisions.flatMap((decision) => memberIdOfDecision(decision, coverages)),
  ];
}

/** The beneficiary is the patient; so is the subscriber, where the relationship is `self`. */
function coverageIdentities(coverage: Coverage, index: ResourceIndex): Identity[] {
  const self = coverage.relationship?.coding?.some(({ code }) => code === 'self') ?? false;
  return [
    identity('the coverage', 'Coverage.beneficiary', coverage.beneficiary, coverage, index),
    ...(self && coverage.subscriber ? [identity('the coverage', 'Coverage.subscriber', coverage.subscriber, coverage, index)] : []),
  ];
}

function identity(said: string, expression: string, reference: Reference | undefined, holder: Claim | Coverage | Decision, index: ResourceIndex): Identity {
  const target = relative(reference?.reference);
  const found = target?.startsWith('#') ? holder.contained?.find(({ id }) => id === target.slice(1)) : index.get(target ?? '');
  return { said, expression, reference: target, person: isPerson(found) ? found : undefined };
}

const isPerson = (resource: { readonly resourceType: string } | undefined): resource is Patient | RelatedPerson =>
  resource?.resourceType === 'Patient' || resource?.resourceType === 'RelatedPerson';

function difference(patient: Identity, other: Identity): Finding[] {
  if (other.reference === undefined && !other.person) return [];
  const sameRecord = other.reference !== undefined && other.reference === patient.reference && !other.reference.startsWith('#');
  if (sameRecord) return [];
  if (!patient.person || !other.person) return [mismatch(other, 'is about another patient record, and both records are needed to compare them')];
  const facts = differingFacts(patient.person, other.person);
  return facts.length > 0 ? [mismatch(other, `differs from ${patient.said} in ${facts.join(', ')}`)] : [];
}

function differingFacts(a: Patient | RelatedPerson, b: Patient | RelatedPerson): string[] {
  return [
    ...(a.name && b.name && !a.name.some((one) => b.name?.some((two) => sameName(one, two))) ? ['name'] : []),
    ...(a.birthDate && b.birthDate && a.birthDate !== b.birthDate ? ['birth date'] : []),
    ...(a.gender && b.gender && isMaleOrFemale(a.gender) && isMaleOrFemale(b.gender) && a.gender !== b.gender ? ['sex'] : []),
  ];
}

/** Family name and first given name, whatever their case, accents and punctuation; an initial stands for its name. */
function sameName(a: HumanName, b: HumanName): boolean {
  const [firstA = '', firstB = ''] = [plain(a.given?.[0]), plain(b.given?.[0])];
  const initial = firstA.length === 1 || firstB.length === 1;
  const sameGiven = firstA === '' || firstB === '' || (initial ? firstA[0] === firstB[0] : firstA === firstB);
  return plain(a.family) === plain(b.family) && sameGiven;
}

const plain = (text: string | undefined): string => (text ?? '').normalize('NFD').replace(/[^\p{L}]/gu, '').toLowerCase();
const isMaleOrFemale = (gender: string): boolean => gender === 'male' || gender === 'female';

/** A card number may carry a dependent's suffix: one begins with the other. */
function memberIdOfCoverage(coverage: Coverage): Finding[] {
  const card = memberNumber(coverage.identifier);
  const { subscriberId } = coverage;
  if (!card || !subscriberId || agree(card, subscriberId)) return [];
  return [{ code: 'demographics-mismatch', severity: 'error', expression: 'Coverage.subscriberId', text: 'The coverage states two member ids, identifier and subscriberId, that differ: correct the coverage' }];
}

/** The member id that a decision names (of its patient, or in a coverage that it contains) against that of the coverage it decided. */
function memberIdOfDecision(decision: Decision, coverages: readonly Coverage[]): Finding[] {
  const row = decision.insurance?.find((insurance) => insurance.focal) ?? decision.insurance?.[0];
  const reference = relative(row?.coverage.reference);
  const coverage = coverages.find(({ id }) => reference === `Coverage/${id ?? ''}`);
  const ids = coverage ? [coverage.subscriberId, memberNumber(coverage.identifier)].filter((id) => id !== undefined) : [];
  const contained = decision.contained?.find(({ resourceType }) => resourceType === 'Patient') as Patient | undefined;
  const stated = memberNumber(decision.patient.identifier ? [decision.patient.identifier] : contained?.identifier);
  if (!stated || ids.length === 0 || ids.some((id) => agree(id, stated))) return [];
  return [{ code: 'demographics-mismatch', severity: 'error', expression: `${decision.resourceType}.patient`, text: 'The decision names another member id than the coverage: correct the one that is wrong' }];
}

const memberNumber = (identifiers: readonly Identifier[] | undefined): string | undefined =>
  identifiers?.find(({ type }) => type?.coding?.some(({ code }) => code === 'MB'))?.value;

function agree(a: string, b: string): boolean {
  const [one, two] = [a, b].map((id) => id.replace(/[^\p{L}\d]/gu, '').toUpperCase()) as [string, string];
  return one.startsWith(two) || two.startsWith(one);
}

const mismatch = ({ said, expression }: Identity, text: string): Finding => ({
  code: 'demographics-mismatch',
  severity: 'error',
  expression,
  text: `${said[0]?.toUpperCase() ?? ''}${said.slice(1)} ${text}: correct the one that is wrong before the claim goes on`,
});
