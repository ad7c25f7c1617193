import type { Communication, Task, TaskInput } from 'fhir/r4.js';
import { daysBetween } from '../../claims/calendar.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { deadlineOf, digest, isDetail, workCodeOf, type WorkCode } from '../task.js';
import { flagged, flagsOf } from './flags.js';
import { noted } from './note.js';
import { inputsOf, type FindPlaybook } from './playbooks.js';
import { leadOf, ownerOf } from './teams.js';

export interface EscalationParts {
  readonly resources: Resources;
  readonly playbooks: FindPlaybook;
  /** Days before a deadline on which a Task is escalated, in any order. */
  readonly escalationDays: readonly number[];
}

/** A Task after its escalation, and what is written beside it. */
export interface Escalation {
  readonly task: Task;
  readonly changes: readonly ResourceChange[];
}

const NEAR = { system: `${CANONICAL}/CodeSystem/work-reason`, code: 'filing-limit-near' };
const FLAG = /^escalated-(\d+)$/;

/**
 * A deadline that is near brings a Task to the lead of its owner, once for each of the days (R083, R109): whoever has
 * begun it keeps it, else the lead gets it; the lead is told in a Communication. The same Task when nothing is due.
 */
export async function escalate(task: Task, now: Date, { resources, playbooks, escalationDays }: EscalationParts): Promise<Escalation> {
  const level = escalationLevel(task, now, escalationDays);
  if (level === undefined) return { task, changes: [] };
  const owner = ownerOf(task);
  const lead = owner === undefined ? undefined : await leadOf(owner, resources);
  const passed: Task = lead === undefined || task.status === 'in-progress' ? task : { ...task, owner: { reference: lead } };
  const told = noted(passed, `${daysLeftOf(task, now)}: escalated${lead === undefined ? '' : ` to ${lead}`}`, now);
  return {
    task: onNearLimit(withLevel(told, level), playbooks),
    changes: lead === undefined ? [] : [{ put: messageTo(lead, task, level, now), ifAbsent: true }],
  };
}

/** The days of the escalation that is due; undefined: none is, or it was made already. */
export function escalationLevel(task: Task, now: Date, escalationDays: readonly number[]): number | undefined {
  const deadline = deadlineOf(task);
  const daysLeft = deadline === undefined ? Infinity : daysBetween(now.toISOString().slice(0, 10), deadline);
  const reached = escalationDays.filter((days) => daysLeft <= days);
  if (reached.length === 0) return undefined;
  const level = Math.min(...reached);
  return levelsOf(task).some((made) => made <= level) ? undefined : level;
}

/** For which days before its deadline a Task shows an escalation. */
export const levelsOf = (task: Task): number[] => flagsOf(task).flatMap((flag) => FLAG.exec(flag)?.[1] ?? []).map(Number);

const withLevel = (task: Task, level: number): Task =>
  flagged(levelsOf(task).reduce((each, made) => flagged(each, `escalated-${made}`, false), task), `escalated-${level}`, true);

/** A claim to be sent goes on by the playbook for a filing limit that is near; the checklists that it has stay. */
function onNearLimit(task: Task, playbooks: FindPlaybook): Task {
  const code = workCodeOf(task) as WorkCode | undefined;
  const near = code && playbooks(code, NEAR);
  if (!near || near === playbooks(code) || task.instantiatesUri === near.canonical) return task;
  const isChecklist = isDetail('checklist');
  const isStep = isDetail('step');
  const kept = (task.input ?? []).filter((input) => !isStep(input));
  const isAsked = (input: TaskInput): boolean => isChecklist(input) && kept.some(({ valueCanonical }) => valueCanonical === input.valueCanonical);
  return { ...task, instantiatesUri: near.canonical, input: [...kept, ...inputsOf(near).filter((input) => !isAsked(input))] };
}

const messageTo = (lead: string, task: Task, level: number, now: Date): Communication => ({
  resourceType: 'Communication',
  id: digest(`escalation ${task.id ?? ''} ${deadlineOf(task) ?? ''} ${level}`).slice(0, 32),
  status: 'completed',
  priority: task.priority ?? 'routine',
  about: [{ reference: `Task/${task.id ?? ''}` }],
  ...(task.for ? { subject: task.for } : {}),
  recipient: [{ reference: lead }],
  sent: now.toISOString(),
  payload: [{ contentString: `${daysLeftOf(task, now)}: ${task.description ?? workCodeOf(task) ?? ''}` }],
});

function daysLeftOf(task: Task, now: Date): string {
  const today = now.toISOString().slice(0, 10);
  const left = daysBetween(today, deadlineOf(task) ?? today);
  return left < 0 ? `Days since the deadline: ${-left}` : `Days left until the deadline: ${left}`;
}
