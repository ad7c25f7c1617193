import { conflicts } from './conflict.js';
import { certainExclusions, certainRows, type Outcome, outcomeIn, type Row, sameOrder } from './outcome.js';
import { citationOf } from './rules.js';
import { type Plan, readSituation, type Situation } from './situation.js';
import { excludedAlone, type Exclusion } from './takes-part.js';
import { sentence, traceOfOrder, traceOfQuestions } from './trace.js';
import type { CobInput, CobOrder, ExcludedCoverage, MissingFact, RankedCoverage } from './types.js';
import { decisiveFacts, explore, factsAsked, results, type Worlds } from './worlds.js';

/** Runs of the rules in which to see what the facts that are not stated could change. Ordinary cases need one. */
const RUN_LIMIT = 1000;

/**
 * The order of benefits of one patient for one date and kind of service: who takes part, who pays first, and why. The
 * rules run under every value that the facts which are not stated could have; where all give one order, it is the answer,
 * else the facts that make the difference are asked for.
 * @throws {RangeError} when `date` is not a full calendar date.
 */
export function orderBenefits(input: CobInput): CobOrder {
  const situation = readSituation(input);
  const worlds = explore((ask) => outcomeIn({ situation, ask }), RUN_LIMIT);
  const [outcome] = results(worlds);
  const decisive = decisiveFacts(worlds, sameOrder);
  if (!outcome || decisive.length > 0) return undetermined(situation, worlds, decisive.map(toMissing));
  if (outcome.composition.contradictory.length > 0) return undetermined(situation, worlds, contradiction(outcome));
  return {
    status: 'determined',
    ranked: toRanked(outcome.rows, results(worlds)),
    excluded: outcome.exclusions.map(toExcluded),
    missing: [],
    conflict: conflicts(outcome, input),
    trace: traceOfOrder(situation, outcome, factsAsked(worlds)),
    equalSharing: outcome.composition.equalSharing,
  };
}

function undetermined(situation: Situation, worlds: Worlds<Outcome>, missing: readonly MissingFact[]): CobOrder {
  const outcomes = results(worlds);
  const exclusions = isExplored(worlds) ? certainExclusions(outcomes) : situation.plans.flatMap((plan) => excludedInAnyCase(situation, plan));
  return {
    status: 'needs-human',
    ranked: isExplored(worlds) ? toRanked(certainRows(outcomes), outcomes) : [],
    excluded: exclusions.map(toExcluded),
    missing,
    conflict: [],
    trace: traceOfQuestions(situation, exclusions, missing, outcomes, isExplored(worlds)),
    equalSharing: false,
  };
}

/** Where too many facts are missing to see every outcome: what is out by itself is out whatever they are. */
function excludedInAnyCase(situation: Situation, plan: Plan): readonly Exclusion[] {
  const worlds = explore((ask) => ({ exclusions: excludedAlone({ situation, ask }, plan) }), RUN_LIMIT);
  return isExplored(worlds) ? certainExclusions(results(worlds)) : [];
}

const isExplored = (worlds: Worlds<unknown>): boolean => 'result' in worlds || ('branches' in worlds && worlds.branches.every(isExplored));

const toMissing = ({ coverage, expression, question, rule }: MissingFact): MissingFact => ({ coverage, expression, question, rule });

/** No fact is missing, but the pairwise rules go in a circle: only the plans themselves can say. */
function contradiction({ composition: { contradictory, decisions } }: Outcome): MissingFact[] {
  const pairs = [...decisions.values()].filter(({ first, then }) => contradictory.includes(first) && contradictory.includes(then)).map(sentence);
  return contradictory.map(({ ref }) => ({
    coverage: ref, expression: 'Coverage.order', rule: 'N7',
    question: `The rules give no single order of these plans. Ask them which one takes which place. ${pairs.join(' ')}`,
  }));
}

/** Rows that stand at the same place in every outcome. A reason that is not the same in all says so. */
function toRanked(rows: readonly Row[], outcomes: readonly Outcome[]): RankedCoverage[] {
  return rows.map(({ plan, kind, behind }, index) => {
    const decision = behind ?? rows[1]?.behind;
    const isCertain = outcomes.every((outcome) => outcome.rows[behind ? index : 1]?.behind?.because === decision?.because);
    return {
      order: index + 1,
      coverage: plan.ref,
      payerKind: kind,
      rule: behind?.rule ?? 'FIRST',
      reason: (decision ? sentence(decision) : `${plan.ref} ${isCertain ? 'is the only coverage that takes part' : 'goes first'}.`) + (isCertain ? '' : ' The place is the same whatever the facts are that are not stated.'),
      citation: citationOf(decision?.rule ?? '1.1'),
    };
  });
}

const toExcluded = ({ plan, code, reason }: Exclusion): ExcludedCoverage => ({ coverage: plan.ref, code, reason });
