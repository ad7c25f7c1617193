import type { Claim, ClaimResponse } from 'fhir/r4.js';
import type { Finding } from '../model.js';
import { toClaimResponse } from '../write-claim-response.js';
import { attachmentsOf } from './attachments.js';
import { claimNumber } from './claim-number.js';
import { saysTheSame } from './fingerprint.js';
import { REASONS, referenceTo, type DeriveInput, type DeriveResult, type Obstacle } from './input.js';
import { mspTypeOf } from './msp-type.js';
import { nextClaim, netHashOf, type InsuranceRow } from './next-claim.js';
import type { NextPayer } from './next-payer.js';
import { existingClaim, FIRST_OBSTACLES, NEXT_OBSTACLES, notesOf } from './obstacles.js';
import { gather, situationOf, type DecidedPayer, type Situation } from './situation.js';
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
  const claim = reason === 'derived' ? claimOf(situation) : reason === 'already-derived' ? existingClaim(situation) : undefined;
  return {
    reason,
    ...(claim ? { claim } : {}),
    worksheet: worksheetOf(situation.before, situation.decided),
    residual: patientResponsibility(situation.last.adjudication),
    ...(situation.deadline ? { deadline: situation.deadline } : {}),
    attachments: attachmentsOf(situation.before, decisionsOf(situation), situation.rules.requiresPrimaryEob ?? false, input.resources),
    findings: [...findingsOf(obstacles), ...notesOf(situation)],
  };
}

type Held = readonly [Obstacle, readonly Finding[]];

/** The obstacles that hold, in the order of REASONS. */
const holding = <Facts>(checks: { readonly [O in Obstacle]?: (facts: Facts) => readonly Finding[] }, facts: Facts): Held[] =>
  REASONS.flatMap((obstacle): Held[] => {
    const findings = checks[obstacle]?.(facts) ?? [];
    return findings.length > 0 ? [[obstacle, findings]] : [];
  });

const reasonOf = (held: readonly Held[]): DeriveResult['reason'] => held[0]?.[0] ?? 'derived';
const findingsOf = (held: readonly Held[]): Finding[] => held.flatMap(([, findings]) => findings);

const decisionsOf = ({ decided }: Situation): string[] => decided.flatMap(({ decisions }) => decisions.flatMap((decision) => referenceTo(decision) ?? []));

function claimOf(situation: Situation): Claim | undefined {
  const { input, chain, before, decided, next, coverage, hash } = situation;
  if (!('coverage' in next)) return undefined;
  const first = chain.standing[0] ?? input.claim;
  const cancelled = chain.all.filter((claim) => netHashOf(claim) === hash).length;
  const position = decided.length + 1;
  return nextClaim({
    before,
    id: input.digest([referenceTo(first) ?? '', hash, cancelled].join('\n')).slice(0, 32),
    identifier: claimNumber(first, position, chain.all, input.digest),
    rows: rowsOf(situation, next),
    focal: decided.length,
    coverage,
    decisions: decisionsOf(situation),
    netHash: hash,
    created: input.asOf,
  });
}

function rowsOf(situation: Situation, next: NextPayer): InsuranceRow[] {
  const ranked = situation.input.orders[0]?.order.ranked ?? [];
  const mspType = (coverage: string) => {
    const row = ranked.find((one) => one.coverage === coverage);
    return row && mspTypeOf(row, situation.input.coverages.find((one) => referenceTo(one) === coverage));
  };
  return [
    ...situation.decided.map((payer, position) => ({ coverage: payer.coverage, decision: decisionFor(payer, position, situation), mspType: mspType(payer.coverage) })),
    ...[next.coverage, ...next.later].map((coverage) => ({ coverage, mspType: mspType(coverage) })),
  ];
}

/** The stored ClaimResponse where one states the net decision; else one that the claim contains. */
function decisionFor({ adjudication, decisions }: DecidedPayer, position: number, { input, before }: Situation): string | ClaimResponse {
  const only = decisions.length === 1 ? decisions[0] : undefined;
  const reference = only && referenceTo(only);
  if (only?.resourceType === 'ClaimResponse') return reference ?? { ...only, id: containedId(position) };
  const made = input.decisions.find((one) => one.resourceType === 'ClaimResponse' && reference !== undefined && one.meta?.source === reference && saysTheSame(one, adjudication));
  return (made && referenceTo(made)) ?? {
    ...toClaimResponse(adjudication, { type: before.type, id: containedId(position), requestor: before.provider }),
    ...(reference === undefined ? {} : { meta: { source: reference } }),
  };
}

const containedId = (position: number): string => `decision-${position + 1}`;
