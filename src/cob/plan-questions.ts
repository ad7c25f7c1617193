import { type DayRange, EARLIEST_DAY, isExact, representatives } from './dates.js';
import type { Relationship } from './people-facts.js';
import type { RuleId } from './rules.js';
import type { Plan, Situation } from './situation.js';
import type { EmploymentBasis, PayerKind, RelatedCause } from './types.js';
import type { Ask } from './worlds.js';

/** One way things could be: what is stated, and an answer to whatever is not. */
export interface World {
  readonly situation: Situation;
  readonly ask: Ask;
}

export const COVERAGE_EXTENSION = (name: string, part?: string): string =>
  `Coverage.extension('https://cobalt.example/fhir/StructureDefinition/${name}')${part ? `.extension('${part}')` : ''}.value`;

/** Kinds that stand for all others: what is unknown may be before, among or after the plans, or no payer for this service. */
const KINDS_TO_TRY: readonly PayerKind[] = ['group-health', 'medicare', 'medicaid', 'workers-comp'];

export const payerKind = ({ ask }: World, plan: Plan): PayerKind | 'no-coverage' =>
  plan.kind?.kind ?? ask({
    id: `${plan.ref} kind`, coverage: plan.ref, rule: '1.1', possible: KINDS_TO_TRY,
    expression: COVERAGE_EXTENSION('payer-kind'), question: 'What kind of payer is this (group health plan, Medicare, Medicaid, workers’ compensation …)?',
  });

/** The day on which the coverage began, or another day that has the same place among the starts of all plans. */
export function coverageStart({ situation, ask }: World, plan: Plan, rule: RuleId): number {
  const since = plan.coveredSince;
  if (since && isExact(since)) return since.first;
  return ask({
    id: `${plan.ref} start`, coverage: plan.ref, rule, possible: () => possibleStarts(situation, since),
    expression: 'Coverage.period.start', question: 'When did coverage under this plan begin (first covered, successive plans of one employer counted as one)?',
  });
}

/** Days by which all ways to begin can be told apart: within what is stated, or up to the date of service, or after it. */
function possibleStarts({ day, plans }: Situation, stated: DayRange | undefined): number[] {
  const begun = { first: EARLIEST_DAY, last: day };
  const days = representatives(stated ?? begun, plans.filter(isComparedByStart).map(({ coveredSince }) => coveredSince ?? begun));
  return stated ? days : [...days, day + 1];
}

/** Government programs are never ordered by how long they have covered. */
const isComparedByStart = ({ kind }: Plan): boolean => kind === undefined || kind.kind === 'group-health' || kind.kind === 'individual' || kind.kind === 'non-coordinating';

export const relationship = ({ ask }: World, plan: Plan, rule: RuleId): Relationship =>
  plan.relationship ?? ask({
    id: `${plan.ref} relationship`, coverage: plan.ref, rule,
    possible: plan.holder ? (['spouse', 'child', 'other'] as const) : (['self', 'spouse', 'child', 'other'] as const),
    expression: 'Coverage.relationship', question: 'Is the patient the subscriber of this plan, or covered as a dependent (spouse, child, other)?',
  });

/** How a group plan is held; an individual policy is not held by employment. */
export function employmentBasis(world: World, plan: Plan, rule: RuleId): EmploymentBasis {
  if (plan.employment.basis) return plan.employment.basis;
  if (payerKind(world, plan) !== 'group-health') return 'none';
  return world.ask({
    id: `${plan.ref} basis`, coverage: plan.ref, rule, possible: ['active', 'retired', 'cobra', 'none'] as const,
    expression: COVERAGE_EXTENSION('employment', 'basis'),
    question: 'How does the subscriber hold this plan: by current employment (actively working), as a retiree, laid off, by COBRA continuation, or not by employment?',
  });
}

export const onActiveDuty = ({ ask }: World, plan: Plan): boolean =>
  (plan.employment.basis ?? ask({
    id: `${plan.ref} duty`, coverage: plan.ref, rule: 'P2', possible: ['active-duty', 'retired'] as const,
    expression: COVERAGE_EXTENSION('employment', 'basis'), question: 'Is the patient a service member on active duty?',
  })) === 'active-duty';

export const keepsEmploymentRights = ({ ask }: World, plan: Plan): boolean =>
  ask({
    id: `${plan.ref} rights`, coverage: plan.ref, rule: 'CES', possible: [true, false],
    expression: COVERAGE_EXTENSION('employment', 'basis'),
    question: 'Does the laid-off subscriber retain employment rights, without disability benefits (a temporary lay-off counts as current employment: state the basis active)?',
  });

export const workedInFirstPayMonth = ({ ask }: World, plan: Plan): boolean =>
  ask({
    id: `${plan.ref} last-worked`, coverage: plan.ref, rule: 'CES', possible: [true, false],
    expression: COVERAGE_EXTENSION('employment', 'disabilityPayFrom'),
    question: 'Did the subscriber still work in the month in which employer disability pay began (then the six whole months begin with the next month)?',
  });

/** Sizes that stand for the bands of the law (under 20, 20 to 99, 100 and more); no employer is larger than the largest. */
const SIZES = [19, 99, 100] as const;

export const employerSize = ({ ask }: World, { ref, employment }: Plan, rule: RuleId): number =>
  employment.employerSize ?? ask({
    id: `${ref} size`, coverage: ref, rule, possible: () => [...new Set(SIZES.map((size) => Math.min(size, employment.largestEmployerSize ?? size)))],
    expression: COVERAGE_EXTENSION('employment', 'employerSize'), question: 'How many employees has the employer (employer size: under 20, 20 to 99, 100 or more)?',
  });

export const isMultiEmployer = ({ ask }: World, plan: Plan, rule: RuleId): boolean =>
  plan.employment.multiEmployer ?? ask({
    id: `${plan.ref} multi-employer`, coverage: plan.ref, rule, possible: [true, false],
    expression: COVERAGE_EXTENSION('employment', 'multiEmployer'), question: 'Is this a plan of several employers (multi-employer or union plan)?',
  });

export const largestEmployerSize = ({ ask }: World, { ref, employment }: Plan, rule: RuleId): number =>
  employment.largestEmployerSize ?? ask({
    id: `${ref} largest`, coverage: ref, rule, possible: () => [...new Set(SIZES.map((size) => Math.max(size, employment.employerSize ?? size)))],
    expression: COVERAGE_EXTENSION('employment', 'largestEmployerSize'), question: 'How many employees has the largest employer in the multi-employer plan?',
  });

export const smallEmployerElection = ({ ask }: World, plan: Plan): boolean =>
  plan.employment.smallEmployerElection ?? ask({
    id: `${plan.ref} election`, coverage: plan.ref, rule: 'M1x', possible: [true, false],
    expression: COVERAGE_EXTENSION('employment', 'smallEmployerElection'),
    question: 'Did the multi-employer plan elect the small-employer exception for this employer, and did CMS approve it?',
  });

const CAUSES: readonly RelatedCause[] = ['none', 'employment', 'auto', 'other-accident'];

export const relatedCause = ({ situation, ask }: World, plan: Plan, rule: RuleId): RelatedCause =>
  situation.relatedCause !== 'unknown' ? situation.relatedCause : ask({
    id: 'related cause', coverage: plan.ref, rule, possible: CAUSES,
    expression: 'Claim.accident.type', question: 'Is the service related to a work injury, a car accident or another accident, or to none?',
  });

export const vaAuthorized = ({ situation, ask }: World, plan: Plan): boolean =>
  situation.vaAuthorized ?? ask({
    id: 'VA authorised', coverage: plan.ref, rule: 'M9', possible: [true, false],
    expression: 'Claim.insurance.preAuthRef', question: 'Did the VA authorise this service?',
  });
