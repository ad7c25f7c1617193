import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 12);

/** Runs of this process that hold a lease. */
const active = new Set<string>();

/** Names who holds a lease: machine, process and run. */
export function holding(run: string): string {
  active.add(run);
  return `${MACHINE} ${process.pid} ${run}`;
}

export const released = (run: string): boolean => active.delete(run);

/** Whether who held a lease is certainly gone: a process of this machine that has ended. Whoever is elsewhere may live. */
export function isGone(holder: string): boolean {
  const [machine, pid, run = ''] = holder.split(' ');
  if (machine !== MACHINE) return false;
  return Number(pid) === process.pid ? !active.has(run) : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code !== 'ESRCH';
  }
}
