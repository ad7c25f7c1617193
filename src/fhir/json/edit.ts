import type { BodyPart } from '../../store/store.js';
import type { Scan, Span } from './scan.js';

/** Puts `parts` where [start, end) stands; `start === end` inserts. */
export interface Edit extends Span {
  readonly parts: readonly BodyPart[];
}

/** The text with edits applied (strings only), e.g. `{ start, end, text }`. Edits may come in any order but not overlap. */
export function replaceSpans(_text: string, _edits: readonly (Span & { readonly text: string })[]): string {
  throw new Error('not built yet');
}

/**
 * A resource's text as the parts of a stored body: the slots of id and meta stand in their places, the client's other
 * members of meta stay, everything else is byte for byte as it came. `edits` (references that a transaction resolves)
 * are applied too; their spans count in `scanned.text`.
 */
export function withIdAndMeta(_scanned: Scan, _edits: readonly Edit[] = []): BodyPart[] {
  throw new Error('not built yet');
}
