import type { Coding, TaskInput } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { Finding } from '../../claims/model.js';
import { AUTOMATION, detail, type WorkItem } from '../task.js';
import type { ChainState } from './state.js';

/** A piece of work that a state calls for; what it has in common with the others of its claims is added by `itemOf`. */
export interface Draft extends Omit<WorkItem, 'cause' | 'reason' | 'group' | 'requester' | 'authoredOn' | 'patient' | 'partOf'> {
  readonly reason: Coding;
  /** What tells it from other work of the same code and reason for the same claims; default: the state of the decisions. */
  readonly about?: readonly string[];
}

/** `CodeSystem/derive-reason`, `work-reason`, `denial-category`. */
export const because = (system: 'derive-reason' | 'work-reason' | 'denial-category', code: string): Coding => ({ system: `${CANONICAL}/CodeSystem/${system}`, code });

export function itemOf({ about, ...draft }: Draft, { root, key, input, needsSpecialist }: ChainState, now: Date): WorkItem {
  return {
    ...(needsSpecialist ? { performer: 'billing-specialist' as const } : {}),
    ...draft,
    cause: [draft.reason.code ?? '', root, ...(about ?? [key])],
    patient: input.claim.patient.reference,
    group: root,
    requester: AUTOMATION,
    authoredOn: now.toISOString(),
  };
}

/** Findings as inputs of a Task: each in words, under its code; what was found in several places, once. */
export const findingInputs = (findings: readonly Finding[]): TaskInput[] =>
  [...new Map(findings.map(({ code, text }) => [`${code} ${text}`, { type: { ...detail('finding').type, text: code }, valueString: text }])).values()];
