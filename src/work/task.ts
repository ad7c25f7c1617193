import { createHash } from 'node:crypto';
import type { Coding, Reference, Task, TaskInput, TaskOutput } from 'fhir/r4.js';
import { daysBetween, isDay } from '../claims/calendar.js';
import { CANONICAL, structureDefinition } from '../claims/canonical.js';
import { centsOf, parseAmount, toMoney, type Cents } from '../claims/money.js';

/** What a Task asks for: `CodeSystem/work` (design/data-model.md §4). */
export type WorkCode =
  | 'review-adjudication' | 'verify-cob' | 'prepare-claim' | 'submit-claim' | 'follow-up' | 'answer-payer' | 'work-denial'
  | 'appeal' | 'post-payment' | 'resolve-balance' | 'approve-write-off' | 'match-remittance' | 'contact-patient' | 'audit-sample';

/** The states that the queue knows. */
export type WorkStatus = 'ready' | 'in-progress' | 'on-hold' | 'completed' | 'cancelled' | 'failed';

export type WorkPriority = 'routine' | 'urgent' | 'stat';

/** Who should do it, where not anybody may: `CodeSystem/work-performer`. */
export type WorkPerformer = 'billing-specialist';

/** What an input brings or an output records: `CodeSystem/work-detail`. */
export type WorkDetail = 'checklist' | 'document' | 'effort' | 'override' | 'step' | 'amount' | 'claim' | 'task' | 'finding' | 'level' | 'progress' | 'percent' | 'result';

/** One thing that someone must do. References are relative (`Claim/1`), dates YYYY-MM-DD. */
export interface WorkItem {
  readonly code: WorkCode;
  /** What makes it this piece of work and no other; with the code it gives the id, so that one cause makes one Task. */
  readonly cause: readonly string[];
  /** The claim or the decision that it is about. */
  readonly focus: string;
  /** `Patient/1`. */
  readonly patient?: string | undefined;
  /** Default `ready`; `on-hold` needs a reason. */
  readonly status?: WorkStatus;
  /** Why, as a code. */
  readonly reason?: Coding | undefined;
  /** What to do, in words, without the patient's name. */
  readonly description: string;
  /** Where it stands, in words. */
  readonly state?: string;
  /** The last day on which it can be done. */
  readonly deadline?: string | undefined;
  /** With `on-hold`: the first day on which there is something to do. */
  readonly notBefore?: string | undefined;
  /** What is at stake. */
  readonly amount?: Cents | undefined;
  /** A Practitioner, PractitionerRole, CareTeam or Organization; AUTOMATION for what the server does itself. */
  readonly owner?: string | undefined;
  readonly requester?: string | undefined;
  readonly performer?: WorkPerformer | undefined;
  /** What the Tasks about the claims for the same services have in common: the first claim, `Claim/1`. */
  readonly group?: string | undefined;
  /** Canonical of the PlanDefinition with its version, `https://…/PlanDefinition/x|1`. */
  readonly playbook?: string | undefined;
  /** The Tasks that it is a step of. */
  readonly partOf?: readonly string[];
  readonly inputs?: readonly TaskInput[];
  readonly outputs?: readonly TaskOutput[];
  /** Whoever ends it has answered it, whatever stands then. Default: what still stands in the way is asked again. */
  readonly isAskedOnce?: boolean;
  /** The log so far. */
  readonly notes?: readonly string[];
  /** When it is made, as a FHIR instant. */
  readonly authoredOn: string;
}

/** The owner of what the server does itself: people, and `$next`, leave it alone. */
export const AUTOMATION = 'Device/cobalt';

/** Code systems of Tasks. */
export const WORK_SYSTEM = `${CANONICAL}/CodeSystem/work`;
export const PERFORMER_SYSTEM = `${CANONICAL}/CodeSystem/work-performer`;
/** Of `Task.groupIdentifier`. */
export const GROUP_SYSTEM = `${CANONICAL}/NamingSystem/claims-for-the-same-services`;
const DETAIL_SYSTEM = `${CANONICAL}/CodeSystem/work-detail`;

/** The Task of an item (profile `cobalt-task`), with the id that follows from its cause. */
export function toTask(item: WorkItem): Task {
  const { code, focus, patient, status = 'ready', reason, deadline, notBefore, amount, partOf = [], outputs = [], notes = [], authoredOn } = item;
  const inputs = [...(item.inputs ?? []), ...(amount === undefined ? [] : [{ ...detail('amount'), valueMoney: toMoney(amount) }])];
  const daysLeft = deadline === undefined ? undefined : daysBetween(authoredOn.slice(0, 10), deadline);
  return {
    resourceType: 'Task',
    id: taskId(code, item.cause),
    meta: { profile: [structureDefinition('cobalt-task')] },
    ...(item.playbook === undefined ? {} : { instantiatesUri: item.playbook }),
    ...(item.group === undefined ? {} : { groupIdentifier: { system: GROUP_SYSTEM, value: item.group } }),
    ...(partOf.length > 0 ? { partOf: partOf.map(referTo) } : {}),
    status,
    ...(reason ? { statusReason: { coding: [reason] } } : {}),
    ...(item.state === undefined ? {} : { businessStatus: { text: item.state } }),
    intent: 'order',
    priority: priorityOf({ daysLeft, amount }),
    code: { coding: [{ system: WORK_SYSTEM, code }] },
    description: item.description,
    focus: referTo(focus),
    ...(patient === undefined ? {} : { for: referTo(patient) }),
    authoredOn,
    lastModified: authoredOn,
    ...(item.requester === undefined ? {} : { requester: referTo(item.requester) }),
    ...(item.performer === undefined ? {} : { performerType: [{ coding: [{ system: PERFORMER_SYSTEM, code: item.performer }] }] }),
    ...(item.owner === undefined ? {} : { owner: referTo(item.owner) }),
    ...(notes.length > 0 ? { note: notes.map((text) => ({ time: authoredOn, text })) } : {}),
    ...(deadline === undefined && notBefore === undefined ? {} : { restriction: { period: { ...(notBefore === undefined ? {} : { start: notBefore }), ...(deadline === undefined ? {} : { end: deadline }) } } }),
    ...(inputs.length > 0 ? { input: [...inputs] } : {}),
    ...(outputs.length > 0 ? { output: [...outputs] } : {}),
  };
}

/** The id of the Task that a cause makes: the same cause, the same id. */
export const taskId = (code: WorkCode, cause: readonly string[]): string => digest(JSON.stringify([code, ...cause])).slice(0, 32);

/** SHA-256 in hexadecimal. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The type of an input or output. */
export const detail = (code: WorkDetail): { readonly type: TaskInput['type'] } => ({ type: { coding: [{ system: DETAIL_SYSTEM, code }] } });

export const isDetail = (code: WorkDetail) => ({ type }: TaskInput | TaskOutput): boolean => type.coding?.some((coding) => coding.system === DETAIL_SYSTEM && coding.code === code) ?? false;

/** The code of a Task of the queue; undefined for a Task of another kind. */
export const workCodeOf = ({ code }: Task): string | undefined => code?.coding?.find(({ system }) => system === WORK_SYSTEM)?.code;

/** What is at stake in a Task, where it says so in whole cents. */
export const amountOf = ({ input = [] }: Task): Cents | undefined => parseAmount(input.find(isDetail('amount'))?.valueMoney?.value ?? NaN);

/** The last day on which a Task can be done, YYYY-MM-DD; undefined too where only a month or a year is stated. */
export function deadlineOf({ restriction }: Task): string | undefined {
  const day = restriction?.period?.end?.slice(0, 10) ?? '';
  return isDay(day) ? day : undefined;
}

interface PriorityRule {
  readonly priority: WorkPriority;
  /** Days left, at most; what is overdue has fewer than none. */
  readonly within: number;
  /** At stake, at least. */
  readonly from?: Cents;
}

const LARGE = centsOf(100_000);

/** The first that holds; the days are those of the escalation (30/14/7/3/1), and large amounts go one step ahead (R083, R090). */
const PRIORITY_RULES: readonly PriorityRule[] = [
  { priority: 'stat', within: 3 },
  { priority: 'stat', within: 7, from: LARGE },
  { priority: 'urgent', within: 14 },
  { priority: 'urgent', within: 30, from: LARGE },
];

/** How urgent something is by the days that are left and the amount at stake; without a deadline, routine. */
export const priorityOf = ({ daysLeft, amount }: { readonly daysLeft: number | undefined; readonly amount: Cents | undefined }): WorkPriority =>
  PRIORITY_RULES.find(({ within, from }) => daysLeft !== undefined && daysLeft <= within && (from === undefined || (amount !== undefined && amount >= from)))?.priority ?? 'routine';

const referTo = (reference: string): Reference => ({ reference });
