import type { Job } from './job.js';

/** How far a job is, in words that tell nothing of whom it is about. */
export function progressOf({ work }: Pick<Job, 'work'>): string {
  if (work.kind === 'operation') return work.progress ?? 'begun';
  if (work.kind === 'export') return `${work.next.type} of ${work.types.length} types, ${work.files.reduce((sum, { count }) => sum + count, 0)} resources`;
  return `input ${Math.min(work.next.input + 1, work.inputs.length)} of ${work.inputs.length}, ${work.inputs.reduce((sum, { taken, refused }) => sum + taken + refused, 0)} lines`;
}

/** Which part of it is done, 0 to 1; undefined: that is not known. How many lines an input has is not known before its end. */
export function partOf({ work, ended }: Pick<Job, 'work' | 'ended'>): number | undefined {
  if (ended !== undefined) return 1;
  if (work.kind === 'operation') return work.part;
  const [done, all] = work.kind === 'export' ? [work.next.type, work.types.length] : [work.next.input, work.inputs.length];
  return all > 1 ? done / all : undefined;
}
