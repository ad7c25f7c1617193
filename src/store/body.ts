import { createHash } from 'node:crypto';
import type { BodyPart, ChangeResult, PutChange } from './store.js';

/** What the slots of a body stand for. */
export interface SlotValues {
  readonly id: string;
  readonly version: number;
  /** FHIR instant. */
  readonly lastUpdated: string;
  /** `Type/id` of a change of the same commit. */
  readonly result: (change: number) => string;
}

/** The JSON text of a body once its slots are known: what is stored, and what REST answers without reading it back. */
export function composeBody(parts: readonly BodyPart[], values: SlotValues): string {
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? part : slotText(part, values);
  return text;
}

function slotText(part: Exclude<BodyPart, string>, values: SlotValues): string {
  switch (part.slot) {
    case 'meta':
      return `"versionId":"${values.version}","lastUpdated":"${values.lastUpdated}"`;
    case 'id':
      return values.id;
    case 'result':
      return values.result(part.change);
  }
}

/** The text that change number `index` of a commit stored (or found unchanged), given the results of the commit. */
export function composeResult(parts: readonly BodyPart[], index: number, results: readonly ChangeResult[]): string {
  const own = referent(results, index);
  return composeBody(parts, { id: own.id, version: own.version, lastUpdated: own.lastUpdated, result: (change) => addressOf(referent(results, change)) });
}

/** `Type/id` */
export const addressOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;

function referent(results: readonly ChangeResult[], index: number): ChangeResult & { readonly id: string } {
  const result = results[index];
  if (result?.id === undefined) throw new RangeError(`change ${index} left no resource that a text could name`);
  return { ...result, id: result.id };
}

/** The id of what follows a version of a resource: the same version, the same id. `kind` keeps followers of different kinds apart. */
export const followerId = (kind: string, { type, id, version }: Pick<ChangeResult, 'type' | 'id' | 'version'>): string =>
  createHash('sha256').update(`${kind} ${type}/${id ?? ''}/_history/${version}`).digest('hex').slice(0, 32);

/** A put as it is to be made: a follower under its own id; undefined when what it follows made no version. */
export function following(change: PutChange, results: readonly ChangeResult[]): PutChange | undefined {
  if (change.follows === undefined) return change;
  const led = results[change.follows];
  if (!led) throw new RangeError(`a change follows change ${change.follows}, which does not come before it`);
  return led.outcome === 'created' || led.outcome === 'updated' ? { ...change, id: followerId(change.id, led) } : undefined;
}

/** What a follower that was not made comes to. */
export const notFollowed = ({ type }: PutChange): ChangeResult => ({ type, id: undefined, version: 0, lastUpdated: '', outcome: 'absent' });
