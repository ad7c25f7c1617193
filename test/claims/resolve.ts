/** The element at a path such as `ClaimResponse.item[0].adjudication[2]`; undefined when there is none. */
export function evaluatesTo(resource: object, expression: string): unknown {
  const [type, ...steps] = expression.split('.');
  if ((resource as { resourceType?: string }).resourceType !== type) return undefined;
  return steps.reduce<unknown>((at, step) => {
    const [, name = '', index] = /^(\w+)(?:\[(\d+)\])?$/.exec(step) ?? [];
    const value = (at as Record<string, unknown> | undefined)?.[name];
    return index === undefined ? value : (value as unknown[] | undefined)?.[Number(index)];
  }, resource);
}
