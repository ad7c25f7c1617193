import { decisionOn } from './compose.js';
import type { Decision } from './decision.js';
import { notes } from './notes.js';
import { type Outcome, sameOrder } from './outcome.js';
import { citationOf, RULES } from './rules.js';
import type { Situation } from './situation.js';
import type { Exclusion } from './takes-part.js';
import type { MissingFact, TraceStep } from './types.js';

/** A decision as a sentence. */
export const sentence = ({ first, then, equal, because }: Decision): string =>
  equal ? `${first.ref} and ${then.ref}: ${because}.` : `${first.ref} before ${then.ref}: ${because}.`;

/** What was inferred and who is out, which holds whatever is missing. */
function groundwork({ plans }: Situation, exclusions: readonly Exclusion[]): TraceStep[] {
  const inferred = plans.flatMap(({ ref, kind }): TraceStep[] =>
    kind && !kind.stated ? [{ rule: '1.1', result: 'inferred', detail: `${ref}: payer kind ${kind.kind}, from ${kind.from}` }] : []);
  return [...inferred, ...exclusions.map(({ plan, rule, reason }): TraceStep => ({ rule, result: 'excluded', detail: `${plan.ref}: ${reason} — ${citationOf(rule)}` }))];
}

/** The reasoning that led to one order. `irrelevant`: facts that are not stated, and make no difference. */
export function traceOfOrder(situation: Situation, outcome: Outcome, irrelevant: readonly MissingFact[]): TraceStep[] {
  const { ranked } = outcome.composition;
  const decisions = ranked.flatMap((first, index) => ranked.slice(index + 1).flatMap((then) => decisionOn(outcome.composition, first, then) ?? []));
  return [
    ...groundwork(situation, outcome.exclusions),
    ...decisions.map((decision): TraceStep => ({ rule: decision.rule, result: decision.equal ? 'equal' : 'before', detail: `${sentence(decision)} Rule: ${RULES[decision.rule].title} — ${citationOf(decision.rule)}` })),
    ...irrelevant.map(({ rule, coverage, question }): TraceStep => ({ rule, result: 'no difference', detail: `${coverage}: not stated, and the order is the same whatever the answer: ${question}` })),
    ...notes(situation, outcome),
  ];
}

const ORDERS_SHOWN = 6;

/** Why a person must answer first: what is missing, and the orders that are possible until then. */
export function traceOfQuestions(situation: Situation, exclusions: readonly Exclusion[], missing: readonly MissingFact[], outcomes: readonly Outcome[], allTried: boolean): TraceStep[] {
  const possible = [...new Map(outcomes.map((outcome) => [sameOrder(outcome), outcome])).values()];
  return [
    ...groundwork(situation, exclusions),
    ...missing.map(({ rule, coverage, question }): TraceStep => ({ rule, result: 'missing', detail: `${coverage}: ${question}` })),
    ...possible.slice(0, ORDERS_SHOWN).map(({ rows, composition: { contradictory } }): TraceStep => ({ rule: '1.1', result: 'possible order', detail: contradictory.length > 0 ? 'the rules contradict each other' : rows.map(({ plan }) => plan.ref).join(', ') || 'none takes part' })),
    ...(allTried ? [] : [{ rule: '1.1', result: 'not all tried', detail: 'so much is not stated that not every case could be tried: some of the questions may turn out to make no difference' } as const]),
    ...(possible.length > ORDERS_SHOWN ? [{ rule: '1.1', result: 'possible order', detail: `and ${possible.length - ORDERS_SHOWN} more` } as const] : []),
  ];
}
