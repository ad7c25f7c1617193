import type { Claim, Money } from 'fhir/r4.js';
import { checkBalance, claimCharge, isCheckable } from '../balance.js';
import type { Adjudication, Finding } from '../model.js';
import { formatCents, subtract, sum, ZERO } from '../money.js';
import { chargeOf, claimTotal } from './worksheet.js';

/**
 * Equations that the next claim must meet and does not (X12 837 W1–W5): each decision within itself, and its charges
 * against those of the claim. Nothing is repaired.
 */
export function balanceFindings(claim: Claim, adjudications: readonly Adjudication[]): Finding[] {
  return [...claimFindings(claim), ...adjudications.flatMap((adjudication) => decisionFindings(claim, adjudication))];
}

/** Lines of the claim that a decision leaves out, while its charges fall short by exactly as much: the payer has split the claim. */
export function unansweredLines(claim: Claim, adjudication: Adjudication): number[] {
  const answered = new Set(adjudication.lines.flatMap(({ sequence, joined = [] }) => [sequence, ...joined]));
  if (answered.size === 0) return [];
  const unanswered = (claim.item ?? []).filter(({ sequence }) => !answered.has(sequence));
  const charge = claimCharge(adjudication);
  const missing = sum(unanswered.map(({ net }) => chargeOf(net) ?? ZERO));
  return charge !== undefined && charge !== claimTotal(claim) && subtract(claimTotal(claim), charge) === missing ? unanswered.map(({ sequence }) => sequence) : [];
}

/** W1, of amounts that are whole cents of US dollars. */
function claimFindings(claim: Claim): Finding[] {
  const inexact = [
    ...(isExact(claim.total) ? [] : ['Claim.total']),
    ...(claim.item ?? []).flatMap(({ net }, position) => (isExact(net) ? [] : [`Claim.item[${position}].net`])),
  ];
  if (inexact.length > 0) return inexact.map((expression) => unbalanced(expression, 'The amount is not in whole cents of US dollars: correct it'));
  const total = chargeOf(claim.total);
  const charges = (claim.item ?? []).flatMap(({ net }) => chargeOf(net) ?? []);
  if (total === undefined || charges.length === 0 || charges.length !== claim.item?.length || total === sum(charges)) return [];
  return [unbalanced('Claim.total', `The claim: total ${formatCents(total)} is not the sum of its lines ${formatCents(sum(charges))}`)];
}

const isExact = (money: Money | undefined): boolean =>
  money?.value === undefined || (chargeOf(money) !== undefined && (money.currency ?? 'USD') === 'USD');

function decisionFindings(claim: Claim, adjudication: Adjudication): Finding[] {
  const source = adjudication.source.resourceType;
  const within = checkBalance(adjudication).map(({ expression, text }) => unbalanced(expression, text));
  if (within.length > 0) return within;
  if (!isCheckable(adjudication)) return [unbalanced(source, 'The decision states no charge or no payment, so that nothing shows that it balances: ask the payer for its remittance')];
  return [...chargeFindings(claim, adjudication), ...lineFindings(claim, adjudication)];
}

function chargeFindings(claim: Claim, adjudication: Adjudication): Finding[] {
  const [charge, total] = [claimCharge(adjudication), claimTotal(claim)];
  if (charge === undefined || charge === total) return [];
  return [unbalanced(adjudication.source.resourceType, `The decision is about charges of ${formatCents(charge)}, the claim’s are ${formatCents(total)}`)];
}

/** W2: each answered line has the claim’s charge. Lines that the payer added or joined have their own. */
function lineFindings(claim: Claim, { lines }: Adjudication): Finding[] {
  const charges = new Map((claim.item ?? []).map(({ sequence, net }) => [sequence, chargeOf(net)]));
  return lines.flatMap(({ sequence, joined, added, stated, expression }) => {
    const charge = charges.get(sequence);
    if (joined || added || stated.charge === undefined || charge === undefined || stated.charge === charge) return [];
    return [unbalanced(expression, `Line ${sequence}: the decision is about a charge of ${formatCents(stated.charge)}, the claim’s is ${formatCents(charge)}`)];
  });
}

const unbalanced = (expression: string, text: string): Finding => ({ code: 'unbalanced', severity: 'error', expression, text });
