import type { Issue } from '../outcome.js';

export interface ValidationOptions {
  /** Where the resource stands in what was sent, e.g. `Bundle.entry[1].resource`; default: its type. */
  readonly prefix?: string;
  /** The type that the resource must have. */
  readonly expectType?: string;
}

/** All resource types of FHIR R4 (empty until `prepareValidation` has resolved). */
export const resourceTypes: ReadonlySet<string> = new Set();

/** Loads what a start needs: the table of elements and the validators of the claim types. */
export async function prepareValidation(): Promise<void> {
  throw new Error('not built yet');
}

/** Loads the validators that resources of `type` (and what they may contain) need; resolves at once when they are there. */
export async function ensureType(_type: string): Promise<void> {
  throw new Error('not built yet');
}

/**
 * Everything that is wrong with a resource (parsed from text that `scan` has accepted); empty: valid.
 * At most 50 issues. Synchronous after `prepareValidation`.
 */
export function validateResource(_value: unknown, _options: ValidationOptions = {}): Issue[] {
  throw new Error('not built yet');
}
