/** What the searches of Da Vinci Postable Remittance 1.0.0 have in common. */
import type { HumanName } from 'fhir/r4.js';
import type { Inputs, OperationAnswer, OutValues } from '../src/fhir/operation/operation.js';
import { toOutcome } from '../src/fhir/outcome.js';
import type { Resources } from '../src/fhir/resources.js';
import { adviceX12, type AdviceX12 } from '../src/work/remittance/advice/document.js';
import { claimNumberOf, npiOrNumber, type FoundPayment, type PaidClaim, type Sought } from '../src/work/remittance/advice/find.js';
import { wholeDate } from './whole-date.js';

/** Codes of `ValueSet/remittance-advice-type`, which are media types. */
export const X12_ADVICE = 'application/EDI-X12';
export const PDF_ADVICE = 'application/pdf';

/** The parameters that each of them has. @throws {FhirError} 422: a date that is no whole day */
export const soughtBy = (inputs: Inputs): Sought => ({
  tin: inputs.string('TIN') ?? '', payerId: inputs.string('PayerID'), payerName: inputs.string('PayerName'),
  from: wholeDate(inputs, 'ServiceStartDate'), to: wholeDate(inputs, 'ServiceEndDate'),
});

/** A payment with its 835, where it came in one. */
type Advised = FoundPayment & { readonly x12: AdviceX12 | undefined };

const advised = (found: readonly FoundPayment[], resources: Resources): Promise<Advised[]> =>
  Promise.all(found.map(async (payment) => ({ ...payment, x12: await adviceX12(payment.reconciliation, resources) })));

/** The answer to a search by claim or patient (profile searchResultParameters). */
export async function claimsAnswer(tin: string, found: readonly FoundPayment[], resources: Resources): Promise<OperationAnswer> {
  const payments = await advised(found, resources);
  const [first] = payments;
  if (!first) return NONE;
  const claims = payments.flatMap((payment) => payment.claims.map((one) => claimOut(one, payment)));
  const [person] = payments.flatMap((payment) => payment.claims.flatMap(patientOut));
  return { out: { TIN: tin, Payer: payerOut(first), Claim: claims, Patient: person } };
}

/** The answer to a search by payment (profile searchByPaymentResultParameters). */
export async function paymentsAnswer(tin: string, found: readonly FoundPayment[], resources: Resources): Promise<OperationAnswer> {
  const payments = await advised(found, resources);
  const [first] = payments;
  if (!first) return NONE;
  return { out: { TIN: tin, Payer: payerOut(first), PaymentInfo: payments.map((payment) => ({ PaymentIssueDate: payment.reconciliation.paymentDate.slice(0, 10), ...paymentOut(payment) })) } };
}

/** No match is an outcome, not an error (Technical Expectations, No Match Results). */
const NONE: OperationAnswer = { resource: toOutcome([{ severity: 'warning', code: 'not-found', text: 'No remittances were found for these parameters' }]) };

const payerOut = ({ payer }: FoundPayment): OutValues => ({ PayerID: payer.id, PayerName: payer.name });

function claimOut(one: PaidClaim, payment: Advised): OutValues {
  const { adjudication, claim, provider, position } = one;
  return {
    PayerClaimID: adjudication.payerClaimNumber,
    ProviderClaimID: claimNumberOf(one) ?? claim?.identifier?.[0]?.value,
    ClaimReceivedDate: payment.x12?.remittance.claims[position]?.dates.find(({ qualifier }) => qualifier === RECEIVED)?.date ?? claim?.created.slice(0, 10),
    ProviderID: npiOrNumber(provider),
    PaymentInfo: [{ PaymentDate: payment.reconciliation.paymentDate.slice(0, 10), ...paymentOut(payment) }],
  };
}

/** DTM01: the day on which the payer received the claim (005010X221A1 2100 DTM*050). */
const RECEIVED = '050';

const paymentOut = ({ reconciliation, x12 }: Advised): OutValues => ({
  PaymentNumber: reconciliation.paymentIdentifier?.value,
  PaymentAmount: reconciliation.paymentAmount,
  Remittance: [{
    RemittanceAdviceIdentifier: reconciliation.id,
    RemittanceAdviceType: x12 ? X12_ADVICE : PDF_ADVICE,
    RemittanceAdviceDate: reconciliation.created.slice(0, 10),
    RemittanceAdviceFileSize: x12?.bytes.length ?? 0,
  }],
});

/** Only where the patient is on file: what the search is verified by. */
function patientOut({ patient, memberId }: PaidClaim): OutValues[] {
  const name: HumanName | undefined = patient?.name?.find(({ use }) => use === 'official') ?? patient?.name?.[0];
  return patient?.birthDate === undefined || memberId === undefined ? [] : [{ DateOfBirth: patient.birthDate, PatientID: memberId, PatientFirstName: name?.given?.[0], PatientLastName: name?.family }];
}

