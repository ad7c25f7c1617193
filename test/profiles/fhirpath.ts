import { evalFhirPathTyped, toTypedValue } from '@medplum/core';
import Big from 'big.js';
import type { FhirResource } from 'fhir/r4.js';

const SUM = '.aggregate($this + $total, 0)';

/**
 * An invariant's value on each node of a resource that it holds for (`path`: the element's, e.g. `Claim.item`).
 * `@medplum/core` has no `aggregate`: sums, the one use that our invariants make of it, are put in as their value.
 */
export function evaluate(expression: string, path: string, resource: FhirResource): unknown[] {
  const root = toTypedValue(resource);
  const inner = path.split('.').slice(1).join('.');
  const nodes = inner === '' ? [root] : evalFhirPathTyped(inner, [root], { '%resource': root });
  return nodes.map((node) => {
    const variables = { '%resource': root, '%context': node };
    const values = (text: string): unknown[] => evalFhirPathTyped(text, [node], variables).map(({ value }): unknown => value);
    return values(withSums(expression, values))[0];
  });
}

function withSums(expression: string, values: (text: string) => unknown[]): string {
  const end = expression.indexOf(SUM);
  if (end < 0) return expression;
  const start = startOfPath(expression, end);
  const total = values(expression.slice(start, end)).reduce<Big>((sum, amount) => sum.plus(amount as number), new Big(0));
  const literal = total.lt(0) ? `(${total.toFixed()})` : total.toFixed();
  return withSums(expression.slice(0, start) + literal + expression.slice(end + SUM.length), values);
}

/** Where the path that ends at `end` begins: after a blank or an opening parenthesis that is not its own. */
function startOfPath(expression: string, end: number): number {
  let depth = 0;
  for (let i = end - 1; i >= 0; i--) {
    const c = expression.charAt(i);
    if (c === ')') depth++;
    else if (depth > 0) depth -= c === '(' ? 1 : 0;
    else if (c === ' ' || c === '(') return i + 1;
  }
  return 0;
}
