import type { Task } from 'fhir/r4.js';

/** R4's priorities of a request, the most urgent first. A Task without one is `routine`. */
export const PRIORITIES = ['stat', 'asap', 'urgent', 'routine'] as const satisfies readonly NonNullable<Task['priority']>[];

/** The most urgent first: by priority, then deadline, then when it was authored (none last), then id. Total: no two Tasks are equal. */
export const byUrgency = (a: Task, b: Task): number =>
  rank(a) - rank(b)
  || compare(instant(a.restriction?.period?.end), instant(b.restriction?.period?.end))
  || compare(instant(a.authoredOn), instant(b.authoredOn))
  || compare(a.id ?? '', b.id ?? '');

const rank = ({ priority = 'routine' }: Task): number => PRIORITIES.indexOf(priority);

/** A day without a time begins in UTC, as it is indexed. */
const instant = (time: string | undefined): number => (time === undefined ? Infinity : Date.parse(time));

const compare = <T extends number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
