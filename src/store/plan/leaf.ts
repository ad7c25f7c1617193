import { SearchRefusedError } from '../store.js';
import type { Expression, IndexKind } from '../store.js';

export type Of<Op extends Expression['op']> = Extract<Expression, { readonly op: Op }>;

/** An expression that one index entry can meet by itself. */
export type Leaf = Of<'token' | 'string' | 'reference' | 'refers' | 'interval' | 'uri' | 'present'>;

const LEAF_OPS: ReadonlySet<Expression['op']> = new Set<Leaf['op']>(['token', 'string', 'reference', 'refers', 'interval', 'uri', 'present']);

export const isLeaf = (expression: Expression): expression is Leaf => LEAF_OPS.has(expression.op);

/** `_lastUpdated` is no index entry: it stands in the resource's stamp. */
export const isLastUpdated = (expression: Expression): expression is Of<'interval'> => expression.op === 'interval' && expression.param === '_lastUpdated';

export const kindOf = (leaf: Leaf): IndexKind => (leaf.op === 'interval' || leaf.op === 'present' ? leaf.kind : leaf.op === 'refers' ? 'reference' : leaf.op);

/** The parts of a composite. @throws {SearchRefusedError} `complex`, when one is more than a leaf. */
export function partsOf({ of }: Of<'grouped'>): Leaf[] {
  return of.map((each) => {
    if (isLeaf(each) && !isLastUpdated(each)) return each;
    throw new SearchRefusedError('complex', 'The parts of a composite must be simple values.');
  });
}
