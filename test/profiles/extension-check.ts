import type { ElementDefinition, Extension, FhirResource, StructureDefinition } from 'fhir/r4.js';
import type { Conformance } from '../../src/fhir/conformance.js';
import { CANONICAL } from '../../src/fhir/canonical.js';

/** One of Cobalt's extensions as it stands in a resource. */
export interface UsedExtension {
  readonly extension: Extension;
  /** The element that carries it, e.g. `Claim.insurance`. */
  readonly context: string;
}

/** Every extension of ours anywhere in JSON, in the resource that holds it (Bundles and Parameters are looked through). */
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

/** What in an extension its definition does not allow; none when it conforms. */
export function misuse({ extension, context }: UsedExtension, conformance: Conformance): string[] {
  const definition = conformance.ofType('StructureDefinition').find(({ url }) => url === extension.url);
  if (!definition) return [`${extension.url} is not defined`];
  const allowed = definition.context?.some(({ expression }) => expression === context) ?? false;
  const elements = new Map((definition.snapshot?.element ?? []).map((element) => [element.id ?? '', element]));
  return [...(allowed ? [] : [`${definition.name} on ${context}`]), ...wrongIn(extension, 'Extension', elements, conformance)];
}

function wrongIn(extension: Extension, id: string, elements: ReadonlyMap<string, ElementDefinition>, conformance: Conformance): string[] {
  const element = elements.get(`${id}.value[x]`);
  const key = Object.keys(extension).find((name) => name.startsWith('value'));
  const value: unknown = key === undefined ? undefined : extension[key as keyof Extension];
  if (element?.max !== '0') return extension.extension ? [`${id} has parts`] : wrongValue(id, element, key, value, conformance);
  return [...(key === undefined ? [] : [`${id} has a value`]), ...wrongParts(extension, id, elements, conformance)];
}

function wrongParts(extension: Extension, id: string, elements: ReadonlyMap<string, ElementDefinition>, conformance: Conformance): string[] {
  const prefix = `${id}.extension:`;
  const parts = [...elements.values()].filter((element) => element.sliceName && element.id === prefix + element.sliceName);
  const given = extension.extension ?? [];
  const counts = parts.flatMap(({ sliceName, min = 0, max = '*' }) => {
    const count = given.filter(({ url }) => url === sliceName).length;
    return count < min || count > (max === '*' ? Infinity : Number(max)) ? [`${id} has ${count} ${sliceName}`] : [];
  });
  const each = given.flatMap((part) => (elements.has(prefix + part.url) ? wrongIn(part, prefix + part.url, elements, conformance) : [`${id} has no part ${part.url}`]));
  return [...counts, ...each];
}

function wrongValue(id: string, element: ElementDefinition | undefined, key: string | undefined, value: unknown, conformance: Conformance): string[] {
  const type = element?.type?.find(({ code }) => key === `value${code.charAt(0).toUpperCase()}${code.slice(1)}`);
  if (!type) return [`${id} has ${key ?? 'no value'}`];
  const codes = element?.binding?.strength === 'required' ? conformance.codesOf(element.binding.valueSet ?? '') : undefined;
  if (codes && !codes.has(value as string)) return [`${id} has the code ${String(value)}`];
  const target = /^([A-Za-z]+)\//.exec((value as { reference?: string }).reference ?? '')?.[1];
  if (type.targetProfile && !type.targetProfile.some((profile) => profile.endsWith(`/${target}`))) return [`${id} refers to ${target}`];
  return [];
}

/** Ids of the elements of a definition that stand in its differential and not in its snapshot. */
export const missingFromSnapshot = ({ snapshot, differential }: StructureDefinition): string[] => {
  const ids = new Set(snapshot?.element.map(({ id }) => id));
  return (differential?.element ?? []).flatMap(({ id = '' }) => (ids.has(id) ? [] : [id]));
};
