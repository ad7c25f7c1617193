import type { Claim, Task } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';
import { markedStale, staleOf, type OutdatedClaim, type Remedy } from '../../claims/derive/outdated.js';
import type { Finding } from '../../claims/model.js';
import type { ResourceChange } from '../../fhir/resources.js';
import { persisting } from '../derivation/persist.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { denialDrafts } from './denials.js';
import { dispositionOf } from './dispositions.js';
import { itemOf, type Draft } from './draft.js';
import { remedyDraft } from './remedies.js';
import { settle } from './settle.js';
import type { ChainState } from './state.js';
import { draftClaimWork, specialistWork } from './submission.js';

/** What a state comes to: all of it is written in one commit. */
export interface Plan {
  readonly changes: readonly ResourceChange[];
  /** The next payer's claim, as it is stored: new, or the one that was there. */
  readonly claim: Claim | undefined;
  /** The Task that the next step is, e.g. `Task/1`; undefined: there is nothing to do. */
  readonly task: string | undefined;
}

export interface PlanParts {
  /** All Tasks that there are for the same services. */
  readonly tasks: readonly Task[];
  /** What was found in the claim that the state derives, or that is there as a draft. */
  readonly findings: readonly Finding[];
  readonly find: FindPlaybook;
  readonly now: Date;
  /** As in `Asking`. */
  readonly ended?: string | undefined;
}

/** A sent claim that has to be mended comes before any further payer. */
const COMES_FIRST: ReadonlySet<Remedy> = new Set<Remedy>(['replace', 'ask-number', 'void', 'refund', 'reorder', 'ask', 'confirm', 'correct', 'remake']);

/** The draft claim that a state derives, or that is there and not sent; undefined where none may go on by itself. */
export function draftClaimOf({ result, existing, mayDerive, mayDeriveOnPaper, outdating }: ChainState): Claim | undefined {
  if (outdating.outdated.some(({ remedy }) => COMES_FIRST.has(remedy))) return undefined;
  if (existing) return existing.status === 'draft' ? (outdating.restored.includes(existing) ? markedStale(existing, undefined) : existing) : undefined;
  return (result.reason === 'derived' && mayDerive) || (result.reason === 'payer-paper-only' && mayDeriveOnPaper) ? result.claim : undefined;
}

/** What has to be written for a state. The same state, whoever plans it and however often, gives the same claims and Tasks. */
export function planOf(state: ChainState, { tasks, findings, find, now, ended }: PlanParts): Plan {
  const recorded = now.toISOString();
  const draft = draftClaimOf(state);
  const made = draft && !state.existing ? persisting(draft, recorded) : undefined;
  const [next, ...others] = draftsOf(state, draft, findings);
  const wanted = [...(next ? [next] : []), ...others];
  const settled = settle(wanted.map((one) => withPlaybook(itemOf(one, state, now), find)), { tasks, ended }, now);
  return {
    changes: [
      ...state.shells.flatMap((shell) => persisting(shell, recorded).changes),
      ...state.outdating.outdated.flatMap((outdated) => outdatedChanges(outdated, recorded)),
      ...state.outdating.restored.map((claim) => ({ put: markedStale(claim, undefined), expectVersion: versionOf(claim) })),
      ...(made?.changes ?? []),
      ...settled.changes,
    ],
    claim: made?.claim ?? state.existing,
    task: next ? settled.tasks[0] : undefined,
  };
}

/** The next step, or undefined, and then the refusals to work. */
function draftsOf(state: ChainState, draft: Claim | undefined, findings: readonly Finding[]): [Draft | undefined, ...Draft[]] {
  const remedies = state.outdating.outdated.flatMap((outdated) => remedyDraft(outdated) ?? []);
  return [remedies[0] ?? nextStep(state, draft, findings), ...remedies.slice(1), ...denialDrafts(state)];
}

function nextStep(state: ChainState, draft: Claim | undefined, findings: readonly Finding[]): Draft | undefined {
  if (draft) return draftClaimWork(draft, findings, state);
  if (state.existing) return undefined;
  return state.result.reason === 'derived' ? specialistWork(state) : dispositionOf(state);
}

function outdatedChanges({ claim, reason, replacement }: OutdatedClaim, since: string): ResourceChange[] {
  return [
    ...(staleOf(claim) || referenceTo(claim) === undefined ? [] : [{ put: markedStale(claim, { since, reason }), expectVersion: versionOf(claim) }]),
    ...(replacement ? persisting(replacement, since).changes : []),
  ];
}

const versionOf = ({ meta }: Claim): number => Number(meta?.versionId);
