import type { Extension } from 'fhir/r4.js';

const BASE = 'https://cobalt.example/fhir/StructureDefinition/';

/** What may carry extensions. */
export interface Extensible {
  readonly extension?: readonly Extension[] | undefined;
}

/** Cobalt's own extensions of a name, in the order they stand. */
export const extensions = (element: Extensible | undefined, name: string): readonly Extension[] =>
  element?.extension?.filter((extension) => extension.url === BASE + name) ?? [];

export const extension = (element: Extensible | undefined, name: string): Extension | undefined =>
  element?.extension?.find((candidate) => candidate.url === BASE + name);

/** A part of a complex extension. */
export const part = (complex: Extension | undefined, url: string): Extension | undefined =>
  complex?.extension?.find((candidate) => candidate.url === url);

export const parts = (complex: Extension | undefined, url: string): readonly Extension[] =>
  complex?.extension?.filter((candidate) => candidate.url === url) ?? [];

/** `value` when it is one of `codes`, else undefined: a code that nobody knows is no fact. */
export function oneOf<T extends string>(codes: readonly T[], value: string | undefined): T | undefined {
  return codes.find((code) => code === value);
}

/** A reference as `Type/id` (or `#id` for a contained resource), without server and version. */
export function localReference(reference: string | undefined): string | undefined {
  if (reference === undefined || reference.startsWith('#')) return reference;
  const [path = ''] = reference.split('/_history/');
  return path.split('/').slice(-2).join('/');
}
