import type { Organization, Patient, Practitioner, Reference } from 'fhir/r4.js';
import { demographicsFindings } from '../derive/demographics.js';
import { isClaimNumber } from '../derive/claim-number.js';
import { SYSTEM } from '../codes.js';
import { isDay } from '../calendar.js';
import type { Finding } from '../model.js';
import { identifierOf } from '../read-header.js';
import { decisionAt, targetOf, type Row, type ScrubFacts } from './facts.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

/** Who the patient, the subscriber, the payer and the provider are: stated, and alike wherever they are stated. */
export const IDENTITY_RULES: readonly ScrubRule[] = [
  {
    id: 'patient-unresolved', severity: 'warning', source: 'X12 837 loop 2010BA, 2010CA',
    check: (facts) => (patientOf(facts) ? [] : [spot('Claim.patient', 'The patient is not known, so that nothing could be compared: store the Patient, or give it inline')]),
  },
  {
    id: 'patient-incomplete', severity: 'error', source: 'X12 837 loop 2010BA NM1, N3, N4, DMG',
    check: patientIncomplete,
  },
  {
    id: 'birth-date-after-service', severity: 'error', source: 'X12 837 DMG02, DTP*472',
    check: (facts) => {
      const birth = patientOf(facts)?.birthDate;
      return birth !== undefined && facts.lines.some(({ start }) => start !== undefined && start < birth) ? [spot('Claim.patient', 'A service lies before the patient’s birth date: correct the one that is wrong')] : [];
    },
  },
  {
    id: 'service-after-death', severity: 'error', source: 'X12 837 PAT06; CARC 13',
    check: (facts) => {
      const death = patientOf(facts)?.deceasedDateTime?.slice(0, 10);
      return death?.length === 10 ? facts.lines.filter(({ start }) => start !== undefined && start > death).map(({ expression }) => spot(expression, 'The service lies after the patient’s date of death: correct the one that is wrong')) : [];
    },
  },
  {
    id: 'coverage-identity-differs', severity: 'error', source: 'domain R074; CARC 31',
    check: (facts) => facts.rows.flatMap((row) => spots(ofCoverage(row, facts).filter(({ expression }) => expression !== MEMBER_ID), `${row.expression}.coverage`)),
  },
  {
    id: 'member-id-contradicts', severity: 'error', source: 'X12 837 NM1*IL 09; domain R074; CARC 31',
    check: (facts) => facts.rows.flatMap((row) => spots(ofCoverage(row, facts).filter(({ expression }) => expression === MEMBER_ID), `${row.expression}.coverage`)),
  },
  {
    id: 'decision-identity-differs', severity: 'error', source: 'X12 835 NM1*QC, NM1*IL; domain R074',
    check: ({ claim, decided, index }) => decided.flatMap((row) => {
      const coverages = row.coverage ? [row.coverage] : [];
      const ofDecision = demographicsFindings(claim, coverages, [row.decision], index).filter(({ expression }) => !expression.startsWith('Coverage.'));
      return spots(ofDecision, decisionAt(row));
    }),
  },
  {
    id: 'member-id-missing', severity: 'error', source: 'X12 837 loop 2010BA and 2330A NM1*IL 09',
    check: ({ rows }) => rows.filter(({ coverage }) => coverage && coverage.subscriberId === undefined && identifierOf(coverage.identifier, SYSTEM.identifierType, 'MB') === undefined)
      .map((row) => spot(`${row.expression}.coverage`, 'The coverage states no member id: fill in Coverage.subscriberId from the card')),
  },
  {
    id: 'relationship-missing', severity: 'error', source: 'X12 837 SBR02, PAT01',
    check: ({ rows }) => rows.filter(({ coverage }) => coverage && !coverage.relationship?.coding?.some(({ code }) => code !== undefined))
      .map((row) => spot(`${row.expression}.coverage`, 'The coverage does not say how the patient is related to the subscriber: fill in Coverage.relationship')),
  },
  {
    id: 'subscriber-missing', severity: 'error', source: 'X12 837 loop 2010BA NM1*IL: the subscriber where the patient is a dependent',
    check: ({ rows }) => rows.filter(({ coverage }) => coverage?.relationship?.coding?.some(({ code }) => code !== undefined && DEPENDENT.has(code)) && !coverage.subscriber)
      .map((row) => spot(`${row.expression}.coverage`, 'The patient is a dependent and nobody is named as subscriber: fill in Coverage.subscriber')),
  },
  {
    id: 'payer-id-missing', severity: 'error', source: 'X12 837 loop 2010BB and 2330B NM109 = SVD01',
    check: ({ rows }) => rows.filter(({ payor }) => payor && !payor.identifier?.some(({ value }) => value))
      .map((row) => spot(`${row.expression}.coverage`, 'The payer has no id by which a claim is routed to it: add its payer id to the Organization’s identifiers')),
  },
  {
    id: 'provider-npi-missing', severity: 'error', source: '45 CFR 162.410; X12 837 loop 2010AA NM109',
    check: (facts) => (providerAt(facts, facts.claim.provider) && npiOf(facts, facts.claim.provider) === undefined
      ? [spot('Claim.provider', 'The billing provider has no NPI: add it to the identifiers (system http://hl7.org/fhir/sid/us-npi)')] : []),
  },
  {
    id: 'npi-wrong', severity: 'error', source: '45 CFR 162.406: ten digits, the last a check digit over 80840 and the rest (ISO/IEC 7812-1)',
    check: (facts) => [{ at: 'Claim.provider', reference: facts.claim.provider }, ...(facts.claim.careTeam ?? []).map(({ provider }, position) => ({ at: `Claim.careTeam[${position}].provider`, reference: provider }))]
      .filter(({ reference }) => isWrongNpi(npiOf(facts, reference)))
      .map(({ at }) => spot(at, 'The provider’s NPI is none: its check digit does not fit')),
  },
  {
    id: 'claim-number-missing', severity: 'error', source: 'X12 837 CLM01, 835 CLP01; data-model §1',
    check: ({ claim }) => (claim.identifier?.some((identifier) => isClaimNumber(identifier) && identifier.value) ? [] : [spot('Claim', 'The claim has no number of its own (identifier of type PLAC), by which the payer’s answer is matched')]),
  },
  {
    id: 'claim-number-shape', severity: 'error', source: 'X12 837 CLM01: up to 20 characters, none that separates segments or elements',
    check: ({ claim }) => (claim.identifier ?? []).flatMap((identifier, position) => (isClaimNumber(identifier) && identifier.value !== undefined && !/^[^*~:^|]{1,20}$/.test(identifier.value)
      ? [spot(`Claim.identifier[${position}].value`, 'A claim number has at most 20 characters, and none of * ~ : ^ |')] : [])),
  },
];

const MEMBER_ID = 'Coverage.subscriberId';

/** Codes of subscriber-relationship that make the patient a dependent. */
const DEPENDENT: ReadonlySet<string> = new Set(['child', 'parent', 'spouse', 'common', 'other']);

const ofCoverage = ({ coverage }: Row, { claim, index }: ScrubFacts): Finding[] => (coverage ? demographicsFindings(claim, [coverage], [], index) : []);
const spots = (findings: readonly Finding[], expression: string): Spot[] => findings.map(({ text }) => spot(expression, text));

function patientOf({ claim, index }: ScrubFacts): Patient | undefined {
  const found = targetOf(claim.patient.reference, claim, index);
  return found?.resourceType === 'Patient' ? found : undefined;
}

function patientIncomplete(facts: ScrubFacts): Spot[] {
  const patient = patientOf(facts);
  if (!patient) return [];
  const missing = [
    ...(patient.name?.some(({ family }) => family) ? [] : ['family name']),
    ...(isDay(patient.birthDate ?? '') ? [] : ['birth date']),
    ...(patient.gender ? [] : ['sex (unknown is one)']),
    ...(patient.address?.some(({ line, text, city }) => text ?? (line && city)) ? [] : ['address']),
  ];
  return missing.length > 0 ? [spot('Claim.patient', `The patient has no ${missing.join(', no ')}: a claim states them`)] : [];
}

/** The provider that a reference of the claim names, where it is known. */
export function providerAt({ claim, index }: ScrubFacts, reference: Reference): Organization | Practitioner | undefined {
  const found = targetOf(reference.reference, claim, index);
  return found?.resourceType === 'Organization' || found?.resourceType === 'Practitioner' ? found : undefined;
}

/** The NPI as stated, of the reference's own identifier where the provider is not known. */
function npiOf(facts: ScrubFacts, reference: Reference): string | undefined {
  const identifiers = [...(providerAt(facts, reference)?.identifier ?? []), ...(reference.identifier ? [reference.identifier] : [])];
  return identifiers.find(({ system }) => system === 'http://hl7.org/fhir/sid/us-npi')?.value;
}

function isWrongNpi(npi: string | undefined): boolean {
  if (npi === undefined) return false;
  if (!/^[12]\d{9}$/.test(npi)) return true;
  const digits = [...`80840${npi}`].reverse().map(Number);
  const total = digits.reduce((all, digit, position) => all + (position % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return total % 10 !== 0;
}
