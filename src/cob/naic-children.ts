import { ANY_BIRTHDAY } from './dates.js';
import { before, type Decision, lower } from './decision.js';
import {
  applicableDecree, areCouple, birthday, type ChildPlan, custodialParent, isStepParent, parentsTogether, partnerOf, responsibleParent,
} from './family-questions.js';
import type { Person } from './people-facts.js';
import { coverageStart, relationship, type World } from './plan-questions.js';
import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';

/** The subscriber of a dependent's plan; where none is stated, somebody of whom nothing is known. */
const withHolder = (plan: Plan): ChildPlan => ({
  plan,
  holder: plan.holder ?? { key: `${plan.ref} subscriber`, role: 'unknown', birthday: ANY_BIRTHDAY, partnerOf: undefined },
});

/** Two plans that cover the patient as a dependent child (N2a–N2g); undefined: they do not decide, as for two plans of one parent. */
export function childRules(world: World, planA: Plan, planB: Plan, all: readonly Plan[]): Decision | undefined {
  const [a, b] = [withHolder(planA), withHolder(planB)];
  if (a.holder.key === b.holder.key) return undefined;
  const children = all.filter((plan) => relationship(world, plan, 'N1') === 'child').map(withHolder);
  const decree = applicableDecree(world, planA);
  if (decree?.kind === 'one-parent') return byResponsibleParent(world, a, b, children) ?? byCustody(world, a, b, children);
  if (decree) return birthdayRule(world, a, b, decree.kind === 'both-parents' ? 'N2d' : 'N2e');
  if (isOneHousehold(world, a, b)) return birthdayRule(world, a, b, forParents(a, b, 'N2a'));
  return byCustody(world, a, b, children);
}

/** N2g: the rules for parents hold for guardians, and are cited as N2g. */
const forParents = (a: ChildPlan, b: ChildPlan, rule: RuleId): RuleId => (isGuardian(a.holder) || isGuardian(b.holder) ? 'N2g' : rule);

const isGuardian = ({ role }: Person): boolean => role === 'guardian';

/** Two grandparents who are a couple are together whatever the parents do. */
const isOneHousehold = (world: World, a: ChildPlan, b: ChildPlan): boolean =>
  (!isStepParent(a.holder) && !isStepParent(b.holder) && areCouple(a.holder, b.holder)) || parentsTogether(world, a.plan, 'N2a');

/** N2c: the responsible parent's plan, or if that parent has none, the plan of the parent's present spouse. */
function byResponsibleParent(world: World, a: ChildPlan, b: ChildPlan, children: readonly ChildPlan[]): Decision | undefined {
  const responsible = responsibleParent(world, children, a.plan);
  const hasPlan = children.some(({ holder }) => holder.key === responsible);
  const goesFirst = (child: ChildPlan): boolean =>
    hasPlan ? child.holder.key === responsible : isStepParent(child.holder) && partnerOf(world, children, child) === responsible;
  const because = hasPlan ? 'a court decree makes the subscriber of the former responsible' : 'the subscriber of the former is the spouse of the parent whom a court decree makes responsible, and who has no plan';
  return lower(a.plan, b.plan, Number(!goesFirst(a)), Number(!goesFirst(b)), forParents(a, b, 'N2c'), because);
}

/** Place by custody (N2f). */
const CUSTODY_PLACES = ['the custodial parent', 'the custodial parent’s spouse', 'the other parent', 'the other parent’s spouse'] as const;

function byCustody(world: World, a: ChildPlan, b: ChildPlan, children: readonly ChildPlan[]): Decision | undefined {
  const custodial = custodialParent(world, children, a.plan);
  const place = (child: ChildPlan): number => {
    if (child.holder.key === custodial) return 0;
    if (!isStepParent(child.holder)) return 2;
    return partnerOf(world, children, child) === custodial ? 1 : 3;
  };
  const [placeA, placeB] = [place(a), place(b)];
  const [first, then] = [CUSTODY_PLACES[Math.min(placeA, placeB)], CUSTODY_PLACES[Math.max(placeA, placeB)]];
  return lower(a.plan, b.plan, placeA, placeB, forParents(a, b, 'N2f'), `no decree decides; the subscriber of the former is ${first}, of the latter ${then}`);
}

/** N2a, N2d, N2e and then N2b: between parents, not their spouses. */
function birthdayRule(world: World, a: ChildPlan, b: ChildPlan, rule: RuleId): Decision | undefined {
  if (isStepParent(a.holder) || isStepParent(b.holder)) return undefined;
  return lower(a.plan, b.plan, birthday(world, a, rule), birthday(world, b, rule), rule, 'the birthday of the former’s subscriber comes earlier in the year')
    ?? lower(a.plan, b.plan, coverageStart(world, a.plan, 'N2b'), coverageStart(world, b.plan, 'N2b'), 'N2b', 'both subscribers have the same birthday, and the former has covered its subscriber longer');
}

/** N2h: a dependent child who is also a dependent on the own spouse's plan. */
export function childAndSpouse(world: World, childPlan: Plan, spousePlan: Plan): Decision | undefined {
  if (world.situation.settings.marriedChild === 'spouse-first') return before(spousePlan, childPlan, 'N2h', 'by setting, the plan of the patient’s own spouse goes first');
  const [parent, spouse] = [withHolder(childPlan), withHolder(spousePlan)];
  return lower(childPlan, spousePlan, coverageStart(world, childPlan, 'N2h'), coverageStart(world, spousePlan, 'N2h'), 'N2h', 'of a parent’s and a spouse’s plan, the former has covered the patient longer')
    ?? lower(childPlan, spousePlan, birthday(world, parent, 'N2h'), birthday(world, spouse, 'N2h'), 'N2h', 'of a parent’s and a spouse’s plan that began together, the birthday of the former’s subscriber comes earlier in the year');
}
