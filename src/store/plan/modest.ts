import { SearchRefusedError } from '../store.js';
import type { Expression } from '../store.js';

const MAX_DEPTH = 16;
/** 500 values, each of which may stand for a few conditions (a code without its implied system, the words of a name, a composite's parts). */
const MAX_NODES = 4_000;

/** @throws {SearchRefusedError} when the tree is deeper or larger than any sensible search. */
export function requireModest(expression: Expression): void {
  let nodes = 0;
  const visit = (each: Expression, depth: number): void => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) {
      throw new SearchRefusedError('complex', `A search may have ${MAX_NODES} conditions, ${MAX_DEPTH} deep. Split it into several.`);
    }
    for (const child of childrenOf(each)) visit(child, depth + 1);
  };
  visit(expression, 1);
}

function childrenOf(expression: Expression): readonly Expression[] {
  if (!('of' in expression)) return 'where' in expression ? [expression.where] : [];
  return expression.op === 'not' ? [expression.of] : expression.of;
}
