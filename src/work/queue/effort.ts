import type { Duration, Task, TaskOutput } from 'fhir/r4.js';
import { detail, isDetail } from '../task.js';

/** Seconds in a unit of time (UCUM). */
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };

/** One sitting, from its begin to its end (FHIR instants), as an output of a Task: whole seconds, none where it ends before it begins. */
export const sitting = (start: string, end: string): TaskOutput => ({ ...detail('effort'), valueDuration: inSeconds(Math.max(0, Math.round((Date.parse(end) - Date.parse(start)) / 1_000))) });

/** All sittings of a Task together (R006, R164), in seconds; durations in units other than s, min, h and d are passed over. */
export const effortOf = ({ output = [] }: Task): Duration =>
  inSeconds(output.filter(isDetail('effort')).reduce((all, { valueDuration }) => all + secondsOf(valueDuration), 0));

const inSeconds = (value: number): Duration => ({ value, unit: 's', system: 'http://unitsofmeasure.org', code: 's' });

function secondsOf({ value = 0, code, unit }: Duration = {}): number {
  const name = code ?? unit ?? '';
  return Object.hasOwn(SECONDS, name) ? Math.round(value * (SECONDS[name] ?? 0)) : 0;
}
