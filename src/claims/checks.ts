/** Whether a decision agrees with itself where no equation of the 835 says so: views, totals, groups. All warnings. */
import { isReversal, type GroupedAmounts } from './amounts.js';
import { sumAdjustments, sumOfLines } from './balance.js';
import { CARC_TRIAGE } from './carc-triage.js';
import type { Adjudication, Adjustment, Finding, StatedAmounts } from './model.js';
import { formatCents, subtract, type Cents } from './money.js';

/** One level with what its adjustments amount to; for the claim: both levels together. */
export interface CheckedLevel {
  readonly stated: StatedAmounts;
  readonly grouped: GroupedAmounts;
  readonly adjustments: readonly Adjustment[];
  readonly expression: string;
}

/** Views of PR-1, PR-2, PR-3, and of all PR (R4; not on a reversal, X12 005010X221A1 CLP05). */
const VIEWS = [
  ['deductible', 'deductible', 'PR-1'],
  ['coinsurance', 'coinsurance', 'PR-2'],
  ['copay', 'copay', 'PR-3'],
  ['memberLiability', 'patientResponsibility', 'PR'],
] as const;

export function checkViews({ stated, grouped, expression }: CheckedLevel, adjudication: Adjudication, findings: Finding[]): void {
  for (const [field, amount, name] of VIEWS) {
    const view = stated[field];
    if (view === undefined || view === grouped[amount] || (field === 'memberLiability' && isReversal(adjudication))) continue;
    findings.push({ code: 'view-disagrees', severity: 'warning', expression, text: `The stated ${field} ${formatCents(view)} is not the ${formatCents(grouped[amount])} of the ${name} adjustments; the adjustments count` });
  }
}

/** Groups that a CARC may not stand in (X12 code list), and the group CR, which 5010 no longer has. */
export function checkGroups({ adjustments, expression }: CheckedLevel, findings: Finding[]): void {
  for (const { group, reason } of adjustments) {
    const groups = CARC_TRIAGE.get(reason)?.groups;
    if (group === 'CR') findings.push({ code: 'group-retired', severity: 'information', expression, text: 'Group CR is not in 5010; its amounts count with OA' });
    else if (groups && !groups.includes(group)) findings.push({ code: 'group-unusual', severity: 'warning', expression, text: `CARC ${reason} may stand in ${groups.join(', ')}, not in ${group}: the amount counts as ${group}, ask the payer` });
  }
}

/** The claim's allowed amount and payment against its lines', where every line states one. */
export function checkTotals(adjudication: Adjudication, findings: Finding[]): void {
  const { stated, adjustments } = adjudication;
  compare('allowed', stated.allowed, sumOfLines(adjudication, 'allowed'));
  const paid = sumOfLines(adjudication, 'paid');
  compare('paid', stated.paid, paid === undefined ? undefined : subtract(paid, sumAdjustments(adjustments)));

  function compare(name: string, total: Cents | undefined, ofLines: Cents | undefined): void {
    if (total === undefined || ofLines === undefined || total === ofLines) return;
    findings.push({ code: 'total-disagrees', severity: 'warning', expression: adjudication.source.resourceType, text: `The claim's ${name} ${formatCents(total)} is not what its lines make, ${formatCents(ofLines)}; the claim's counts` });
  }
}
