import type { AdjudicatedLine, Finding, StatedAmounts } from './model.js';
import { sumKnown, type Cents } from './money.js';

/** The patient's share as a decision without adjustment groups states it. Undefined: it does not say. */
export interface StatedShares {
  readonly patientResponsibility: Cents | undefined;
  readonly deductible: Cents | undefined;
  readonly coinsurance: Cents | undefined;
  readonly copay: Cents | undefined;
  readonly residual: Cents | undefined;
}

type Share = 'deductible' | 'coinsurance' | 'copay' | 'memberLiability';

/**
 * CARIN BB asks for no groups: then deductible, coinsurance, copay and member liability are all that is known, on the
 * claim or, where the claim states none, on the lines that do. Member liability is patient responsibility; without it,
 * the three shares are.
 */
export function statedShares(claim: StatedAmounts, lines: readonly AdjudicatedLine[], expression: string, findings: Finding[]): StatedShares {
  const of = (share: Share): Cents | undefined => claim[share] ?? sumKnown(lines.map((line) => line.stated[share]));
  const deductible = of('deductible');
  const coinsurance = of('coinsurance');
  const copay = of('copay');
  const liability = of('memberLiability');
  const shares = sumKnown([deductible, coinsurance, copay]);
  if (liability !== undefined && shares !== undefined && liability !== shares) {
    findings.push({ code: 'view-disagrees', severity: 'warning', expression, text: 'The stated member liability is not deductible, coinsurance and copay together; member liability counts' });
  }
  const patientResponsibility = liability ?? shares;
  if (patientResponsibility !== undefined || claim.charge !== undefined || lines.length > 0) findings.push({
    code: 'not-itemised', severity: 'warning', expression,
    text: patientResponsibility === undefined
      ? 'The decision has no adjustments with a group and states no share of the patient: what is contractual and what is the patient\'s is not known'
      : 'The decision has no adjustments with a group: the patient\'s share is as stated, what is contractual is not known',
  });
  return { patientResponsibility, deductible, coinsurance, copay, residual: patientResponsibility };
}
