import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeSystem, ElementDefinition, ElementDefinitionType, StructureDefinition, ValueSet } from 'fhir/r4.js';
import type { ElementEntry, ElementTable, ValueSetEntry } from '../fhir/validation/table.js';
import { definitionVersions, officialSchema, resourceTypeNames, structureDefinitions, terminology } from './definitions.js';
import { expand } from './value-sets.js';

export const elementInputs: readonly string[] = [
  ...definitionVersions,
  ...['./elements.js', './value-sets.js', './definitions.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Writes `elements.json` (an `ElementTable`). */
export async function generateElements(outDir: string): Promise<void> {
  const resourceTypes = resourceTypeNames(officialSchema());
  writeFileSync(join(outDir, 'elements.json'), JSON.stringify(elementTable(resourceTypes, structureDefinitions(), terminology())));
}

export function elementTable(
  resourceTypes: readonly string[],
  definitions: readonly StructureDefinition[],
  known: ReadonlyMap<string, ValueSet | CodeSystem>,
): ElementTable {
  const valueSets = new ValueSetList(known);
  const nodes: Record<string, ElementEntry[]> = {};
  for (const definition of definitions) {
    const isResource = definition.kind === 'resource';
    if (isResource ? !resourceTypes.includes(definition.type) : !isComplexType(definition)) continue;
    for (const element of definition.snapshot?.element ?? []) {
      const cut = element.path.lastIndexOf('.');
      if (cut === -1 || element.max === '0') continue;
      (nodes[element.path.slice(0, cut)] ??= []).push(elementEntry(element, isResource && element.path === `${definition.type}.id`, valueSets));
    }
  }
  return { resourceTypes, nodes, valueSets: valueSets.entries };
}

/** `Element` and the types that say something of their own; not the profiles of Quantity. */
function isComplexType(definition: StructureDefinition): boolean {
  return definition.kind === 'complex-type' && definition.derivation !== 'constraint';
}

function elementEntry(element: ElementDefinition, isResourceId: boolean, valueSets: ValueSetList): ElementEntry {
  const [name, choice] = splitChoice(element.path.slice(element.path.lastIndexOf('.') + 1));
  const types = isResourceId ? ['id'] : typesOf(element);
  const valueSet = element.binding?.strength === 'required' && element.binding.valueSet ? valueSets.indexOf(element.binding.valueSet) : undefined;
  const targets = targetsOf(element.type ?? []);
  return {
    name,
    types,
    ...(choice ? { choice } : {}),
    ...((element.min ?? 0) > 0 ? { required: true } : {}),
    ...(element.max === '1' ? {} : { list: true }),
    ...(valueSet === undefined ? {} : { valueSet }),
    ...(targets ? { targets } : {}),
  } satisfies ElementEntry;
}

function splitChoice(name: string): [string, true?] {
  return name.endsWith('[x]') ? [name.slice(0, -3), true] : [name];
}

/** Elements of backbones are nodes of their own, named by their path; FHIRPath's system types are FHIR's `string` and `uri`. */
function typesOf(element: ElementDefinition): string[] {
  if (element.contentReference) return [element.contentReference.slice(element.contentReference.indexOf('#') + 1)];
  return (element.type ?? []).map(({ code, extension }) => {
    if (code === 'BackboneElement' || code === 'Element') return element.path;
    return code.startsWith('http://hl7.org/fhirpath/') ? (extension?.find(({ valueUrl }) => valueUrl)?.valueUrl ?? 'string') : code;
  });
}

function targetsOf(types: readonly ElementDefinitionType[]): string[] | undefined {
  const targets = types.flatMap(({ code, targetProfile }) => (code === 'Reference' ? (targetProfile ?? []) : [])).map((url) => url.slice(url.lastIndexOf('/') + 1));
  return targets.length === 0 || targets.includes('Resource') ? undefined : targets;
}

/** The value sets met so far, each once; those that can't be enumerated have no index. */
class ValueSetList {
  readonly entries: ValueSetEntry[] = [];
  private readonly indices = new Map<string, number | undefined>();
  private readonly known: ReadonlyMap<string, ValueSet | CodeSystem>;

  constructor(known: ReadonlyMap<string, ValueSet | CodeSystem>) {
    this.known = known;
  }

  indexOf(canonical: string): number | undefined {
    const url = canonical.split('|')[0] ?? canonical;
    if (!this.indices.has(url)) {
      const codes = expand(url, this.known);
      this.indices.set(url, codes && this.entries.push({ url, codes }) - 1);
    }
    return this.indices.get(url);
  }
}
