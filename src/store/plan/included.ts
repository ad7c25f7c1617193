import { SearchRefusedError } from '../store.js';

/** Resources that a page of a search may include. */
export const MAX_INCLUDED = 2_000;

/** @throws {SearchRefusedError} `included` */
export function requireFewIncluded(count: number): void {
  if (count > MAX_INCLUDED) throw new SearchRefusedError('included', `The search would include more than ${MAX_INCLUDED} resources. Ask for fewer matches (_count) or includes.`);
}
