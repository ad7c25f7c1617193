import type { Atom, AtomContext, FhirPathAtom, FunctionAtom, TypedValue } from '@medplum/core';

/**
 * Whether an invariant holds: its FHIRPath is true on a value inside a resource. Nothing, several values or an error of
 * evaluation are not true.
 */
export type Evaluate = (expression: string, value: unknown, resource: unknown) => boolean;

/** FHIRPath by `@medplum/core`, loaded when this is first called, with what it lacks: `aggregate` (FHIRPath N1 §7.1). */
export async function loadFhirPath(): Promise<Evaluate> {
  const { FunctionAtom, parseFhirPath, toTypedValue } = await import('@medplum/core');
  const compiled = new Map<string, FhirPathAtom>();
  const compile = (expression: string): FhirPathAtom => {
    const known = compiled.get(expression);
    if (known) return known;
    const parsed = parseFhirPath(expression);
    complete(parsed, (atom) => (atom instanceof FunctionAtom ? replacement(atom) : undefined));
    compiled.set(expression, parsed);
    return parsed;
  };
  return (expression, value, resource) => {
    const [context, root] = [toTypedValue(value), toTypedValue(resource)];
    const atom = compile(expression);
    try {
      const [first, ...others] = atom.eval({ variables: { '%resource': root, '%rootResource': root, '%context': context, $this: context } }, [context]);
      return others.length === 0 && first?.value === true;
    } catch {
      return false;
    }
  };
}

/** Puts `replace(part)` in the place of every part of an expression for which it has one, however deep. */
function complete(whole: object, replace: (part: object) => Atom | undefined): void {
  for (const [key, part] of Object.entries(whole) as [string, unknown][]) {
    if (typeof part !== 'object' || part === null) continue;
    complete(part, replace);
    const better = replace(part);
    if (better) (whole as Record<string, unknown>)[key] = better;
  }
}

function replacement({ name, args: [aggregator, initial] }: FunctionAtom): Atom | undefined {
  return name === 'aggregate' && aggregator ? { eval: (context, input) => aggregate(context, input, aggregator, initial) } : undefined;
}

function aggregate(context: AtomContext, input: readonly TypedValue[], aggregator: Atom, initial: Atom | undefined): TypedValue[] {
  return input.reduce<TypedValue[]>((total, item) => {
    const [value] = total;
    return aggregator.eval({ parent: context, variables: { ...context.variables, $this: item, ...(value ? { $total: value } : {}) } }, [item]);
  }, initial?.eval(context, [...input]) ?? []);
}
