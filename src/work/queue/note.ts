import type { Task } from 'fhir/r4.js';

/** The Task with an entry more in its log. */
export const noted = (task: Task, text: string, now: Date): Task => ({ ...task, note: [...(task.note ?? []), { time: now.toISOString(), text }] });
