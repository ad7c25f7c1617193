import type { Extension, FhirResource } from 'fhir/r4.js';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { conformance } from './constraints.js';

interface UsedExtension {
  readonly extension: Extension;
  /** The element that carries it, e.g. `Claim.insurance`. */
  readonly context: string;
}

/** Every extension of ours anywhere in JSON, those in Bundles, Parameters and lists of cases too; parts of extensions aside. */
export function usedExtensions(json: unknown): UsedExtension[] {
  const found: UsedExtension[] = [];
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) value.forEach((each) => visit(each, path));
    else if (typeof value === 'object' && value !== null) {
      const at = (value as Partial<FhirResource>).resourceType ?? path;
      for (const [name, child] of Object.entries(value)) {
        if (name !== 'extension') visit(child, `${at}.${name}`);
        else for (const extension of child as Extension[]) if (extension.url.startsWith(`${CANONICAL}/`)) found.push({ extension, context: at });
      }
    }
  };
  visit(json, '');
  return found;
}

/** Extensions of ours in JSON that no definition knows, or that stand on an element which their definition does not name. */
export const misplacedExtensions = (json: unknown): string[] =>
  usedExtensions(json).flatMap(({ extension, context }) => {
    const definition = conformance.ofType('StructureDefinition').find(({ url }) => url === extension.url);
    if (!definition) return [`${extension.url} is not defined`];
    return definition.context?.some(({ expression }) => expression === context) ? [] : [`${definition.name} on ${context}`];
  });

/** Every resource in JSON: a resource itself, the entries of a Bundle, the parameters of a request, the requests of a list of cases. */
export function resourcesIn(json: unknown): FhirResource[] {
  if (Array.isArray(json)) return json.flatMap(resourcesIn);
  if (typeof json !== 'object' || json === null) return [];
  const type = (json as Partial<FhirResource>).resourceType;
  return type && type !== 'Bundle' && type !== 'Parameters' ? [json as FhirResource] : Object.values(json).flatMap(resourcesIn);
}
