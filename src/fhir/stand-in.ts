import type { BodyPart, Change } from '../store/store.js';
import type { ReferenceResolver } from './search/index.js';

/** Stands for the result of a change in a text, where its id may be known only inside the commit. */
export const standIn = (change: number): string => `urn:uuid:00000000-0000-4000-8000-${String(change).padStart(12, '0')}`;
const STAND_IN = /^urn:uuid:00000000-0000-4000-8000-(\d{12})$/;
const QUOTED = /"urn:uuid:00000000-0000-4000-8000-(\d{12})"/g;

/** What the stand-ins for these changes stand for. */
export const resultOf = (changes: readonly Change[]): ReferenceResolver => (reference) => {
  const number = Number(STAND_IN.exec(reference)?.[1] ?? NaN);
  const change = changes[number];
  return change && { type: change.op === 'match' ? change.condition.type : change.type, id: { slot: 'result', change: number } };
};

/** A JSON text whose strings that are stand-ins are slots. */
export function withSlots(text: string): BodyPart[] {
  return text.split(QUOTED).flatMap((piece, index): BodyPart[] => (index % 2 === 0 ? [piece] : ['"', { slot: 'result', change: Number(piece) }, '"']));
}
