/** A value in a JSON text: [start, end) in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: the span of its value, and where the quote of its key begins. */
export interface Member extends Span {
  readonly keyStart: number;
}

/** A JSON text that was found good, and its outline. */
export interface Scan {
  /** The text without byte order mark; all offsets count in it, and `JSON.parse` accepts it. */
  readonly text: string;
  /** The span of the top-level object. */
  readonly root: Span;
  /** The members of the top-level object, in their order. */
  readonly members: ReadonlyMap<string, Member>;
}

/**
 * Reads a JSON text once, before `JSON.parse`.
 * @throws {FhirError} 400 when it isn't JSON (with line and column), isn't an object, is deeper than 64 levels, repeats a
 * key, holds a key that changes a prototype, a lone surrogate, a NUL or a number of more than 100 characters.
 */
export function scan(_text: string): Scan {
  throw new Error('not built yet');
}
