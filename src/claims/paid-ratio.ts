import Big from 'big.js';
import type { CheckedLevel } from './checks.js';
import type { Finding } from './model.js';
import { formatCents, max, share, subtract, sum, ZERO, type Cents } from './money.js';

/** Contractual reductions above the allowed amount: charge over fee, negotiated discount, multiple procedures. */
const ABOVE_ALLOWED: ReadonlySet<string> = new Set(['45', '131', '59']);
/** The prior payer's payment stands between allowed and paid: the ratio says nothing. */
const PRIOR_PAYER = '23';
/** Sequestration is taken from the payment, after the rate (42 CFR 411.33; Budget Control Act). */
const SEQUESTRATION = '253';
/** A payer may round its share up or down. */
const ROUNDING = 1;

export interface RatedLevel extends CheckedLevel {
  readonly coveredPercent?: number | undefined;
  /** Part of it was refused: that part has no rate. */
  readonly denied: boolean;
  /** Its adjustments are known by group; otherwise the stated shares are all there is. */
  readonly itemised: boolean;
}

/**
 * Paid against allowed, beside the rate that the decision states: the percentage itself, else what it leaves to the
 * patient. E.g. paid 80 of an allowed 100 with no patient share, which says 100 %.
 */
export function checkPaidRatio(level: RatedLevel, findings: Finding[]): void {
  const { allowed, paid } = level.stated;
  if (allowed === undefined || paid === undefined || allowed <= 0 || paid < 0 || level.denied) return;
  if (level.adjustments.some((adjustment) => adjustment.reason === PRIOR_PAYER)) return;
  const said = level.coveredPercent === undefined ? unexplained(level, allowed, paid) : offRate(level, level.coveredPercent, allowed, paid);
  if (said) findings.push({ code: 'paid-ratio-mismatch', severity: 'warning', expression: level.expression, text: `Paid ${formatCents(paid)} is ${percent(paid, allowed)} % of the allowed ${formatCents(allowed)}, ${said}` });
}

/** Shares are taken before or after deductible and copay, as the plan has it: any of the three is in order. */
function offRate({ stated, grouped, adjustments, itemised }: RatedLevel, covered: number, allowed: Cents, paid: Cents): string | undefined {
  const rate = new Big(covered).div(covered > 1 ? 100 : 1).toString();
  const deductible = itemised ? grouped.deductible : (stated.deductible ?? ZERO);
  const copay = itemised ? grouped.copay : (stated.copay ?? ZERO);
  const beforeSequestration = sum([paid, ...adjustments.flatMap(({ reason, amount }) => (reason === SEQUESTRATION ? [amount] : []))]);
  const expected = [share(subtract(subtract(allowed, deductible), copay), rate), subtract(share(subtract(allowed, deductible), rate), copay), share(allowed, rate)];
  if (expected.some((amount) => Math.abs(amount - beforeSequestration) <= ROUNDING)) return undefined;
  return `while the decision states a rate of ${new Big(rate).times(100).toString()} %`;
}

/** What lies between allowed and paid and no adjustment explains. */
function unexplained({ stated, adjustments, itemised }: RatedLevel, allowed: Cents, paid: Cents): string | undefined {
  const { deductible, coinsurance, copay } = stated;
  if (!itemised && deductible === undefined && coinsurance === undefined && copay === undefined) return undefined;
  const explained = itemised
    ? sum(adjustments.flatMap(({ reason, amount }) => (ABOVE_ALLOWED.has(reason) ? [] : [amount])))
    : sum([deductible ?? ZERO, coinsurance ?? ZERO, copay ?? ZERO]);
  if (subtract(allowed, paid) === explained) return undefined;
  return `while the shares it names (${formatCents(explained)}) leave ${percent(max(subtract(allowed, explained), ZERO), allowed)} % to the payer`;
}

const percent = (part: Cents, whole: Cents): string => new Big(part).times(100).div(whole).round(2).toString();
