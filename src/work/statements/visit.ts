import type { Claim } from 'fhir/r4.js';
import { SYSTEM } from '../../claims/codes.js';
import { serviceSpans } from '../../claims/derive/billed.js';
import { payorOf } from '../../claims/derive/input.js';
import { claimTotal } from '../../claims/derive/worksheet.js';
import { identifierOf } from '../../claims/read-header.js';
import { statedAccount, type StatedAccount } from '../../claims/statement/stated.js';
import { coverageOf } from '../automation/state.js';
import type { PostingContext } from '../posting/post.js';
import { settle } from '../posting/settle.js';
import { chargesOf, disposedPayers, firstClaim, type LedgerState, type StateOptions } from '../posting/state.js';

/** One claim with its next payers' claims, as a patient sees it: a visit. */
export interface Visit {
  /** The first claim, `Claim/1`. */
  readonly root: string;
  /** The claim as its first payer has it. */
  readonly claim: Claim;
  /** The clinic's number of it. */
  readonly number: string | undefined;
  readonly dates: { readonly start: string; readonly end: string } | undefined;
  /** `Account/1`; undefined: nothing was ever posted. */
  readonly account: string | undefined;
  /** Why the patient may not be billed yet. */
  readonly holds: readonly string[];
  /** The patient is billed though payers may still pay: a person has given the reason. */
  readonly isEarly: boolean;
  /** Undefined while it is held, or nothing of it stands. */
  readonly stated: StatedAccount | undefined;
  /** Names of payers by coverage, as far as they are known. */
  readonly payers: ReadonlyMap<string, string>;
  /** The entries that it was read from; the ledger only grows, so the same entries are the same state. */
  readonly entries: readonly string[];
  /** The day of the last entry, YYYY-MM-DD. */
  readonly lastEntry: string | undefined;
}

export interface VisitRequest {
  /** Why the patient is billed though payers are still to answer. */
  readonly override: string | undefined;
  /** Who says so: references. */
  readonly by: readonly string[];
}

/**
 * A visit with its balance settled and posted, as `$resolve-balance` with `apply` does it: what a statement says is what
 * the ledger says. While it is held nothing reaches the patient, unless a reason overrides that (R008).
 */
export async function visitOf(claim: Claim, { override, by }: VisitRequest, options: Pick<StateOptions, 'asOf' | 'policy'>, context: PostingContext): Promise<Visit> {
  const { state } = await settle(claim, { by }, options, context);
  const overridden = override !== undefined && state.holds.length > 0 && !state.facts.isSettled ? await settle(claim, { override, by }, options, context) : undefined;
  return toVisit(overridden?.state ?? state);
}

function toVisit(state: LedgerState): Visit {
  const { chain, entries, facts, disposition, holds } = state;
  const claim = firstClaim(chain);
  const spans = serviceSpans(claim);
  const isStanding = chain.gathered.chain.standing.length > 0;
  return {
    root: chain.root,
    claim,
    number: identifierOf(claim.identifier, SYSTEM.identifierType, 'PLAC'),
    dates: spans.length === 0 ? undefined : { start: spans.map(({ start }) => start).sort()[0] ?? '', end: spans.map(({ end }) => end).sort().at(-1) ?? '' },
    account: entries[0]?.account,
    holds: isStanding && !facts.isSettled ? (holds.length > 0 ? holds : ['not-settled: the decisions do not say who bears what is left']) : [],
    isEarly: isStanding && facts.isSettled && holds.length > 0,
    stated: isStanding && facts.isSettled && disposition ? statedAccount({ charges: chargesOf(claim), total: claimTotal(claim), payers: disposedPayers(chain), disposition, entries }) : undefined,
    payers: new Map(chain.gathered.decided.flatMap(({ coverage }) => {
      const name = nameOf(coverage, state);
      return name === undefined ? [] : [[coverage, name] as const];
    })),
    entries: entries.map(({ id }) => id).sort(),
    lastEntry: entries.map(({ created }) => created).sort().at(-1),
  };
}

function nameOf(coverage: string, { chain }: LedgerState): string | undefined {
  const found = coverageOf(coverage, chain);
  return payorOf(found, chain.gathered.index)?.name ?? found?.payor[0]?.display;
}
