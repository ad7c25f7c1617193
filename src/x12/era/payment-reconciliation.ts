/** A remittance as a PaymentReconciliation: the payment, one detail a claim, one a provider adjustment. */
import type { Claim, Identifier, PaymentReconciliation, PaymentReconciliationDetail, Reference } from 'fhir/r4.js';
import { concept, SYSTEM } from '../../claims/codes.js';
import { negate, toMoney } from '../../claims/money.js';
import { listed } from '../../claims/write-common.js';
import { tidy } from '../tidy.js';
import { decisionDate } from './adjudication.js';
import { signedPayment } from './balance.js';
import { payerOf } from './claim-response.js';
import { segmentExtensions } from './segments.js';
import type { EraClaim, ProviderAdjustment, Remittance } from './remittance.js';

/** The remittance, whatever envelope it comes in: check or EFT number, who gave it, and the payment date as stated (TRN02, TRN03, BPR16). */
export const naturalKey = ({ trace, payment }: Remittance): string => JSON.stringify([trace.number, trace.originator, payment.statedDate]);

/** TRN02, given by TRN03. */
export const traceIdentifier = ({ number, originator }: Remittance['trace']): Identifier => ({ value: number, ...(originator === '' ? {} : { assigner: { identifier: { value: originator } } }) });

/** What became of a claim of the remittance. */
export interface DecidedClaim {
  readonly claim: EraClaim;
  /** Id of its ClaimResponse. */
  readonly response: string;
  readonly request: Claim | undefined;
}

export interface ReconciliationContext {
  readonly id: string;
  /** The payer and the payee as organizations of ours, where they are. */
  readonly payer: string | undefined;
  readonly payee: string | undefined;
  readonly claims: readonly DecidedClaim[];
}

export function paymentReconciliation(remittance: Remittance, { id, payer, payee, claims }: ReconciliationContext): PaymentReconciliation {
  const { payment, trace, productionDate } = remittance;
  const date = decisionDate(remittance);
  const payeeReference: Reference = payee === undefined ? { display: tidy(remittance.payee.name) || 'Not named by the remittance' } : { reference: payee };
  return tidy({
    resourceType: 'PaymentReconciliation',
    id,
    ...listed('extension', segmentExtensions(remittance.segments)),
    identifier: [traceIdentifier(trace)],
    status: 'active',
    created: productionDate ?? date,
    paymentIssuer: payerOf(remittance, payer),
    requestor: payeeReference,
    outcome: 'complete',
    disposition: dispositionOf(remittance),
    paymentDate: date,
    paymentAmount: toMoney(signedPayment(payment)),
    paymentIdentifier: { value: trace.number },
    ...listed('detail', [...claims.map((one) => claimDetail(one, date, payeeReference)), ...remittance.providerAdjustments.map((one) => adjustmentDetail(one, date, payeeReference))]),
  });
}

/** BPR04; our words. R4 has no element for how a payment is made. */
const METHODS: Readonly<Record<string, string>> = { ACH: 'Electronic funds transfer (ACH)', BOP: 'Financial institution option (BOP)', CHK: 'Check (CHK)', FWT: 'Wire transfer (FWT)', NON: 'No payment (NON)' };

const dispositionOf = ({ payment: { method, handling, creditOrDebit } }: Remittance): string =>
  [Object.hasOwn(METHODS, method) ? METHODS[method] : method, ...(handling === 'H' ? ['notification only'] : []), ...(creditOrDebit === 'D' ? ['debit'] : [])].filter((text) => text !== '').join(', ') || 'Not stated';

const PAYMENT_TYPE = 'http://terminology.hl7.org/CodeSystem/payment-type';

function claimDetail({ claim, response, request }: DecidedClaim, date: string, payee: Reference): PaymentReconciliationDetail {
  return {
    ...(claim.payerClaimNumber === undefined ? {} : { identifier: { value: claim.payerClaimNumber } }),
    type: concept({ system: PAYMENT_TYPE, code: 'payment' }),
    ...(request ? { request: { reference: `Claim/${request.id ?? ''}` }, submitter: request.provider } : {}),
    response: { reference: `ClaimResponse/${response}` },
    date,
    payee,
    amount: toMoney(claim.paid),
  };
}

/** PLB codes that pay ahead of decisions; every other one adjusts. Source: X12 835 TR3 §1.10.2.9 and PLB03-1, our reading. */
const ADVANCES: ReadonlySet<string> = new Set(['AP', 'PI']);

/** PLB reduces with a positive amount; a detail states what it does to the payment. */
function adjustmentDetail({ reason, reference, amount }: ProviderAdjustment, date: string, payee: Reference): PaymentReconciliationDetail {
  return {
    ...(reference === undefined ? {} : { identifier: { value: reference } }),
    type: concept({ system: PAYMENT_TYPE, code: ADVANCES.has(reason) ? 'advance' : 'adjustment' }, { system: SYSTEM.providerAdjustment, code: reason }),
    date,
    payee,
    amount: toMoney(negate(amount)),
  };
}
