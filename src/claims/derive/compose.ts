import type { Claim, ClaimResponse } from 'fhir/r4.js';
import { toClaimResponse } from '../write-claim-response.js';
import { claimNumber } from './claim-number.js';
import { saysTheSame } from './fingerprint.js';
import { referenceTo, type DeriveInput } from './input.js';
import { mspTypeOf } from './msp-type.js';
import { nextClaim, netHashOf, type InsuranceRow } from './next-claim.js';
import type { DecidedPayer, Gathered } from './situation.js';

/** A claim of the chain that is to be made. */
export interface Composition extends Pick<Gathered, 'input' | 'chain'> {
  /** The claim to the payer before. */
  readonly before: Claim;
  /** The payers before, in order. */
  readonly decided: readonly DecidedPayer[];
  /** The coverage that it goes to. */
  readonly focal: string;
  /** Coverages whose turn comes after it. */
  readonly later: readonly string[];
  /** Hash of the net decisions of the payers before. */
  readonly hash: string;
}

/** The draft claim to the focal payer. The same composition gives the same claim, with the same id and number. */
export function compose({ input, chain, before, decided, focal, later, hash }: Composition): Claim {
  const first = chain.standing[0] ?? input.claim;
  const cancelled = chain.all.filter((claim) => netHashOf(claim) === hash).length;
  return nextClaim({
    before,
    id: input.digest([referenceTo(first) ?? '', hash, cancelled].join('\n')).slice(0, 32),
    identifier: claimNumber(first, decided.length + 1, chain.all, input.digest),
    rows: rowsOf(input, before, decided, [focal, ...later]),
    focal: decided.length,
    coverage: input.coverages.find((one) => referenceTo(one) === focal),
    decisions: decisionsIn(decided),
    netHash: hash,
    created: input.asOf,
  });
}

/** References of the decisions that stand. */
export const decisionsIn = (decided: readonly DecidedPayer[]): string[] => decided.flatMap(({ decisions }) => decisions.flatMap((decision) => referenceTo(decision) ?? []));

function rowsOf(input: DeriveInput, before: Claim, decided: readonly DecidedPayer[], undecided: readonly string[]): InsuranceRow[] {
  const ranked = input.orders[0]?.order.ranked ?? [];
  const mspType = (coverage: string) => {
    const row = ranked.find((one) => one.coverage === coverage);
    return row && mspTypeOf(row, input.coverages.find((one) => referenceTo(one) === coverage));
  };
  return [
    ...decided.map((payer, position) => ({ coverage: payer.coverage, decision: decisionFor(payer, position, input, before), mspType: mspType(payer.coverage) })),
    ...undecided.map((coverage) => ({ coverage, mspType: mspType(coverage) })),
  ];
}

/** The stored ClaimResponse where one states the net decision; else one that the claim contains. */
function decisionFor({ adjudication, decisions }: DecidedPayer, position: number, input: DeriveInput, before: Claim): string | ClaimResponse {
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
