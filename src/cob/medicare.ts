import { dayOfMonth, dayText, firstDayOfMonth, monthOf, monthText } from './dates.js';
import { before, type Decision } from './decision.js';
import { entitlement, type Entitlement, esrdStartMonth, primaryBeforeEsrd } from './medicare-questions.js';
import {
  employerSize, employmentBasis, isMultiEmployer, keepsEmploymentRights, largestEmployerSize, payerKind, relationship, smallEmployerElection, workedInFirstPayMonth, type World,
} from './plan-questions.js';
import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';

/** Medicare (or Medicare Advantage, M15) against a plan: Medicare secondary payer, 42 USC 1395y(b). First that decides wins. */
export function medicareAgainst(world: World, medicare: Plan, plan: Plan): Decision {
  if (payerKind(world, plan) !== 'group-health') return before(medicare, plan, 'M4', 'an individual policy is not a group health plan');
  const reason = entitlement(world, medicare);
  return byRenalDisease(world, medicare, plan, reason)
    ?? byEmploymentStatus(world, medicare, plan, reason)
    ?? byEmployer(world, medicare, plan, reason);
}

/** M3, M3d: whatever the employer's size and however the plan is held. After the period Medicare is primary even for who still works. */
function byRenalDisease(world: World, medicare: Plan, plan: Plan, { esrd, other }: Entitlement): Decision | undefined {
  const start = esrd ? esrdStartMonth(world, medicare, other === undefined) : undefined;
  if (start === undefined) return undefined;
  const months = medicare.medicare.coordinationMonths;
  const end = dayText(firstDayOfMonth(start + months) - 1);
  if (monthOf(world.situation.day) >= start + months) {
    return before(medicare, plan, 'M3', `the coordination period of ${months} months for renal disease ended on ${end} at the latest`);
  }
  if (primaryBeforeEsrd(world, medicare, start, other)) return before(medicare, plan, 'M3d', 'Medicare was lawfully primary when renal disease began, so that no coordination period began');
  return before(plan, medicare, 'M3', `the coordination period of ${months} months for renal disease, from ${monthText(start)}, runs until ${end}`);
}

const NOT_BY_EMPLOYMENT: Readonly<Partial<Record<string, string>>> = {
  retired: 'the plan is held as a retiree', cobra: 'the plan is COBRA continuation', none: 'the plan is not held by employment',
};

/** M4, CES: without current employment status Medicare is primary (42 CFR 411.104). */
function byEmploymentStatus(world: World, medicare: Plan, plan: Plan, { other }: Entitlement): Decision | undefined {
  const rule: RuleId = plan.federalEmployees ? 'P5' : 'M4';
  const basis = employmentBasis(world, plan, rule);
  const status = NOT_BY_EMPLOYMENT[basis];
  if (status) return before(medicare, plan, rule, status);
  if (basis === 'laid-off') {
    const onDisability = other === 'disability' && plan.relationship === 'self';
    return onDisability || !keepsEmploymentRights(world, plan) ? before(medicare, plan, 'CES', 'the subscriber is laid off without current employment status') : undefined;
  }
  return isPastDisabilityPay(world, plan) ? before(medicare, plan, 'CES', 'employer disability pay has lasted longer than six months') : undefined;
}

/**
 * Six whole calendar months of employer disability pay count as employment. The month in which pay began is the first
 * of them, unless the subscriber still worked in it, which only a start within the month leaves open.
 */
function isPastDisabilityPay(world: World, plan: Plan): boolean {
  const from = plan.employment.disabilityPayFrom;
  if (!from) return false;
  const elapsed = monthOf(world.situation.day) - monthOf(from.first);
  return elapsed > 6 || (elapsed === 6 && (dayOfMonth(from.first) === 1 || !workedInFirstPayMonth(world, plan)));
}

/** M1, M1x, M2, M11, M12, P5: current employment, so the employer's size decides. */
function byEmployer(world: World, medicare: Plan, plan: Plan, { other }: Entitlement): Decision {
  if (other === 'disability') return byLargeEmployer(world, medicare, plan);
  const relation = relationship(world, plan, 'M1');
  if (relation !== 'self' && relation !== 'spouse') return before(medicare, plan, 'M12', 'the employment is neither the patient’s own nor a spouse’s');
  if (plan.federalEmployees) return before(plan, medicare, 'P5', 'the plan is held by current federal employment');
  const size = employerSize(world, plan, 'M1');
  if (size >= 20) return before(plan, medicare, 'M1', `Medicare by age, and current employment; the employer has ${employees(plan)}, at least 20`);
  if (!isMultiEmployer(world, plan, 'M1x')) return before(medicare, plan, 'M11', `Medicare by age, and the employer has ${employees(plan)}, fewer than 20`);
  if (largestEmployerSize(world, plan, 'M1x') < 20) return before(medicare, plan, 'M11', 'no employer in the multi-employer plan has 20 or more');
  return smallEmployerElection(world, plan)
    ? before(medicare, plan, 'M1x', 'the multi-employer plan elected the small-employer exception for an employer of fewer than 20')
    : before(plan, medicare, 'M1x', 'an employer in the multi-employer plan has 20 or more, and no exception was elected');
}

/** M2: any family member's employment counts, and a multi-employer plan has no exception (42 CFR 411.204). */
function byLargeEmployer(world: World, medicare: Plan, plan: Plan): Decision {
  if (plan.federalEmployees) return before(plan, medicare, 'P5', 'the plan is held by current federal employment');
  if (employerSize(world, plan, 'M2') >= 100) return before(plan, medicare, 'M2', `Medicare by disability, and current employment; the employer has ${employees(plan)}, at least 100`);
  if (isMultiEmployer(world, plan, 'M2') && largestEmployerSize(world, plan, 'M2') >= 100) {
    return before(plan, medicare, 'M2', 'Medicare by disability, and an employer in the multi-employer plan has 100 or more');
  }
  return before(medicare, plan, 'M11', `Medicare by disability, and the employer has ${employees(plan)}; no employer in the plan has 100 or more`);
}

const employees = ({ employment: { employerSize: stated } }: Plan): string => (stated === undefined ? 'a number of employees that is not stated' : `${stated} employees`);
