import type { Period } from 'fhir/r4.js';
import { parseAmount, type Cents } from '../../src/claims/money.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { byPayment } from '../../src/work/remittance/advice/find.js';
import { paymentsAnswer, soughtBy } from '../remittance-search.js';

/** `$searchByPayment` (Da Vinci Postable Remittance 1.0.0). */
export const handle: Handler = async ({ in: inputs }, { resources }) => {
  const sought = soughtBy(inputs);
  const payment = inputs.one('PaymentInfo')?.parts as Inputs;
  const { start, end } = (payment.one('PaymentIssueDate')?.value ?? {}) as Period;
  const range = (payment.one('PaymentAmount') ?? payment.one('PaymentAmountRange'))?.parts;
  const found = await byPayment({ ...sought, number: payment.string('PaymentNumber') ?? '', issuedFrom: start?.slice(0, 10), issuedTo: end?.slice(0, 10), low: amountOf(range, 'PaymentAmountLow'), high: amountOf(range, 'PaymentAmountHigh') }, resources);
  return paymentsAnswer(sought.tin, found, resources);
};

function amountOf(range: Inputs | undefined, name: string): Cents | undefined {
  const value = range?.money(name)?.value;
  return value === undefined ? undefined : parseAmount(value);
}
