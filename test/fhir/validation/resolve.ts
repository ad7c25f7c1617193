/**
 * Whether an expression of an OperationOutcome (names, indices, a choice without its type) leads to something in a
 * resource. `x` stands for a primitive and for the `_x` beside it, as in FHIRPath.
 */
export function resolves(expression: string, resource: unknown): boolean {
  let found: unknown[] = [resource];
  const [, ...steps] = expression.split('.').flatMap((part) => part.split(/(?=\[)/));
  for (const step of steps) {
    found = step.startsWith('[') ? elements(found, Number(step.slice(1, -1))) : children(found, step);
  }
  return found.length > 0;
}

function elements(values: readonly unknown[], index: number): unknown[] {
  return values.filter((value) => Array.isArray(value)).filter((list) => index < list.length).map((list): unknown => list[index]);
}

function children(values: readonly unknown[], name: string): unknown[] {
  const key = new RegExp(`^_?${name}(?=[A-Z]|$)`);
  return values
    .flat()
    .filter((value): value is object => typeof value === 'object' && value !== null)
    .flatMap((value) => Object.entries(value).filter(([candidate]) => key.test(candidate)).map(([, child]): unknown => child));
}
