import type { Coding, Task } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';

/** `CodeSystem/work-flag`: what the clock has found about a Task, as a tag, found by `Task?_tag=…`. */
export const FLAG_SYSTEM = `${CANONICAL}/CodeSystem/work-flag`;

/** Codes of the flags that a Task has. */
export const flagsOf = ({ meta }: Task): string[] => (meta?.tag ?? []).flatMap(({ system, code }) => (system === FLAG_SYSTEM && code !== undefined ? [code] : []));

/** The Task with a flag, or without it; the same object when it is so already. */
export function flagged(task: Task, code: string, holds: boolean): Task {
  if (holds === flagsOf(task).includes(code)) return task;
  const others = (task.meta?.tag ?? []).filter((tag) => !isFlag(tag, code));
  const tag = holds ? [...others, { system: FLAG_SYSTEM, code }] : others;
  return { ...task, meta: { ...task.meta, tag: tag.length > 0 ? tag : undefined } };
}

const isFlag = (tag: Coding, code: string): boolean => tag.system === FLAG_SYSTEM && tag.code === code;
