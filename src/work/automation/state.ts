import type { Claim, Coverage } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import { follows } from '../../claims/derive/chain.js';
import { deriveNextClaim, relatedCauseOf, type DeriveInput, type DeriveResult } from '../../claims/derive/derive.js';
import { fingerprint } from '../../claims/derive/fingerprint.js';
import { referenceTo } from '../../claims/derive/input.js';
import { outdating, type Outdating } from '../../claims/derive/outdated.js';
import { existingClaim } from '../../claims/derive/obstacles.js';
import { withShells } from '../../claims/derive/shell.js';
import { gather, situationOf, type Gathered, type Situation } from '../../claims/derive/situation.js';

/** Where the claims for the same services stand: all that the work to be done follows from. */
export interface ChainState {
  readonly input: DeriveInput;
  /** Claims that payers have decided and that had to be made. */
  readonly shells: readonly Claim[];
  readonly gathered: Gathered;
  /** Undefined while no payer's decision stands. */
  readonly situation: Situation | undefined;
  readonly outdating: Outdating;
  readonly result: DeriveResult;
  /** The first claim, e.g. `Claim/1`: what is done for these services has it in common. */
  readonly root: string;
  /** What the payers' decisions come to: the same key, the same work. */
  readonly key: string;
  /** The claim that the next payer has, or that is drafted for it, from the decisions that stand. */
  readonly existing: Claim | undefined;
  /** Another party may be liable: a specialist does the work (R033). */
  readonly needsSpecialist: boolean;
  /** False where nothing is sent on before a person says so. */
  readonly mayDerive: boolean;
  /** The same of a claim that has to go by mail: nobody mails by itself. */
  readonly mayDeriveOnPaper: boolean;
}

export interface Asking {
  /** A person asks, and takes the decision on it. */
  readonly byPerson?: boolean;
  /** Only some of the decisions are given: what is there is not judged by them. */
  readonly isPart?: boolean;
  /** The Task whose end is the reason to look again, e.g. `Task/1`: what it asked for is asked again if it still stands in the way. */
  readonly ended?: string | undefined;
}

/** @throws {RangeError} amounts that are too large to be added exactly. */
export function stateOf(given: DeriveInput, { byPerson = false, isPart = false }: Asking = {}): ChainState {
  const { input, shells } = withShells(given);
  const gathered = gather(input);
  const { decided, undecided, chain } = gathered;
  const standing = decided.map(({ coverage, adjudication }) => `${coverage} ${fingerprint(adjudication)}`);
  const open = undecided.map(({ payer, status, decisions }) => `${payer} ${status} ${decisions.length}`);
  const situation = situationOf(gathered);
  const needsSpecialist = relatedCauseOf(input.claim) !== 'none' || input.orders.some(({ order }) => order.ranked.some(({ payerKind }) => LIABLE.has(payerKind)));
  return {
    input, shells, gathered, situation, needsSpecialist,
    existing: situation && existingClaim(situation),
    mayDerive: byPerson || !needsSpecialist,
    mayDeriveOnPaper: byPerson,
    outdating: isPart ? { outdated: [], restored: [] } : outdating(input),
    result: deriveNextClaim(input),
    root: referenceTo(rootOf(chain.all) ?? input.claim) ?? '',
    key: input.digest([...standing, ...open].join('\n')).slice(0, 32),
  };
}

/** Payers of an event, not of a person: what they owe is argued about (domain/cob-rules.md §1.3). */
const LIABLE: ReadonlySet<PayerKind> = new Set<PayerKind>(['workers-comp', 'no-fault', 'liability', 'black-lung']);

/** The claim that follows none. */
export const rootOf = (claims: readonly Claim[]): Claim | undefined => claims.find((claim) => !claims.some((other) => other !== claim && follows(claim, other)));

/** The coverage of a reference, among the patient's. */
export const coverageOf = (reference: string | undefined, { input }: ChainState): Coverage | undefined =>
  input.coverages.find((coverage) => referenceTo(coverage) === reference);
