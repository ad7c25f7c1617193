/** What a balanced remittance becomes: all of it in one commit. */
import type { ClaimResponse, ExplanationOfBenefit, FhirResource, PaymentReconciliation, Task } from 'fhir/r4.js';
import { toAdjudication } from '../../x12/era/adjudication.js';
import { eraClaimResponse } from '../../x12/era/claim-response.js';
import { matchClaim, UNMATCHED_TEXTS, type Match } from '../../x12/era/match.js';
import { paymentReconciliation } from '../../x12/era/payment-reconciliation.js';
import { nameOf, type EraClaim, type Remittance } from '../../x12/era/remittance.js';
import { toTask, type WorkItem } from '../task.js';
import { madeId } from './documents.js';
import type { RemittanceFacts } from './facts.js';
import { explanationOf } from './explanation.js';
import { noticesOf } from './notices.js';

/** One claim of the remittance with what it becomes. */
export interface PostedClaim {
  readonly claim: EraClaim;
  readonly response: ClaimResponse;
  /** The decision as an ExplanationOfBenefit, where it is known whose it is. */
  readonly explanation: ExplanationOfBenefit | undefined;
  /** The Task to find the claim, where none was found. */
  readonly unmatched: Task | undefined;
  /** What else a person must see to. */
  readonly tasks: readonly Task[];
}

export interface Posting {
  readonly reconciliation: PaymentReconciliation;
  readonly claims: readonly PostedClaim[];
}

/** @param key natural key of the remittance; all ids follow from it */
export function postingOf(remittance: Remittance, key: string, facts: RemittanceFacts, authoredOn: string): Posting {
  const [known, ...others] = facts.payers;
  const payer = known && others.length === 0 ? `Organization/${known.id ?? ''}` : undefined;
  const posted = remittance.claims.map((claim, index) => postClaim(claim, remittance, facts, { id: madeId('remittance', key, 'claim', String(index)), payer, authoredOn }));
  const reconciliation = paymentReconciliation(remittance, {
    id: reconciliationId(key),
    payer,
    payee: facts.payee && `Organization/${facts.payee.id ?? ''}`,
    claims: posted.map(({ claim, response, match }) => ({ claim, response: response.id ?? '', request: match?.claim })),
  });
  return { reconciliation, claims: posted };
}

export const reconciliationId = (key: string): string => madeId('remittance', key);

/** All that is written of a posting but the payment itself. */
export const madeOf = ({ claims }: Posting): FhirResource[] => claims.flatMap(({ response, explanation, unmatched, tasks }) => [response, ...(explanation ? [explanation] : []), ...(unmatched ? [unmatched] : []), ...tasks]);

interface ClaimContext {
  /** Of the ClaimResponse. */
  readonly id: string;
  readonly payer: string | undefined;
  readonly authoredOn: string;
}

function postClaim(claim: EraClaim, remittance: Remittance, facts: RemittanceFacts, { id, payer, authoredOn }: ClaimContext): PostedClaim & { readonly match: Match | undefined } {
  const found = matchClaim(claim, facts);
  const match = typeof found === 'string' ? undefined : found;
  const era = toAdjudication(claim, remittance, match);
  const carrier = facts.carriers.get(nameOf(claim, 'TT')?.id?.value ?? '');
  const response = eraClaimResponse(claim, remittance, era, { id, match, payer, carrier: carrier && `Organization/${carrier.id ?? ''}` });
  const item = (code: WorkItem['code'], reason: string, description: string): Task =>
    toTask({ code, cause: [id, reason], focus: `ClaimResponse/${id}`, patient: match?.claim.patient.reference, description, amount: claim.charge, authoredOn });
  return {
    claim, match, response,
    explanation: match && explanationOf(response, match.claim),
    unmatched: typeof found === 'string' ? item('match-remittance', 'unmatched', UNMATCHED_TEXTS[found]) : undefined,
    tasks: [
      ...(match && era.unjoined.length > 0 ? [item('match-remittance', 'lines', `${era.unjoined.length} of the ${claim.lines.length} lines of the decision can't be joined to lines of the claim for certain`)] : []),
      ...noticesOf(claim, match).map((notice) => item('verify-cob', notice.id, notice.text)),
    ],
  };
}
