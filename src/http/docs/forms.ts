import type { OperationDefinition } from 'fhir/r4.js';
import { allowsGet } from '../../fhir/operation/input.js';

/** One way to call an operation: `POST`, or `GET` too, at a path below the FHIR base. */
export interface Form {
  readonly methods: readonly ('GET' | 'POST')[];
  readonly path: string;
}

/** The ways that a definition gives (R4 §3.2.0.1); `[type]` stands for any resource type. */
export function formsOf(definition: OperationDefinition): Form[] {
  const { code, system, type, instance, resource = [] } = definition;
  const methods = allowsGet(definition) ? (['GET', 'POST'] as const) : (['POST'] as const);
  const named = resource.map((one) => (one === 'Resource' ? '[type]' : one));
  const paths = [
    ...(system ? [`$${code}`] : []),
    ...(type ? named.map((one) => `${one}/$${code}`) : []),
    ...(instance ? named.map((one) => `${one}/[id]/$${code}`) : []),
  ];
  return paths.map((path) => ({ methods, path }));
}
