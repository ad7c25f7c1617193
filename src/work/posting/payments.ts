import type { PaymentReconciliation, PaymentReconciliationDetail } from 'fhir/r4.js';
import { claimPaid } from '../../claims/balance.js';
import { add, parseAmount, sum, ZERO, type Cents } from '../../claims/money.js';
import { readAdjudication } from '../../claims/read.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';

/** The remittances and the patient's payments that name decisions or claims. */
export async function paymentsFor(decisions: readonly string[], claims: readonly string[], resources: Resources): Promise<PaymentReconciliation[]> {
  const [remittances, payments] = await Promise.all([
    decisions.length === 0 ? [] : resources.search<PaymentReconciliation>('PaymentReconciliation', `detail-response=${decisions.join()}&status=active`),
    resources.search<PaymentReconciliation>('PaymentReconciliation', `detail-request=${claims.join()}&status=active`),
  ]);
  return [...new Map([...remittances, ...payments].map((one) => [one.id, one])).values()];
}

/**
 * Why the payment of a decision is not posted: what its remittances pay for it is another amount, or the trace number is
 * another (R114). Undefined: they agree, or there is none yet.
 */
export function mismatchOf(decision: Decision, remittances: readonly PaymentReconciliation[]): string | undefined {
  const reference = `${decision.resourceType}/${decision.id ?? ''}`;
  const paying = remittances.map((remittance) => ({ remittance, details: (remittance.detail ?? []).filter(({ response }) => relative(response?.reference) === reference) })).filter(({ details }) => details.length > 0);
  if (paying.length === 0) return undefined;
  const { adjudication } = readAdjudication(decision);
  const paid = claimPaid(adjudication) ?? ZERO;
  const remitted = sum(paying.flatMap(({ details }) => details.map(amountOf)));
  if (remitted !== paid && remitted !== add(paid, adjudication.interest ?? ZERO)) return 'The remittance pays another amount for this claim than the decision states';
  const trace = decision.payment?.identifier?.value;
  if (trace !== undefined && paying.some(({ remittance: { paymentIdentifier } }) => paymentIdentifier?.value !== undefined && paymentIdentifier.value !== trace)) return 'The trace number of the decision is not that of its remittance';
  return paying.some(({ remittance }) => !addsUp(remittance)) ? 'The details of the remittance do not add up to its payment' : undefined;
}

/** X12 835 R3: the payment is what its details make. */
const addsUp = ({ detail = [], paymentAmount }: PaymentReconciliation): boolean => sum(detail.map(amountOf)) === parseAmount(paymentAmount.value ?? NaN);

/** What the patient paid for a claim: a detail of type `payment` that names the claim and no decision, in a payment that no payer issued. */
export interface PatientPayment {
  readonly source: string;
  /** What tells it from the other details of its source. */
  readonly key: string;
  readonly amount: Cents;
}

export function patientPaymentsIn(payments: readonly PaymentReconciliation[], claims: ReadonlySet<string>): PatientPayment[] {
  return payments.filter(({ paymentIssuer }) => paymentIssuer === undefined).flatMap((payment) =>
    (payment.detail ?? []).flatMap((detail, position): PatientPayment[] => {
      if (detail.response !== undefined || !claims.has(relative(detail.request?.reference) ?? '')) return [];
      return [{ source: `PaymentReconciliation/${payment.id ?? ''}`, key: detail.id ?? String(position), amount: amountOf(detail) }];
    }));
}

const amountOf = ({ amount }: PaymentReconciliationDetail): Cents => parseAmount(amount?.value ?? NaN) ?? ZERO;
