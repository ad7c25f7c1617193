import type { BodyPart, ChangeResult } from './store.js';

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

const addressOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;

function referent(results: readonly ChangeResult[], index: number): ChangeResult & { readonly id: string } {
  const result = results[index];
  if (result?.id === undefined) throw new RangeError(`change ${index} left no resource that a text could name`);
  return { ...result, id: result.id };
}
