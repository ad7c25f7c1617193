import { dayText } from './dates.js';
import { before, type Decision, lower } from './decision.js';
import { childAndSpouse, childRules } from './naic-children.js';
import { coverageStart, employmentBasis, relationship, type World } from './plan-questions.js';
import type { Plan } from './situation.js';

/** What two plans of the same patient are ordered by, where neither is a government program: NAIC MDL-120 §6. */
type NaicRule = (world: World, a: Plan, b: Plan, all: readonly Plan[]) => Decision | undefined;

/** N0: a plan without a coordination provision is primary; both without: the rules below. */
const provision: NaicRule = (_world, a, b) => lower(a, b, Number(a.provision ?? true), Number(b.provision ?? true), 'N0', 'the former has no coordination provision');

const isMedical = ({ benefitTypes }: Plan): boolean => benefitTypes.includes('medical');
const isDental = ({ benefitTypes }: Plan): boolean => benefitTypes.includes('dental');

/** N9: both cover the service, one as a medical plan, the other as a dental plan. Whose plans they are does not matter. */
const medicalBeforeDental: NaicRule = (_world, a, b) =>
  isMedical(a) !== isMedical(b) && isDental(a) && isDental(b) ? lower(a, b, Number(!isMedical(a)), Number(!isMedical(b)), 'N9', 'both cover the dental service, the former as a medical plan, the latter as a dental plan') : undefined;

/** N1: subscriber before dependent. */
const subscriberBeforeDependent: NaicRule = (world, a, b) => {
  const dependent = (plan: Plan): number => Number(relationship(world, plan, 'N1') !== 'self');
  return lower(a, b, dependent(a), dependent(b), 'N1', 'the former covers the patient as subscriber, the latter as dependent');
};

/** N2a–N2h. */
const dependentChild: NaicRule = (world, a, b, all) => {
  const [relationA, relationB] = [relationship(world, a, 'N1'), relationship(world, b, 'N1')];
  if (relationA === 'child' && relationB === 'child') return childRules(world, a, b, all);
  if (relationA === 'child' && relationB === 'spouse') return childAndSpouse(world, a, b);
  return relationA === 'spouse' && relationB === 'child' ? childAndSpouse(world, b, a) : undefined;
};

const RETIRED = new Set(['retired', 'laid-off']);

/** N3: active before retired or laid off, for the subscriber and the subscriber's dependents alike. */
const activeBeforeRetired: NaicRule = (world, a, b) => {
  const [basisA, basisB] = [employmentBasis(world, a, 'N3'), employmentBasis(world, b, 'N3')];
  if (!(basisA === 'active' && RETIRED.has(basisB)) && !(basisB === 'active' && RETIRED.has(basisA))) return undefined;
  const [first, then] = basisA === 'active' ? [a, b] : [b, a];
  return before(first, then, 'N3', 'the former is held by current employment, the latter by a retired or laid-off person');
};

/** N4: continuation coverage after any other. */
const continuationLast: NaicRule = (world, a, b) => {
  const continued = (plan: Plan): number => Number(employmentBasis(world, plan, 'N4') === 'cobra');
  return lower(a, b, continued(a), continued(b), 'N4', 'the latter is continuation coverage');
};

/** N5: the longer coverage. */
const longerCoverage: NaicRule = (world, a, b) =>
  lower(a, b, coverageStart(world, a, 'N5'), coverageStart(world, b, 'N5'), 'N5', `the former has covered the patient longer (${sinceText(a)}; ${sinceText(b)})`);

const sinceText = ({ ref, coveredSince }: Plan): string => `${ref} since ${coveredSince ? dayText(coveredSince.first) : 'a day not stated'}`;

/** First that decides wins. */
const NAIC_RULES: readonly NaicRule[] = [provision, medicalBeforeDental, subscriberBeforeDependent, dependentChild, activeBeforeRetired, continuationLast, longerCoverage];

/** Two group or individual plans. `all`: the plans among which they stand (N2c looks for the responsible parent's). */
export function naicOrder(world: World, a: Plan, b: Plan, all: readonly Plan[]): Decision {
  for (const rule of NAIC_RULES) {
    const decision = rule(world, a, b, all);
    if (decision) return decision;
  }
  return { first: a, then: b, equal: true, rule: 'N6', because: 'both began on the same day and no other rule decides, so that they share equally' };
}
