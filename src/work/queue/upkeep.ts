import type { Task } from 'fhir/r4.js';
import { addDays, daysBetween } from '../../claims/calendar.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import { FhirError } from '../../fhir/outcome.js';
import { amountOf, AUTOMATION, deadlineOf, priorityOf, WORK_SYSTEM } from '../task.js';
import type { Chore } from '../worker.js';
import { escalate, type Escalation, type EscalationParts } from './escalation.js';
import { withChecklists } from './fill.js';
import { FLAG_SYSTEM, flagged, flagsOf } from './flags.js';
import { noted } from './note.js';
import { ownerOf } from './teams.js';
import { PRIORITIES } from './urgency.js';

const HOUR_MS = 3_600_000;
/** What nobody has taken for so long is flagged (R084). */
const UNOWNED_MS = 24 * HOUR_MS;
/** What was taken and not touched for so long is flagged (R086). */
const STALLED_MS = 7 * 24 * HOUR_MS;
/** No rule of the priority looks further ahead. */
const PRIORITY_DAYS = 30;
/** The clock has nothing new to say sooner. */
const EVERY_MS = 10 * 60_000;

const QUEUE = `code=${WORK_SYSTEM}|`;
const OPEN = `${QUEUE}&status=ready,in-progress,on-hold`;

export interface UpkeepParts extends EscalationParts {
  readonly log: (entry: LogEntry) => void;
}

/**
 * Keeps the queue as the clock has it: holds end, priorities rise as deadlines come near, what is near is escalated to the
 * lead, what nobody has taken and what stands still is flagged. Done twice, or by two at once, it changes nothing the
 * second time.
 */
export function upkeep(parts: UpkeepParts): Chore {
  let last = -Infinity;
  return async (now) => {
    if (now.getTime() - last < EVERY_MS) return;
    last = now.getTime();
    for (const query of concerned(now, parts.escalationDays)) {
      for await (const task of ofPeople(query, parts)) await settle(task, await escalated(kept(task, now), now, parts), parts);
    }
  };
}

/** Begins the checklists of what is new in the queue, with what the data shows, before somebody takes it. */
export const beginChecklists = (parts: Pick<UpkeepParts, 'resources' | 'log'>): Chore => async (now) => {
  for await (const task of ofPeople(`${OPEN}&checklist:missing=false&output:missing=true`, parts)) await settle(task, await withChecklists(task, parts.resources, now), parts);
};

/** All that a query finds, but what the server does itself: its worker keeps that. */
async function* ofPeople(query: string, { resources }: Pick<UpkeepParts, 'resources'>): AsyncGenerator<Task> {
  for await (const page of resources.pages<Task>('Task', query)) yield* page.filter((task) => ownerOf(task) !== AUTOMATION);
}

/** Which Tasks the clock may have something to say about. */
const concerned = (now: Date, escalationDays: readonly number[]): string[] => [
  `${QUEUE}&status=on-hold&not-before=le${now.toISOString()}`,
  `${OPEN}&deadline=le${addDays(dayOf(now), Math.max(PRIORITY_DAYS, ...escalationDays))}`,
  `${QUEUE}&status=ready,in-progress&owner:missing=true&authored-on=lt${before(now, UNOWNED_MS)}`,
  `${QUEUE}&status=in-progress&_lastUpdated=lt${before(now, STALLED_MS)}`,
  `${QUEUE}&_tag=${FLAG_SYSTEM}|unowned,${FLAG_SYSTEM}|stalled`,
];

const escalated = async (task: Task, now: Date, parts: EscalationParts): Promise<Escalation> => (isOpen(task) ? escalate(task, now, parts) : { task, changes: [] });

/** Writes what became of a Task, unless somebody changed it meanwhile: the next round looks at what stands then. One that can't be written keeps no other waiting. */
async function settle(before: Task, { task, changes }: Escalation, { resources, log }: Pick<UpkeepParts, 'resources' | 'log'>): Promise<void> {
  if (task === before) return;
  try {
    await resources.commit([...changes, { put: task, expectVersion: Number(before.meta?.versionId) }], { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    if (error.status !== 412) log({ level: 'error', event: 'task not kept', status: error.status });
  }
}

/** What the clock alone says about a Task; the same object when it says nothing new. */
export const kept = (task: Task, now: Date): Task => [endHold, raisePriority, flagUnowned, flagStalled].reduce((each, step) => step(each, now), task);

function endHold(task: Task, now: Date): Task {
  const start = task.restriction?.period?.start;
  if (task.status !== 'on-hold' || start === undefined || Date.parse(start) > now.getTime()) return task;
  return noted({ ...task, status: 'ready', businessStatus: { text: 'the wait is over' } }, 'The wait is over', now);
}

/** It never falls: a person may have set it. */
function raisePriority(task: Task, now: Date): Task {
  const deadline = deadlineOf(task);
  if (!isOpen(task) || deadline === undefined) return task;
  const priority = priorityOf({ daysLeft: daysBetween(dayOf(now), deadline), amount: amountOf(task) });
  return PRIORITIES.indexOf(priority) < PRIORITIES.indexOf(task.priority ?? 'routine') ? { ...task, priority } : task;
}

const flagUnowned = (task: Task, now: Date): Task =>
  flagged(task, 'unowned', (task.status === 'ready' || task.status === 'in-progress') && task.owner === undefined && isBefore(task.authoredOn, now, UNOWNED_MS));

/** The flag is a change itself, so it stays until the Task goes on. */
const flagStalled = (task: Task, now: Date): Task =>
  flagged(task, 'stalled', task.status === 'in-progress' && (flagsOf(task).includes('stalled') || isBefore(task.meta?.lastUpdated, now, STALLED_MS)));

const isOpen = ({ status }: Task): boolean => status === 'ready' || status === 'in-progress' || status === 'on-hold';
const dayOf = (now: Date): string => now.toISOString().slice(0, 10);
const before = (now: Date, ms: number): string => new Date(now.getTime() - ms).toISOString();
const isBefore = (time: string | undefined, now: Date, ms: number): boolean => time !== undefined && Date.parse(time) < now.getTime() - ms;
