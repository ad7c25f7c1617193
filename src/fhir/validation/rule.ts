import type { IssueCode } from '../outcome.js';

/** Something that a value of an element must meet; tested on values of any shape, true where the shape is already wrong. */
export interface Rule {
  /** FHIR's key of an invariant (`per-1`), or Cobalt's own name of a kind of rule (`calendar`). */
  readonly id: string;
  readonly code: IssueCode;
  readonly holds: (value: unknown) => boolean;
  /** What is wanted and what to do, after the name of the element. */
  readonly text: string;
  /** The child that the issue points at, when it is not the element itself. */
  readonly at?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
