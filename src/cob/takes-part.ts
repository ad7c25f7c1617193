import { holdsAsItStands } from './doubt.js';
import { coverageStart, onActiveDuty, payerKind, relationship, vaAuthorized, type World } from './plan-questions.js';
import { eventPayer, isRelated } from './event-payers.js';
import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';
import type { ExclusionCode } from './types.js';

export interface Exclusion {
  readonly plan: Plan;
  readonly code: ExclusionCode;
  readonly rule: RuleId;
  readonly reason: string;
}

export interface Participants {
  readonly plans: readonly Plan[];
  readonly exclusions: readonly Exclusion[];
}

type Verdict = Omit<Exclusion, 'plan'> | undefined;

/** What keeps one coverage out by itself. First that holds is the reason. */
type PlanFilter = (world: World, plan: Plan) => Verdict;

const inForce: PlanFilter = ({ situation }, { status, inForce: { start, end }, coveredSince }) => {
  if (status === 'cancelled' || status === 'entered-in-error') return { code: 'cancelled', rule: '1.5', reason: `the coverage is ${status}` };
  if (status !== 'active') return { code: 'inactive', rule: '1.5', reason: `the coverage is not active but ${status}` };
  if (end !== undefined && end < situation.day) return { code: 'inactive', rule: '1.5', reason: 'the coverage ended before the date of service' };
  const begins = start ?? coveredSince;
  return begins && begins.first > situation.day ? { code: 'inactive', rule: '1.5', reason: 'the coverage begins after the date of service' } : undefined;
};

/** Which plans cover a kind of service: a medical plan covers hospital and behavioral care too, not the other way round. */
const COVERED_BY: Readonly<Record<string, readonly string[]>> = { hospital: ['hospital', 'medical'], behavioral: ['behavioral', 'medical'] };

/** Event payers and the VA cover whatever treats their patient, unless their benefit types are stated. */
const coversService: PlanFilter = (world, plan) => {
  const { benefitType } = world.situation;
  const covering = Object.hasOwn(COVERED_BY, benefitType) ? COVERED_BY[benefitType] : [benefitType];
  if (plan.benefitTypes.some((type) => covering?.includes(type))) return undefined;
  if (!plan.benefitTypesStated && (payerKind(world, plan) === 'va' || eventPayer(payerKind(world, plan)))) return undefined;
  return { code: 'benefit-type', rule: '1.5', reason: `it covers ${plan.benefitTypes.join(', ')} services, not ${benefitType}` };
};

const isCoordinated: PlanFilter = (world, plan) => {
  const kind = payerKind(world, plan);
  if (kind === 'no-coverage') return { code: 'not-a-plan', rule: 'P10', reason: 'a spending account, charity or self-pay is not coverage' };
  if (kind !== 'non-coordinating' || plan.provision === true) return undefined;
  return { code: 'not-a-plan', rule: 'P8', reason: 'it pays fixed or supplemental benefits whatever else pays, and its text does not say that it coordinates' };
};

const isForThisEvent: PlanFilter = (world, plan) => {
  const event = eventPayer(payerKind(world, plan));
  return event && !isRelated(world, plan, event) ? { code: 'not-related', rule: event.rule, reason: `the service is not related to ${event.event}` } : undefined;
};

const isAuthorizedByVa: PlanFilter = (world, plan) =>
  payerKind(world, plan) === 'va' && !vaAuthorized(world, plan) ? { code: 'not-authorized', rule: 'M9', reason: 'the VA did not authorise the service' } : undefined;

const hasBegun: PlanFilter = (world, plan) =>
  !plan.inForce.start && !plan.coveredSince && coverageStart(world, plan, '1.5') > world.situation.day
    ? { code: 'inactive', rule: '1.5', reason: 'the coverage begins after the date of service' } : undefined;

const isCertain: PlanFilter = (world, plan) =>
  plan.doubt && !holdsAsItStands(world, plan, plan.doubt)
    ? { code: 'inactive', rule: '1.5', reason: plan.doubt.kind === 'missing' ? 'its source does not have it any more' : 'its source held parts of it back, and what stands does not hold' } : undefined;

const PLAN_FILTERS: readonly PlanFilter[] = [inForce, coversService, isCoordinated, isForThisEvent, isAuthorizedByVa, hasBegun, isCertain];

/** What keeps a coverage out because of another one that takes part. */
type GroupFilter = (world: World, plan: Plan, others: readonly Plan[]) => Verdict;

const soleVa: GroupFilter = (world, plan, others) =>
  payerKind(world, plan) !== 'va' && others.some((other) => payerKind(world, other) === 'va') ? { code: 'not-authorized', rule: 'M9', reason: 'the VA authorised the service and is the only payer for it' } : undefined;

const soleTricare: GroupFilter = (world, plan, others) =>
  !isTricare(world, plan) && others.some((other) => isTricare(world, other) && onActiveDuty(world, other) && relationship(world, other, 'P2') === 'self')
    ? { code: 'not-authorized', rule: 'P2', reason: 'the patient is on active duty, and TRICARE is the only payer' } : undefined;

const isTricare = (world: World, plan: Plan): boolean => payerKind(world, plan) === 'tricare';

const champvaBesideTricare: GroupFilter = (world, plan, others) =>
  payerKind(world, plan) === 'champva' && others.some((other) => isTricare(world, other))
    ? { code: 'not-authorized', rule: 'P4', reason: 'who is eligible for TRICARE is not eligible for CHAMPVA' } : undefined;

const REPLACED_BY_ADVANTAGE: Readonly<Partial<Record<string, Omit<Exclusion, 'plan'>>>> = {
  medicare: { code: 'not-authorized', rule: 'M15', reason: 'Medicare Advantage stands in its place; Original Medicare is billed for hospice and trials only' },
  medigap: { code: 'not-authorized', rule: 'P6', reason: 'a Medigap policy does not pay beside Medicare Advantage' },
};

const replacedByAdvantage: GroupFilter = (world, plan, others) =>
  others.some((other) => payerKind(world, other) === 'medicare-advantage') ? REPLACED_BY_ADVANTAGE[payerKind(world, plan)] : undefined;

const medigapWithoutMedicare: GroupFilter = (world, plan, others) => {
  if (payerKind(world, plan) !== 'medigap' || others.some((other) => payerKind(world, other) === 'medicare')) return undefined;
  const unrecorded = world.ask({
    id: 'Medicare unrecorded', coverage: plan.ref, rule: 'P6', possible: [true, false],
    expression: 'Coverage.period', question: 'Is Medicare in force on the date of service? No such coverage is recorded, and a Medigap policy pays only after Medicare.',
  });
  return unrecorded ? undefined : { code: 'inactive', rule: 'P6', reason: 'a Medigap policy pays only after Medicare, and no Medicare coverage is in force' };
};

const individualStaysOut: GroupFilter = (world, plan, others) =>
  world.situation.settings.individualPolicies === 'stay-out' && payerKind(world, plan) === 'individual' && others.some((other) => payerKind(world, other) === 'group-health')
    ? { code: 'not-a-plan', rule: 'P12', reason: 'by setting, only group plans coordinate' } : undefined;

/** One after the other: who is out by an earlier one puts nobody out. */
const GROUP_FILTERS: readonly GroupFilter[] = [soleVa, soleTricare, champvaBesideTricare, replacedByAdvantage, medigapWithoutMedicare, individualStaysOut];

/** What keeps a coverage out by itself, whoever else pays. */
const verdictAlone = (world: World, plan: Plan): Verdict => PLAN_FILTERS.reduce<Verdict>((verdict, filter) => verdict ?? filter(world, plan), undefined);

/** The same, as its exclusion; none: it may take part. */
export function excludedAlone(world: World, plan: Plan): Exclusion[] {
  const verdict = verdictAlone(world, plan);
  return verdict ? [{ plan, ...verdict }] : [];
}

/** Who pays for this service at all. */
export function participants(world: World): Participants {
  const exclusions: Exclusion[] = [];
  const without = (plans: readonly Plan[], verdictOn: (plan: Plan) => Verdict): Plan[] =>
    plans.filter((plan) => {
      const verdict = verdictOn(plan);
      if (verdict) exclusions.push({ plan, ...verdict });
      return !verdict;
    });
  let plans: readonly Plan[] = without(world.situation.plans, (plan) => verdictAlone(world, plan));
  for (const filter of GROUP_FILTERS) {
    const before = plans;
    plans = without(before, (plan) => filter(world, plan, before.filter((other) => other !== plan)));
  }
  return { plans, exclusions };
}
