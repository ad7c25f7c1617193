/** Payments and their remittance advice, found by a claim, a patient or the payment itself (Da Vinci Postable Remittance 1.0.0). */
import type { Claim, ClaimResponse, Coverage, Organization, Patient, PaymentReconciliation, Practitioner } from 'fhir/r4.js';
import { claimCharge } from '../../../claims/balance.js';
import { serviceSpans } from '../../../claims/derive/billed.js';
import type { Adjudication } from '../../../claims/model.js';
import { parseAmount, type Cents } from '../../../claims/money.js';
import { readAdjudication } from '../../../claims/read.js';
import { SYSTEM } from '../../../claims/codes.js';
import { identifierOf, relative } from '../../../claims/read-header.js';
import { errors, FhirError } from '../../../fhir/outcome.js';
import type { Resources } from '../../../fhir/resources.js';
import { memberId, npiOf, payerId } from '../../../x12/claim/write-parties.js';
import { readReference } from '../../derivation/lookup.js';
import { idIn, searchAll } from '../facts.js';

/** What every search says: who was paid, and what narrows it. Days are YYYY-MM-DD. */
export interface Sought {
  readonly tin: string;
  readonly payerId: string | undefined;
  readonly payerName: string | undefined;
  /** Services on these days or between them. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface SoughtClaim extends Sought {
  readonly providerClaimId: string;
  readonly patientId: string | undefined;
  readonly providerId: string | undefined;
  readonly payerClaimId: string | undefined;
  readonly charge: Cents | undefined;
}

export interface SoughtPatient extends Sought {
  readonly patientId: string;
  readonly birthDate: string;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
}

export interface SoughtPayment extends Sought {
  /** As far as it matters: leading zeros may be left out, and so may what stands before the last figures. */
  readonly number: string;
  readonly issuedFrom: string | undefined;
  readonly issuedTo: string | undefined;
  readonly low: Cents | undefined;
  readonly high: Cents | undefined;
}

/** A claim that a payment paid. */
export interface PaidClaim {
  readonly response: ClaimResponse;
  readonly adjudication: Adjudication;
  /** Undefined while nobody has joined the decision to its claim. */
  readonly claim: Claim | undefined;
  readonly patient: Patient | undefined;
  readonly memberId: string | undefined;
  readonly provider: Organization | Practitioner | undefined;
  /** Its position among the claims of the payment. */
  readonly position: number;
}

export interface FoundPayment {
  readonly reconciliation: PaymentReconciliation;
  readonly payer: { readonly id: string; readonly name: string };
  /** Those that the search is about; of a search by payment, all that fit. */
  readonly claims: readonly PaidClaim[];
}

/** More remittances than this are refused where a patient is all that is known (Da Vinci Postable Remittance, Search for Remittance by Patient). */
const MOST_OF_A_PATIENT = 10;

export async function byClaim(sought: SoughtClaim, resources: Resources): Promise<FoundPayment[]> {
  const claims = await searchAll<Claim>(resources, 'Claim', 'identifier', [sought.providerClaimId]);
  const [matched, unmatched] = await Promise.all([
    searchAll<ClaimResponse>(resources, 'ClaimResponse', 'request', claims.map(({ id = '' }) => `Claim/${id}`)),
    searchAll<ClaimResponse>(resources, 'ClaimResponse', 'identifier', [sought.providerClaimId]),
  ]);
  const found = await paymentsOf([...matched, ...unmatched], sought, resources, (one) => isClaim(one, sought));
  mustBeOne(found.flatMap((payment) => payment.claims.map(({ patient, memberId: id }) => patient?.id ?? id)), 'Claims of several patients have this number: name the one that is meant (PatientID)');
  return found;
}

function isClaim({ response, claim, adjudication, memberId: member, provider }: PaidClaim, { providerClaimId, patientId, providerId, payerClaimId, charge }: SoughtClaim): boolean {
  const numbers = [claimNumberOf({ response, adjudication }), ...(claim?.identifier ?? []).map(({ value }) => value)];
  return numbers.includes(providerClaimId)
    && (patientId === undefined || member === patientId)
    && (providerId === undefined || (provider?.identifier ?? []).some(({ value }) => value === providerId))
    && (payerClaimId === undefined || adjudication.payerClaimNumber === payerClaimId)
    && (charge === undefined || claimCharge(adjudication) === charge);
}

/** The provider's number as the payer states it (CLP01); of a decision without a claim it is an identifier of the decision. */
export const claimNumberOf = ({ response, adjudication }: Pick<PaidClaim, 'response' | 'adjudication'>): string | undefined =>
  adjudication.providerClaimNumber ?? identifierOf(response.identifier, SYSTEM.identifierType, 'PLAC');

/** @throws {FhirError} 422 where there are more than ten, or several payers' */
export async function byPatient(sought: SoughtPatient, resources: Resources): Promise<FoundPayment[]> {
  const { patientId, birthDate, firstName, lastName } = sought;
  const coverages = (await searchAll<Coverage>(resources, 'Coverage', 'identifier', [patientId])).filter((coverage) => memberId(coverage) === patientId);
  const patients = (await searchAll<Patient>(resources, 'Patient', '_id', coverages.flatMap(({ beneficiary }) => idIn(beneficiary.reference, 'Patient') ?? [])))
    .filter((patient) => patient.birthDate === birthDate && isNamed(patient, firstName, lastName));
  const members = new Set(patients.map(({ id }) => id));
  const responses = await searchAll<ClaimResponse>(resources, 'ClaimResponse', 'patient', patients.map(({ id = '' }) => `Patient/${id}`));
  const found = await paymentsOf(responses, sought, resources, (one) => members.has(one.patient?.id) && one.memberId === patientId);
  if (found.length > MOST_OF_A_PATIENT) throw new FhirError(422, { severity: 'error', code: 'too-costly', text: `There are ${found.length} remittances of this patient, and at most ${MOST_OF_A_PATIENT} are answered: ask for fewer days, or one payer` });
  return found;
}

const isNamed = ({ name = [] }: Patient, first: string | undefined, last: string | undefined): boolean =>
  (first === undefined && last === undefined) || name.some(({ family = '', given = [] }) => (last === undefined || isSame(family, last)) && (first === undefined || isSame(given[0] ?? '', first)));

const isSame = (a: string, b: string): boolean => a.localeCompare(b, 'en', { sensitivity: 'base' }) === 0;

export async function byPayment(sought: SoughtPayment, resources: Resources): Promise<FoundPayment[]> {
  const payees = await payeesOf(sought.tin, resources);
  const days = [...(sought.issuedFrom === undefined ? [] : [`payment-date=ge${sought.issuedFrom}`]), ...(sought.issuedTo === undefined ? [] : [`payment-date=le${sought.issuedTo}`])];
  const payments = payees.length === 0 ? [] : await resources.search<PaymentReconciliation>('PaymentReconciliation', [`requestor=${payees.join()}`, ...days].join('&'));
  const numbered = payments.filter(({ status, paymentIdentifier, paymentAmount }) => status === 'active' && isNumber(paymentIdentifier?.value, sought.number) && isWithin(parseAmount(paymentAmount.value ?? NaN), sought));
  const found = await Promise.all(numbered.map((reconciliation) => foundPayment(reconciliation, undefined, sought, resources, () => true)));
  return oneOfPayer(found.filter((payment) => payment !== undefined));
}

/** `123` means `0000000123`. */
const isNumber = (stated: string | undefined, asked: string): boolean => {
  const figures = asked.trim().replace(/^0+(?=.)/, '');
  return stated !== undefined && figures !== '' && stated.trim().endsWith(figures);
};

const isWithin = (amount: Cents | undefined, { low, high }: SoughtPayment): boolean =>
  (low === undefined || (amount !== undefined && amount >= low)) && (high === undefined || (amount !== undefined && amount <= high));

/** The payments of decisions to whom is asked for, each once, the latest first. */
async function paymentsOf(responses: readonly ClaimResponse[], sought: Sought, resources: Resources, isMeant: (one: PaidClaim) => boolean): Promise<FoundPayment[]> {
  const payees = new Set(responses.length === 0 ? [] : await payeesOf(sought.tin, resources));
  const references = new Set(responses.map(({ id = '' }) => `ClaimResponse/${id}`));
  const payments = payees.size === 0 ? [] : await searchAll<PaymentReconciliation>(resources, 'PaymentReconciliation', 'detail-response', [...references]);
  const own = payments.filter(({ status, requestor }) => status === 'active' && payees.has(relative(requestor?.reference) ?? ''));
  const found = await Promise.all(own.map((reconciliation) => foundPayment(reconciliation, references, sought, resources, isMeant)));
  return oneOfPayer(found.filter((payment) => payment !== undefined && payment.claims.length > 0).map((payment) => payment as FoundPayment));
}

/** Undefined where it is another payer's, or of services on other days. */
async function foundPayment(reconciliation: PaymentReconciliation, meant: ReadonlySet<string> | undefined, sought: Sought, resources: Resources, isMeant: (one: PaidClaim) => boolean): Promise<FoundPayment | undefined> {
  const { paymentIssuer, identifier, detail = [] } = reconciliation;
  const organization = await readReference(paymentIssuer?.reference, resources);
  const payer = organization?.resourceType === 'Organization' ? (organization as Organization) : undefined;
  const ids = [...(payer?.identifier ?? []).map(({ value }) => value), paymentIssuer?.identifier?.value];
  const name = payer?.name ?? paymentIssuer?.display ?? '';
  if (sought.payerId !== undefined && !ids.includes(sought.payerId)) return undefined;
  if (sought.payerName !== undefined && !isSame(name, sought.payerName.trim())) return undefined;
  const claims: PaidClaim[] = [];
  for (const [position, { response }] of detail.filter((one) => one.response !== undefined).entries()) {
    const reference = relative(response?.reference) ?? '';
    if (meant && !meant.has(reference)) continue;
    const one = await paidClaim(reference, position, resources);
    if (one && isServed(one, sought) && isMeant(one)) claims.push(one);
  }
  const isBounded = sought.from !== undefined || sought.to !== undefined;
  if (isBounded && claims.length === 0) return undefined;
  return { reconciliation, payer: { id: (payer && payerId(payer)) ?? paymentIssuer?.identifier?.value ?? identifier?.[0]?.assigner?.identifier?.value ?? 'unknown', name: name || 'unknown' }, claims };
}

async function paidClaim(reference: string, position: number, resources: Resources): Promise<PaidClaim | undefined> {
  const response = await resources.read<ClaimResponse>('ClaimResponse', idIn(reference, 'ClaimResponse') ?? '');
  if (response?.status !== 'active') return undefined;
  const { adjudication } = readAdjudication(response);
  const claim = await readReference(adjudication.claim, resources) as Claim | undefined;
  const [patient, coverage, provider] = await Promise.all([
    readReference(relative((claim?.patient ?? response.patient).reference), resources), readReference(adjudication.coverage, resources), readReference(claim?.provider.reference ?? response.requestor?.reference, resources),
  ]);
  return {
    response, adjudication, claim, position,
    patient: patient?.resourceType === 'Patient' ? (patient as Patient) : undefined,
    memberId: (coverage?.resourceType === 'Coverage' ? memberId(coverage as Coverage) : undefined) ?? response.patient.identifier?.value,
    provider: provider?.resourceType === 'Organization' || provider?.resourceType === 'Practitioner' ? (provider as Organization | Practitioner) : undefined,
  };
}

/** Some service was on one of the days. */
function isServed({ claim, adjudication }: PaidClaim, { from, to }: Sought): boolean {
  if (from === undefined && to === undefined) return true;
  const decided = adjudication.lines.flatMap(({ serviced }) => serviced ?? []);
  const spans = decided.length > 0 || !claim ? decided : serviceSpans(claim);
  return spans.some(({ start, end }) => (to === undefined || start <= to) && (from === undefined || end >= from));
}

/** Who has this tax number, `Organization/1` or `Practitioner/1`: with or without its hyphen. */
async function payeesOf(tin: string, resources: Resources): Promise<string[]> {
  const figures = tin.replace(/\D/g, '');
  const written = [tin, figures, figures.replace(/^(\d{2})(\d{7})$/, '$1-$2'), figures.replace(/^(\d{3})(\d{2})(\d{4})$/, '$1-$2-$3')];
  const found = await Promise.all([searchAll<Organization>(resources, 'Organization', 'identifier', written), searchAll<Practitioner>(resources, 'Practitioner', 'identifier', written)]);
  return found.flat().filter(({ identifier = [] }) => identifier.some(({ value = '', type, system }) => value.replace(/\D/g, '') === figures && (system === EMPLOYER_IDS || type?.coding?.some(({ code }) => TAX.has(code ?? '')))))
    .map(({ resourceType, id = '' }) => `${resourceType}/${id}`);
}

/** IRS employer identification numbers. */
const EMPLOYER_IDS = 'urn:oid:2.16.840.1.113883.4.4';
/** Identifier types (v2-0203) of tax numbers. */
const TAX: ReadonlySet<string> = new Set(['TAX', 'EN', 'SS']);

/** The answer has room for one payer. */
function oneOfPayer(found: readonly FoundPayment[]): FoundPayment[] {
  mustBeOne(found.map(({ payer }) => payer.id), 'Remittances of several payers fit: name the one that is meant (PayerID)');
  return [...found].sort((a, b) => b.reconciliation.paymentDate.localeCompare(a.reconciliation.paymentDate));
}

function mustBeOne(values: readonly (string | undefined)[], text: string): void {
  if (new Set(values).size > 1) throw errors.businessRule(text);
}

export const npiOrNumber = (provider: Organization | Practitioner | undefined): string | undefined => provider && (npiOf(provider) ?? provider.identifier?.[0]?.value);
