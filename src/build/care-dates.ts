import { fileURLToPath } from 'node:url';
import type { StructureDefinition } from 'fhir/r4.js';
import type { CareDateTable } from '../fhir/search/care-dates.js';
import { CARE_DATES } from '../fhir/search/care-dates.js';
import { definitionVersions, officialSchema, resourceTypeNames, structureDefinitions } from './definitions.js';
import { writeGenerated } from './output.js';

export const careDateInputs: readonly string[] = [
  ...definitionVersions,
  ...['./care-dates.js', './definitions.js', './output.js', '../fhir/search/care-dates.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Writes the table of the elements that say when care took place (a `CareDateTable`). */
export async function generateCareDates(outDir: string): Promise<void> {
  const types = new Set(resourceTypeNames(officialSchema()));
  const definitions = structureDefinitions().filter(({ type, derivation }) => derivation !== 'constraint' && types.has(type));
  const table: CareDateTable = Object.fromEntries(definitions.flatMap((definition) => {
    const end = mappedTo(definition, 'FiveWs.done[x]');
    return end.length > 0 ? [[definition.type, { begin: mappedTo(definition, 'FiveWs.init'), end }]] : [];
  }));
  writeGenerated(outDir, CARE_DATES, JSON.stringify(table));
}

/** Paths below the resource of the elements that R4 maps to a part of the FiveWs pattern (R4 §2.35). */
const mappedTo = ({ type, snapshot }: StructureDefinition, part: string): string[] =>
  (snapshot?.element ?? []).filter(({ mapping }) => mapping?.some(({ map }) => map === part)).map(({ path }) => path.slice(type.length + 1));
