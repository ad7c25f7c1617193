import type { CoverageEligibilityResponse, CoverageEligibilityResponseInsurance, CoverageEligibilityResponseInsuranceItem } from 'fhir/r4.js';
import type { ExclusionCode } from '../../cob/types.js';
import { parseAmount } from '../money.js';
import { relative } from '../read-header.js';
import { latestAnswer } from '../eligibility.js';
import type { Line, ScrubFacts } from './facts.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

/** The coverage that the claim goes to: in force, for these services, within its limits. */
export const COVERAGE_RULES: readonly ScrubRule[] = [
  {
    id: 'coverage-inactive', severity: 'error', source: 'Coverage.period on the date of each line (domain/cob-rules.md §1.5); CARC 26, 27; R039',
    check: (facts) => excludedLines(facts, ['inactive', 'cancelled'], 'The coverage was not in force when this was done: bill another one, or verify the coverage'),
  },
  {
    id: 'coverage-other-benefit', severity: 'error', source: 'benefit-type (data-model §2); R040; CARC 109',
    check: (facts) => excludedLines(facts, ['benefit-type'], 'The coverage is not for services of this kind: bill the one that is'),
  },
  {
    id: 'coverage-not-responsible', severity: 'error', source: 'domain/cob-rules.md §1.3 M5–M9, §1.4; CARC 109',
    check: (facts) => excludedLines(facts, ['not-related', 'not-authorized', 'not-a-plan'], 'The coverage does not pay for this event, or may not be billed for it: see $cob-order'),
  },
  {
    id: 'eligibility-not-in-force', severity: 'error', source: 'CoverageEligibilityResponse.insurance.inforce (X12 271 EB01 6); R081',
    check: (facts) => answered(facts).filter(({ inforce }) => inforce === false).map(() => spot(focalCoverageAt(facts), 'The payer’s last eligibility answer says that the coverage is not in force: verify it')),
  },
  {
    id: 'service-excluded', severity: 'warning', source: 'CoverageEligibilityResponse.insurance.item.excluded (X12 271 EB01 I); R040',
    check: (facts) => benefitLines(facts, ({ excluded }) => excluded === true, 'The payer’s last eligibility answer excludes this service: expect a denial, or attach why it is covered'),
  },
  {
    id: 'authorization-missing', severity: 'warning', source: 'CoverageEligibilityResponse.insurance.item.authorizationRequired; X12 837 REF*G1; CARC 197',
    check: (facts) => ((facts.focal?.insurance.preAuthRef ?? []).length > 0 ? []
      : benefitLines(facts, ({ authorizationRequired }) => authorizationRequired === true, 'The payer asks for an authorization and the claim has none (insurance.preAuthRef)')),
  },
  {
    id: 'benefit-used-up', severity: 'warning', source: 'CoverageEligibilityResponse.insurance.item.benefit; R068; CARC 119',
    check: (facts) => benefitLines(facts, isUsedUp, 'By the payer’s last eligibility answer this benefit is used up: expect no payment'),
  },
];

const focalCoverageAt = ({ focal }: ScrubFacts): string => `${focal?.expression ?? 'Claim.insurance[0]'}.coverage`;

/** Lines on whose days the order of benefits leaves the focal coverage out, for one of these reasons. */
function excludedLines({ focal, lines, input }: ScrubFacts, codes: readonly ExclusionCode[], text: string): Spot[] {
  const dates = input.orders.filter(({ order }) => order.excluded.some(({ coverage, code }) => coverage === focal?.reference && codes.includes(code))).map(({ date }) => date);
  if (!focal || dates.length === 0) return [];
  const hit = lines.filter((line) => dates.some((date) => isOn(line, date)));
  return hit.length > 0 ? hit.map(({ expression }) => spot(expression, text)) : [spot(`${focal.expression}.coverage`, text)];
}

const isOn = ({ start, end }: Line, date: string): boolean => start !== undefined && start <= date && date <= (end ?? start);

/** What the payer last answered about the focal coverage. */
function answered({ focal, input }: ScrubFacts): CoverageEligibilityResponseInsurance[] {
  const answers = input.resources.filter((resource): resource is CoverageEligibilityResponse => resource.resourceType === 'CoverageEligibilityResponse');
  const reference = focal?.reference;
  if (reference === undefined) return [];
  return latestAnswer(answers, reference, input.asOf)?.insurance?.filter(({ coverage }) => relative(coverage.reference) === reference) ?? [];
}

/** Lines whose service the answer names, where it says this of it. */
function benefitLines(facts: ScrubFacts, isSo: (item: CoverageEligibilityResponseInsuranceItem) => boolean, text: string): Spot[] {
  const items = answered(facts).flatMap(({ item = [] }) => item).filter(isSo);
  return facts.lines.filter((line) => items.some((item) => isAbout(item, line))).map(({ expression }) => spot(expression, text));
}

/** An answer may be about one service; what it says of a whole category is not about a line that we can tell. */
const isAbout = ({ productOrService }: CoverageEligibilityResponseInsuranceItem, { item }: Line): boolean =>
  productOrService?.coding?.some((named) => item.productOrService.coding?.some(({ system, code }) => code === named.code && (named.system === undefined || system === named.system))) ?? false;

function isUsedUp({ benefit = [] }: CoverageEligibilityResponseInsuranceItem): boolean {
  return benefit.some(({ allowedMoney, usedMoney, allowedUnsignedInt, usedUnsignedInt }) => {
    const [allowed, used] = [allowedMoney?.value, usedMoney?.value].map((value) => (value === undefined ? undefined : parseAmount(value)));
    return (allowed !== undefined && used !== undefined && used >= allowed)
      || (allowedUnsignedInt !== undefined && usedUnsignedInt !== undefined && usedUnsignedInt >= allowedUnsignedInt);
  });
}
