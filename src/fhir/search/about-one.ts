import type { Expression } from '../../store/store.js';

/** Whether an expression can be decided for one resource without a store (`matches`): no chain, no `_has`, no levels of URIs. */
export function isAboutOne(expression: Expression): boolean {
  switch (expression.op) {
    case 'chain':
    case 'has':
      return false;
    case 'uri':
      return expression.match === 'exact';
    case 'and':
    case 'or':
    case 'grouped':
      return expression.of.every(isAboutOne);
    case 'not':
      return isAboutOne(expression.of);
    default:
      return true;
  }
}

/** What a search finds one resource by: its entries, and when it was last changed. */
export const changedAt = (lastUpdated: string): { readonly kind: 'date'; readonly param: '_lastUpdated'; readonly low: number; readonly high: number } => {
  const low = Date.parse(lastUpdated);
  return { kind: 'date', param: '_lastUpdated', low, high: low + 1 };
};
