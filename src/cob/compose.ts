import { before, type Decision } from './decision.js';
import { compensationOrBlackLung } from './event-payers.js';
import { medicareAgainst } from './medicare.js';
import { naicOrder } from './naic.js';
import type { World } from './plan-questions.js';
import { byPlace, coverageKind } from './programs.js';
import type { Plan } from './situation.js';
import type { PayerKind } from './types.js';

/** The order of those who take part, and why. */
export interface Composition {
  /** In order; plans that share equally stand side by side, by reference. */
  readonly ranked: readonly Plan[];
  /** One for every pair, by the references of the two. */
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly equalSharing: boolean;
  /** Plans whose pairwise decisions make no single order; empty when they do. */
  readonly contradictory: readonly Plan[];
}

/** The decision on two plans, whichever is named first. */
export const decisionOn = ({ decisions }: Pick<Composition, 'decisions'>, a: Plan, b: Plan): Decision | undefined =>
  decisions.get(pairKey(a, b)) ?? decisions.get(pairKey(b, a));

const pairKey = (a: Plan, b: Plan): string => `${a.ref} ${b.ref}`;

/** Orders plans pair by pair (N7), reverses N1 where Medicare stands between (N1M), and checks that one order comes of it. */
export function compose(world: World, plans: readonly Plan[]): Composition {
  const pairs = plans.flatMap((a, index) => plans.slice(index + 1).map((b): [Plan, Plan] => [a, b]));
  const decisions = new Map(pairs.map(([a, b]) => [pairKey(a, b), decide(world, a, b, plans)]));
  for (const [key, decision] of [...decisions]) {
    if (decision.rule === 'N1' && isReversed(world, decision, plans, { decisions })) decisions.set(key, reversed(decision));
  }
  return rank(plans, decisions);
}

/** Two payers: by the places of their kinds, or by the rules of the one place that both have. */
function decide(world: World, a: Plan, b: Plan, all: readonly Plan[]): Decision {
  const as = (one: Family, other: Family): [Plan, Plan] | undefined => inFamilies(world, a, b, one, other);
  const placed = byPlace(world, a, b);
  if (placed) return placed;
  const plans = as('plan', 'plan');
  if (plans) return naicOrder(world, ...plans, all.filter((plan) => familyOf(world, plan) === 'plan'));
  const medicareAndPlan = as('medicare', 'plan');
  if (medicareAndPlan) return medicareAgainst(world, ...medicareAndPlan);
  const medicareAndMedigap = as('medicare', 'medigap');
  if (medicareAndMedigap) return before(...medicareAndMedigap, 'P6', 'Medigap pays directly after Medicare');
  const medigapAndPlan = as('medigap', 'plan');
  if (medigapAndPlan) return medigapAgainst(world, ...medigapAndPlan, all);
  const forWork = as('compensation', 'black lung');
  return forWork ? compensationOrBlackLung(world, ...forWork) : sameProgram(world, a, b);
}

/** Kinds that share a place, by the rules they follow. */
type Family = 'plan' | 'medicare' | 'medigap' | 'compensation' | 'black lung';
const FAMILIES: Readonly<Partial<Record<PayerKind, Family>>> = {
  'group-health': 'plan', individual: 'plan', 'non-coordinating': 'plan', medicare: 'medicare', 'medicare-advantage': 'medicare', medigap: 'medigap',
  'workers-comp': 'compensation', 'black-lung': 'black lung',
};

const familyOf = (world: World, plan: Plan): Family | undefined => FAMILIES[coverageKind(world, plan)];

/** The two in the order of the families named, if that is what they are. */
function inFamilies(world: World, a: Plan, b: Plan, one: Family, other: Family): [Plan, Plan] | undefined {
  const [familyA, familyB] = [familyOf(world, a), familyOf(world, b)];
  if (familyA === one && familyB === other) return [a, b];
  return familyA === other && familyB === one ? [b, a] : undefined;
}

/** P6: a Medigap policy stands to every plan as Medicare does. */
function medigapAgainst(world: World, medigap: Plan, plan: Plan, all: readonly Plan[]): Decision {
  const medicare = all.find((other) => familyOf(world, other) === 'medicare');
  const medicareFirst = medicare !== undefined && medicareAgainst(world, medicare, plan).first === medicare;
  return medicareFirst ? before(medigap, plan, 'P6', 'Medigap pays directly after Medicare') : before(plan, medigap, 'P6', 'Medigap pays directly after Medicare, which pays after the plan');
}

/** No rule orders two coverages of one program. */
function sameProgram(world: World, a: Plan, b: Plan): Decision {
  const aFirst = world.ask({
    id: `${a.ref} or ${b.ref}`, coverage: b.ref, rule: '1.1', possible: [true, false],
    expression: 'Coverage.period', question: `Two coverages of the same program are in force on the date (${a.ref} and ${b.ref}): which one pays, or pays first?`,
  });
  return aFirst ? before(a, b, '1.1', 'as answered') : before(b, a, '1.1', 'as answered');
}

/** N1M: Medicare is secondary to the dependent plan and primary to the patient's own. */
const isReversed = (world: World, { first: own, then: dependent }: Decision, plans: readonly Plan[], composed: Pick<Composition, 'decisions'>): boolean =>
  plans.some((medicare) => familyOf(world, medicare) === 'medicare'
    && decisionOn(composed, dependent, medicare)?.first === dependent && decisionOn(composed, medicare, own)?.first === medicare);

const reversed = ({ first: own, then: dependent }: Decision): Decision =>
  before(dependent, own, 'N1M', 'Medicare pays after the plan that covers the patient as dependent and before the patient’s own, so that the order of the two is reversed');

/**
 * One order exists when whoever beats more plans beats every plan that beats fewer, and those that beat equally many
 * share equally. Anything else is a circle.
 */
function rank(plans: readonly Plan[], decisions: ReadonlyMap<string, Decision>): Composition {
  const beaten = new Map(plans.map((plan) => [plan, 0]));
  for (const { first, equal } of decisions.values()) if (!equal) beaten.set(first, (beaten.get(first) ?? 0) + 1);
  const count = (plan: Plan): number => beaten.get(plan) ?? 0;
  const broken = [...decisions.values()].filter(({ first, then, equal }) => (equal ? count(first) !== count(then) : count(first) <= count(then)));
  return {
    ranked: [...plans].sort((a, b) => count(b) - count(a)),
    decisions,
    equalSharing: [...decisions.values()].some(({ equal }) => equal),
    contradictory: plans.filter((plan) => broken.some(({ first, then }) => plan === first || plan === then)),
  };
}
