import { before, type Decision } from './decision.js';
import { eventPayer } from './event-payers.js';
import { payerKind, type World } from './plan-questions.js';
import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';
import type { PayerKind } from './types.js';

/**
 * Places of the kinds of payers, lower first. Kinds of one place are ordered by rules of their own: group, individual,
 * Medicare and Medigap coverage among themselves (NAIC, Medicare secondary payer, P6), the two payers for work as well.
 */
export const PLACES: Readonly<Record<PayerKind, number>> = {
  va: 0,
  'workers-comp': 1, 'black-lung': 1, 'no-fault': 2, liability: 3,
  'group-health': 4, individual: 4, 'non-coordinating': 4, medicare: 4, 'medicare-advantage': 4, medigap: 4,
  tricare: 5, champva: 6,
  medicaid: 7,
  'state-program': 8, 'ryan-white': 9, ihs: 10,
};

const MEDICARE_KINDS: ReadonlySet<string> = new Set<PayerKind>(['medicare', 'medicare-advantage', 'medigap']);

/** Why a program stands behind everything of a lower place: the rule, and the clause that says so. */
interface Behind {
  readonly rule: (first: PayerKind) => RuleId;
  readonly because: string;
}

const BEHIND: Readonly<Partial<Record<PayerKind, Behind>>> = {
  tricare: { rule: (first) => (MEDICARE_KINDS.has(first) ? 'P3' : 'P2'), because: 'TRICARE pays after all other insurance' },
  champva: { rule: () => 'P4', because: 'CHAMPVA pays after all but Medicaid and the programs behind it' },
  medicaid: { rule: () => 'P1', because: 'Medicaid pays after all third parties' },
  'state-program': { rule: () => 'P1b', because: 'the state program pays after Medicaid and all other coverage' },
  'ryan-white': { rule: () => 'P1b', because: 'Ryan White pays after Medicaid and all other coverage' },
  ihs: { rule: (first) => (first === 'medicaid' ? 'P1b' : 'P7'), because: 'the Indian Health Service is the payer of last resort' },
};

/** Two payers by the places of their kinds; undefined when they have the same place. */
export function byPlace(world: World, a: Plan, b: Plan): Decision | undefined {
  const [kindA, kindB] = [coverageKind(world, a), coverageKind(world, b)];
  if (PLACES[kindA] === PLACES[kindB]) return undefined;
  const aFirst = PLACES[kindA] < PLACES[kindB];
  const [first, then, firstKind, thenKind] = aFirst ? [a, b, kindA, kindB] : [b, a, kindB, kindA];
  const behind = BEHIND[thenKind];
  if (behind) return before(first, then, behind.rule(firstKind), behind.because);
  const event = eventPayer(firstKind);
  return before(first, then, event?.rule ?? 'M9', `the former answers for ${event?.event ?? 'the service'}`);
}

/** The kind of a coverage that takes part in the order. */
export function coverageKind(world: World, plan: Plan): PayerKind {
  const kind = payerKind(world, plan);
  return kind === 'no-coverage' ? 'non-coordinating' : kind;
}
