/** Loop 2300: the claim, and whom it names beside the billing provider (2310). */
import type { Claim, ClaimDiagnosis, ClaimProcedure, ClaimSupportingInfo, ClaimResponse, CodeableConcept, Extension, FhirResource } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { SYSTEM } from '../../claims/codes.js';
import { formatCents, parseAmount, type Cents } from '../../claims/money.js';
import { extensionOf, identifierOf, relative } from '../../claims/read-header.js';
import { claimPaid } from '../../claims/balance.js';
import type { Segment } from '../segment.js';
import { ACCIDENTS, ADMISSION_CODES, DIAGNOSES, MSP_VALUE_CODES, NUBC_CODES, ORIGINAL, PATIENT_PAID, PROCEDURES, SYSTEMS, toX12 } from './codes.js';
import type { ClaimFacts, Gaps, Member } from './facts.js';
import { day, plain, segment, type Element } from './segments.js';
import { member } from './write-parties.js';

/** CLM08, CLM09 and their copies in OI. */
export interface Consents {
  /** Y, N or W. */
  readonly benefits: string;
  /** I or Y. */
  readonly release: string;
}

export function claimSegments(facts: ClaimFacts, gaps: Gaps): Segment[] {
  const { claim, kind } = facts;
  const isInstitutional = kind.kind === 'institutional';
  return [
    claimSegment(facts, gaps),
    ...(isInstitutional ? institutionalDates(facts, gaps) : []),
    ...(day(claim.accident?.date) !== '' && !isInstitutional ? [segment('DTP', '439', 'D8', day(claim.accident?.date))] : []),
    ...(isInstitutional ? admission(claim) : []),
    ...paperwork(facts),
    ...(isInstitutional ? patientAmount('F3', extensionOf(facts.focal.insurance, structureDefinition('remaining-patient-liability'))) : patientAmount('F5', extensionOf(claim, PATIENT_PAID))),
    ...references(facts),
    ...diagnoses(facts, gaps),
    ...(isInstitutional ? [...procedures(claim), ...nubcCodes(facts)] : []),
    ...claimMembers(facts).flatMap((one) => member(one, facts.focal.payer)),
  ];
}

function claimSegment(facts: ClaimFacts, gaps: Gaps): Segment {
  const { claim, kind } = facts;
  const number = gaps.need(identifierOf(claim.identifier, SYSTEM.identifierType, 'PLAC') ?? claim.identifier?.[0]?.value, 'Claim', 'The claim has no number of the provider: add an identifier of type PLAC');
  gaps.limit(number?.length ?? 0, LONGEST_NUMBER, 'Claim.identifier', 'characters in the claim’s number (CLM01)');
  const { benefits, release } = consentsOf(claim);
  return segment(
    'CLM', number, formatCents(chargeOf(claim, gaps)), '', '',
    [facilityCode(facts, gaps), kind.facilityQualifier, frequencyOf(claim)],
    kind.kind === 'institutional' ? '' : 'Y',
    informationCode(claim, SYSTEMS.assignment) ?? (benefits === 'N' ? 'C' : 'A'), benefits, release,
    kind.kind === 'institutional' ? '' : informationCode(claim, SYSTEMS.signature),
    kind.kind === 'institutional' ? '' : relatedCauses(claim),
  );
}

/** CLM01; payers return twenty of them for certain (X222A1 2300 CLM01). */
const LONGEST_NUMBER = 38;

/** Claim.total, else the sum that the rules find: an absent total is a gap. */
function chargeOf({ total }: Claim, gaps: Gaps): Cents {
  const cents = total?.value === undefined || (total.currency ?? 'USD') !== 'USD' ? undefined : parseAmount(total.value);
  return gaps.need(cents, total ? 'Claim.total' : 'Claim', 'The claim needs its total, in US dollars and whole cents') ?? (0 as Cents);
}

/** CLM07 to CLM09 are data; without any, benefits go where the payee says, and the patient signed a release (45 CFR 164.506 asks for none). */
export function consentsOf(claim: Claim): Consents {
  const isToSubscriber = claim.payee?.type.coding?.some(({ code }) => code === 'subscriber') ?? false;
  return { benefits: informationCode(claim, SYSTEMS.benefits) ?? (isToSubscriber ? 'N' : 'Y'), release: informationCode(claim, SYSTEMS.release) ?? 'Y' };
}

/** A code of an X12 data element that stands in supportingInfo. */
export function informationCode({ supportingInfo = [] }: Claim, system: string): string | undefined {
  return supportingInfo.flatMap(({ code }) => code?.coding ?? []).find((coding) => coding.system === system)?.code;
}

/** CLM05-1: the place of the first line; of an institutional claim the first two digits of its type of bill. */
function facilityCode({ claim, kind }: ClaimFacts, gaps: Gaps): string | undefined {
  if (kind.kind === 'institutional') return gaps.need(typeOfBill(claim)?.slice(0, 2), 'Claim', 'An institutional claim needs its type of bill: supportingInfo of category typeofbill');
  return gaps.need(placeOf(claim.item?.[0]?.locationCodeableConcept), claim.item ? 'Claim.item[0]' : 'Claim', 'The first service has no place of service');
}

export const placeOf = (concept: CodeableConcept | undefined): string | undefined => concept?.coding?.find(({ code }) => code !== undefined)?.code;

/** Three digits, without the zero that stands before them on paper (NUBC FL 4). */
function typeOfBill(claim: Claim): string | undefined {
  const stated = claim.supportingInfo?.find(({ category }) => isCategory(category, 'typeofbill'))?.code?.coding?.[0]?.code;
  return stated !== undefined && /^0?[\dA-Z]{3}$/.test(stated) ? stated.slice(-3) : undefined;
}

export const isCategory = ({ coding = [] }: CodeableConcept, code: string): boolean => coding.some((one) => one.code === code);

/** CLM05-3: extension `claim-frequency`, else the last digit of the type of bill, else an original. */
export const frequencyOf = (claim: Claim): string =>
  extensionOf(claim, structureDefinition('claim-frequency'))?.valueCode ?? typeOfBill(claim)?.slice(2) ?? ORIGINAL;

/** CLM11: what kind of accident, and the state of an automobile’s. */
function relatedCauses({ accident }: Claim): Element {
  const code = accident?.type?.coding?.map((coding) => toX12(ACCIDENTS, coding.code)).find((one) => one !== undefined);
  return accident ? [code ?? 'OA', '', '', code === 'AA' ? accident.locationAddress?.state : ''] : '';
}

function institutionalDates({ claim }: ClaimFacts, gaps: Gaps): Segment[] {
  const start = gaps.need(day(claim.billablePeriod?.start), 'Claim', 'An institutional claim needs the period of its statement, to the day: billablePeriod');
  const admitted = claim.supportingInfo?.find(({ category }) => isCategory(category, 'admissionperiod'));
  const date = admitted?.timingPeriod?.start ?? admitted?.timingDate;
  return [
    segment('DTP', '434', 'RD8', `${start ?? ''}-${day(claim.billablePeriod?.end) || (start ?? '')}`),
    ...(day(date) === '' ? [] : [segment('DTP', '435', 'D8', day(date))]),
  ];
}

/** CL1. */
function admission(claim: Claim): Segment[] {
  const codes = ADMISSION_CODES.map(({ category }) => claim.supportingInfo?.find((one) => isCategory(one.category, category))?.code?.coding?.[0]?.code);
  return codes.some((code) => code !== undefined) ? [segment('CL1', ...codes)] : [];
}

/** PWK: what goes with the claim, and how. Source: X222A1 2300 PWK; PWK06 is the number on the attachment. */
function paperwork({ claim, index }: ClaimFacts): Segment[] {
  return (claim.supportingInfo ?? []).filter(({ category }) => isCategory(category, 'attachment')).map((info) => {
    const coding = info.code?.coding ?? [];
    const number = attachmentNumber(info, index.get(relative(info.valueReference?.reference) ?? ''));
    const transmission = coding.find(({ system }) => system === SYSTEMS.reportTransmission)?.code ?? (number === undefined ? 'AA' : 'EL');
    return segment('PWK', coding.find(({ system }) => system === SYSTEMS.reportType)?.code ?? UNNAMED_REPORT, transmission, '', '', ...(number === undefined || transmission === 'AA' ? [] : ['AC', number]));
  });
}

/** PWK01: support data for the claim. */
const UNNAMED_REPORT = 'OZ';

const attachmentNumber = ({ valueString, valueReference }: ClaimSupportingInfo, document: FhirResource | undefined): string | undefined =>
  valueString ?? valueReference?.identifier?.value ?? (document?.resourceType === 'DocumentReference' ? (document.masterIdentifier?.value ?? document.identifier?.[0]?.value) : undefined);

/** AMT*F5: what the patient has paid (P, D); AMT*F3: what the patient is thought to owe (I). */
function patientAmount(qualifier: 'F3' | 'F5', stated: Extension | undefined): Segment[] {
  const value = stated?.valueMoney?.value;
  const cents = value === undefined ? undefined : parseAmount(value);
  return cents === undefined || cents === 0 ? [] : [segment('AMT', qualifier, formatCents(cents))];
}

/** REF: the destination payer's referral, authorisation and, of a replacement or a void, its own claim number. */
function references(facts: ClaimFacts): Segment[] {
  const { claim, focal } = facts;
  const referral = claim.referral?.identifier?.value;
  const number = frequencyOf(claim) === ORIGINAL ? undefined : payerClaimNumber(facts);
  return [
    ...(referral === undefined ? [] : [segment('REF', '9F', referral)]),
    ...(focal.insurance.preAuthRef ?? []).slice(0, 1).map((value) => segment('REF', 'G1', value)),
    ...(number === undefined ? [] : [segment('REF', 'F8', number)]),
  ];
}

/** What the destination calls the claim that this one replaces: as `related` (prior) says, else as its decision on that claim does. */
export function payerClaimNumber({ claim, focal, index }: ClaimFacts): string | undefined {
  const prior = claim.related?.find(({ relationship }) => relationship?.coding?.some(({ code }) => code === 'prior'));
  if (prior?.reference?.value !== undefined) return prior.reference.value;
  const replaced = relative(prior?.claim?.reference);
  const numbers = [...index.values()].flatMap((resource) => (isAnswer(resource) && relative(resource.request?.reference) === replaced && relative(resource.insurer.reference) === `Organization/${focal.payer.id ?? ''}`
    ? (identifierOf(resource.identifier, SYSTEM.c4bbIdentifierType, 'uc') ?? []) : []));
  const different = new Set(numbers);
  return replaced !== undefined && different.size === 1 ? numbers[0] : undefined;
}

const isAnswer = (resource: FhirResource): resource is ClaimResponse => resource.resourceType === 'ClaimResponse' && resource.status === 'active';

/** Those of the claim, the first of each kind; whom a line names otherwise stands on the line. */
export const claimMembers = ({ members, kind }: ClaimFacts): Member[] =>
  kind.entities.flatMap((entity) => members.find((one) => one.entity === entity) ?? []);

/** HI of a professional or dental claim is one segment; of an institutional one a segment a kind, the principal with its POA. */
function diagnoses({ claim, kind }: ClaimFacts, gaps: Gaps): Segment[] {
  const all = (claim.diagnosis ?? []).map((diagnosis, position) => diagnosisOf(diagnosis, position, kind.kind === 'institutional', gaps)).filter((one) => one !== undefined);
  if (kind.kind !== 'oral') gaps.need(all.length > 0 ? all : undefined, 'Claim', 'The claim has no diagnosis');
  gaps.limit(all.length, kind.mostDiagnoses, 'Claim.diagnosis', 'diagnoses');
  if (all.length === 0) return [];
  if (kind.kind !== 'institutional') return [segment('HI', ...all.map(({ composite }) => composite))];
  return DIAGNOSES.flatMap(({ type }) => inHi(all.filter((one) => one.type === type).map(({ composite }) => composite)));
}

function diagnosisOf({ diagnosisCodeableConcept, type = [], onAdmission }: ClaimDiagnosis, position: number, isInstitutional: boolean, gaps: Gaps) {
  const coding = gaps.need(diagnosisCodeableConcept?.coding?.find(({ code }) => code !== undefined), `Claim.diagnosis[${position}]`, 'The diagnosis has no code');
  if (!coding) return undefined;
  const stated = type.flatMap((concept) => concept.coding ?? []).map(({ code }) => DIAGNOSES.find((one) => one.type === code)).find((one) => one !== undefined);
  const kind = (isInstitutional ? stated : undefined) ?? (position === 0 ? DIAGNOSES[0] : DIAGNOSES.at(-1));
  const qualifier = coding.system === SYSTEMS.icd9cm ? kind?.icd9 : kind?.icd10;
  const poa = isInstitutional && (kind?.type === 'principal' || kind?.type === 'other') ? onAdmission?.coding?.[0]?.code?.toUpperCase() : undefined;
  return { type: kind?.type ?? '', composite: [qualifier, coding.code?.replace('.', ''), '', '', '', '', '', '', poa] };
}

/** HI holds twelve composites. */
function inHi(composites: readonly Element[]): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at < composites.length; at += 12) segments.push(segment('HI', ...composites.slice(at, at + 12)));
  return segments;
}

function procedures({ procedure = [] }: Claim): Segment[] {
  const coded = procedure.flatMap(({ procedureCodeableConcept, type = [], date }: ClaimProcedure, position) => {
    const coding = procedureCodeableConcept?.coding?.find(({ code }) => code !== undefined);
    const isPrincipal = type.some((concept) => isCategory(concept, 'principal')) || (position === 0 && type.length === 0);
    const [principal, other] = PROCEDURES;
    const kind = isPrincipal ? principal : other;
    return coding ? [{ kind, composite: [coding.system === SYSTEMS.icd9cm ? kind.icd9 : kind.icd10, coding.code?.replace('.', ''), ...(date === undefined ? [] : ['D8', day(date)])] }] : [];
  });
  return PROCEDURES.flatMap((kind) => inHi(coded.filter((one) => one.kind === kind).map(({ composite }) => composite)));
}

/** HI*BI, BH, BE and BG. Behind another payer, Medicare's institutional claim says why in a value code with what that payer paid. */
function nubcCodes(facts: ClaimFacts): Segment[] {
  return NUBC_CODES.flatMap(({ qualifier, name, with: holds }) => {
    const stated = (facts.claim.supportingInfo ?? []).flatMap((info) => {
      const code = info.code?.coding?.find(({ system }) => system === `${SYSTEMS.nubc}${name}`)?.code;
      return code === undefined ? [] : [{ code, info }];
    });
    const composites = stated.map(({ code, info }): Element => [qualifier, code, ...DETAILS[holds](info)]);
    const msp = holds === 'amount' ? mspValue(facts) : undefined;
    return inHi(msp && !stated.some(({ code }) => code === msp.code) ? [...composites, [qualifier, msp.code, '', '', formatCents(msp.paid)]] : composites);
  });
}

const DETAILS: Readonly<Record<(typeof NUBC_CODES)[number]['with'], (info: ClaimSupportingInfo) => string[]>> = {
  nothing: () => [],
  date: ({ timingDate, timingPeriod }) => ['D8', day(timingDate ?? timingPeriod?.start)],
  period: ({ timingPeriod, timingDate }) => ['RD8', `${day(timingPeriod?.start ?? timingDate)}-${day(timingPeriod?.end ?? timingPeriod?.start ?? timingDate)}`],
  amount: ({ valueQuantity, valueString }) => ['', '', valueQuantity?.value === undefined ? plain(valueString) : formatCents(parseAmount(valueQuantity.value) ?? (0 as Cents))],
};

/** Source: NUBC FL 39–41; CMS Pub. 100-05 ch. 5 §40.2. */
function mspValue({ focal, others }: ClaimFacts): { readonly code: string; readonly paid: Cents } | undefined {
  const code = mspTypeOf(focal.insurance.extension);
  const [first] = others;
  const paid = first?.adjudication && claimPaid(first.adjudication);
  return code !== undefined && MSP_VALUE_CODES.has(code) && paid !== undefined ? { code, paid } : undefined;
}

export const mspTypeOf = (extensions: readonly { readonly url: string; readonly valueCode?: string }[] = []): string | undefined =>
  extensions.find(({ url }) => url === structureDefinition('msp-insurance-type'))?.valueCode;
