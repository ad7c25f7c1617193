import type { Claim } from 'fhir/r4.js';
import type { Finding } from '../model.js';
import { attachmentsOf } from './attachments.js';
import { compose, decisionsIn } from './compose.js';
import { REASONS, type DeriveInput, type DeriveResult, type Obstacle } from './input.js';
import { existingClaim, FIRST_OBSTACLES, NEXT_OBSTACLES, notesOf } from './obstacles.js';
import { gather, situationOf, type Situation } from './situation.js';
import { patientResponsibility, worksheetOf } from './worksheet.js';

export { benefitTypeOf, orderDates, relatedCauseOf } from './billed.js';
export type { DeriveInput, DeriveResult, Obstacle } from './input.js';

/**
 * The next payer's claim after the decisions of the payers before (domain/x12-mapping.md, Derivation algorithm), or the
 * first reason why there is none. Pure: the same input gives the same claim, with the same id and number.
 */
export function deriveNextClaim(input: DeriveInput): DeriveResult {
  const gathered = gather(input);
  const first = holding(FIRST_OBSTACLES, gathered);
  const situation = situationOf(gathered);
  if (!situation) return { reason: reasonOf(first), attachments: [], findings: [...findingsOf(first), ...gathered.notes] };
  const obstacles = [...first, ...holding(NEXT_OBSTACLES, situation)];
  const reason = reasonOf(obstacles);
  const claim = MADE_FOR.has(reason) ? claimOf(situation) : reason === 'already-derived' ? existingClaim(situation) : undefined;
  return {
    reason,
    ...(claim ? { claim } : {}),
    worksheet: worksheetOf(situation.before, situation.decided),
    residual: patientResponsibility(situation.last.adjudication),
    ...(situation.deadline ? { deadline: situation.deadline } : {}),
    attachments: attachmentsOf(situation.before, decisionsIn(situation.decided), situation.rules.requiresPrimaryEob ?? false, input.resources),
    findings: [...findingsOf(obstacles), ...notesOf(situation)],
  };
}

/** What is sent on paper is a claim all the same: the content of the form. */
const MADE_FOR: ReadonlySet<DeriveResult['reason']> = new Set<DeriveResult['reason']>(['derived', 'payer-paper-only']);

type Held = readonly [Obstacle, readonly Finding[]];

/** The obstacles that hold, in the order of REASONS. */
const holding = <Facts>(checks: { readonly [O in Obstacle]?: (facts: Facts) => readonly Finding[] }, facts: Facts): Held[] =>
  REASONS.flatMap((obstacle): Held[] => {
    const findings = checks[obstacle]?.(facts) ?? [];
    return findings.length > 0 ? [[obstacle, findings]] : [];
  });

const reasonOf = (held: readonly Held[]): DeriveResult['reason'] => held[0]?.[0] ?? 'derived';
const findingsOf = (held: readonly Held[]): Finding[] => held.flatMap(([, findings]) => findings);

function claimOf({ input, chain, before, decided, next, hash }: Situation): Claim | undefined {
  return 'coverage' in next ? compose({ input, chain, before, decided, focal: next.coverage, later: next.later, hash }) : undefined;
}
