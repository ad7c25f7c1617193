import type { Consent, Coverage, Identifier, Patient } from 'fhir/r4.js';
import type { Handler, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { mustPermit } from './consent.js';
import { coversAsStated, mustStateNumber } from './coverage.js';
import { isSamePerson, mustStateDemographics } from './person.js';

/**
 * `$member-match` (Da Vinci HRex 1.1): the one patient here whose demographics and coverage are those that another
 * party states. The match is deterministic: demographics alone never suffice.
 */
export const handle: Handler = async ({ in: inputs }, context) => {
  const at = (name: string): string => inputs.one(name)?.expression ?? 'Parameters';
  const member = inputs.resource<Patient>('MemberPatient') as Patient;
  const stated = inputs.resource<Coverage>('CoverageToMatch') as Coverage;
  const consent = inputs.resource<Consent>('Consent');
  mustStateDemographics(member, at('MemberPatient'));
  mustStateNumber(stated, at('CoverageToMatch'));
  mustBeOfMember(stated.beneficiary.reference, member, `${at('CoverageToMatch')}.beneficiary`);
  mustBeOfMember(inputs.resource<Coverage>('CoverageToLink')?.beneficiary.reference, member, `${at('CoverageToLink')}.beneficiary`);
  mustBeOfMember(consent?.patient?.reference, member, `${at('Consent')}.patient`);
  const patient = await onlyMatch(member, stated, context);
  if (consent) mustPermit(consent, at('Consent'), context.today());
  return { out: { MemberIdentifier: memberIdentifier(patient, context), MemberId: `Patient/${patient.id ?? ''}` } };
};

/** References in the parameters lead to MemberPatient (HRex, "Resolving parameter references"). */
function mustBeOfMember(reference: string | undefined, { id }: Patient, expression: string): void {
  if (reference === undefined || id === undefined || reference === `Patient/${id}`) return;
  throw errors.businessRule('This is about another patient than MemberPatient: refer to it as Patient/ and its id', `${expression}.reference`);
}

/** @throws {FhirError} 422 when none or several match. */
async function onlyMatch(member: Patient, stated: Coverage, context: OperationContext): Promise<Patient> {
  const born = await context.resources.search<Patient>('Patient', `birthdate=${member.birthDate ?? ''}`);
  const matches: Patient[] = [];
  for (const candidate of born.filter((each) => isSamePerson(each, member))) {
    const coverages = await context.resources.search<Coverage>('Coverage', `beneficiary=Patient/${candidate.id ?? ''}`);
    if (await coversAsStated(coverages, stated, context)) matches.push(candidate);
  }
  const [match, another] = matches;
  if (!match) throw errors.processing('No member here has these demographics and this coverage', undefined, 'no-match');
  if (another) throw errors.processing('More than one member here has these demographics and this coverage', undefined, 'multiple-matches');
  return match;
}

/** HRex's type of a member's unique identifier. */
const UMB = { coding: [{ system: 'http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp', code: 'UMB' }] };
const MEMBER_TYPES = ['UMB', 'um', 'MB', 'MR'];

/** The identifier by which this server knows the patient best; without any, its address here. */
function memberIdentifier({ identifier = [], id }: Patient, { baseUrl }: OperationContext): Identifier {
  const usable = identifier.filter(({ value, use }) => value !== undefined && use !== 'old');
  const preferred = MEMBER_TYPES.map((code) => usable.find(({ type }) => type?.coding?.some((coding) => coding.code === code))).find((each) => each !== undefined) ?? usable[0];
  const { system, value } = preferred ?? { system: 'urn:ietf:rfc:3986', value: `${baseUrl}/Patient/${id ?? ''}` };
  return { type: UMB, ...(system ? { system } : {}), ...(value ? { value } : {}) };
}
