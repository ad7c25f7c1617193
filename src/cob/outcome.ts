import { compose, type Composition, decisionOn } from './compose.js';
import type { Decision } from './decision.js';
import type { World } from './plan-questions.js';
import { coverageKind } from './programs.js';
import type { Plan } from './situation.js';
import { type Exclusion, participants } from './takes-part.js';
import type { PayerKind } from './types.js';

/** One row of an order, and what put it behind the row before. */
export interface Row {
  readonly plan: Plan;
  readonly kind: PayerKind;
  /** Undefined for the first. */
  readonly behind: Decision | undefined;
}

/** What follows in one world, where every fact has a value. */
export interface Outcome {
  readonly rows: readonly Row[];
  readonly exclusions: readonly Exclusion[];
  readonly composition: Composition;
}

export function outcomeIn(world: World): Outcome {
  const { plans, exclusions } = participants(world);
  const composition = compose(world, plans);
  const rows = composition.ranked.map((plan, index): Row => {
    const previous = composition.ranked[index - 1];
    return { plan, kind: coverageKind(world, plan), behind: previous && decisionOn(composition, previous, plan) };
  });
  return { rows, exclusions, composition };
}

/** Equal for outcomes that are the same order of the same payers. */
export const sameOrder = ({ rows, composition: { contradictory } }: Outcome): string =>
  [...rows.map(({ plan, kind, behind }) => `${behind?.equal ? '=' : '<'} ${plan.ref} ${kind}`), ...contradictory.map(({ ref }) => `? ${ref}`)].join(' ');

/** The rows that all outcomes begin with. */
export function certainRows(outcomes: readonly Outcome[]): readonly Row[] {
  const [first, ...others] = outcomes;
  if (!first || outcomes.some(({ composition }) => composition.equalSharing || composition.contradictory.length > 0)) return [];
  const length = first.rows.findIndex((row, index) => others.some(({ rows }) => rows[index]?.plan !== row.plan || rows[index]?.kind !== row.kind));
  return length < 0 ? first.rows : first.rows.slice(0, length);
}

/** The exclusions that hold in all of these worlds. */
export function certainExclusions(outcomes: readonly Pick<Outcome, 'exclusions'>[]): readonly Exclusion[] {
  const [first, ...others] = outcomes;
  return first?.exclusions.filter(({ plan, code }) => others.every(({ exclusions }) => exclusions.some((other) => other.plan === plan && other.code === code))) ?? [];
}
