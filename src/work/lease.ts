import type { Task } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';

/** Until when a worker has a Task, or until when a Task waits for its next attempt (extension `lease`). */
export interface Lease {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** How often the work was begun, put back aside. */
  readonly attempt: number;
}

const LEASE = structureDefinition('lease');

export function leaseOf({ extension = [] }: Task): Lease | undefined {
  const parts = extension.find(({ url }) => url === LEASE)?.extension ?? [];
  const until = Date.parse(parts.find(({ url }) => url === 'until')?.valueDateTime ?? '');
  return Number.isNaN(until) ? undefined : { until, attempt: parts.find(({ url }) => url === 'attempt')?.valuePositiveInt ?? 0 };
}

/** The Task with this lease instead of its own; undefined: without one. */
export function withLease(task: Task, lease: Lease | undefined): Task {
  const extension = (task.extension ?? []).filter(({ url }) => url !== LEASE);
  if (lease) {
    const attempt = lease.attempt > 0 ? [{ url: 'attempt', valuePositiveInt: lease.attempt }] : [];
    extension.push({ url: LEASE, extension: [{ url: 'until', valueDateTime: new Date(lease.until).toISOString() }, ...attempt] });
  }
  const { extension: before, ...rest } = task;
  return before || lease ? { ...rest, ...(extension.length > 0 ? { extension } : {}) } : task;
}

/** True when a worker may take the Task: nobody has it, or whoever had it has let the lease go by. What a person has taken carries none. */
export function isFree(task: Task, now: number): boolean {
  const lease = leaseOf(task);
  if (task.status === 'ready' || task.status === 'on-hold') return lease === undefined || lease.until <= now;
  return task.status === 'in-progress' && lease !== undefined && lease.until <= now;
}
