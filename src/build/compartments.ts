import { fileURLToPath } from 'node:url';
import type { CompartmentTable } from '../fhir/search/compartment.js';
import { COMPARTMENTS } from '../fhir/search/compartment.js';
import { compartmentDefinitions, definitionVersions, officialSchema, resourceTypeNames } from './definitions.js';
import { writeGenerated } from './output.js';

export const compartmentInputs: readonly string[] = [
  ...definitionVersions,
  ...['./compartments.js', './definitions.js', './output.js', '../fhir/search/compartment.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** `{def}` stands for the resource itself, which is always in its compartment. */
const ITSELF = '{def}';

/** Writes the table of R4's five compartments (a `CompartmentTable`). */
export async function generateCompartments(outDir: string): Promise<void> {
  const types = new Set(resourceTypeNames(officialSchema()));
  const table: CompartmentTable = Object.fromEntries(
    compartmentDefinitions().map(({ code, resource = [] }) => [
      code,
      Object.fromEntries(resource.flatMap(({ code: type, param = [] }) => {
        const parameters = param.filter((name) => name !== ITSELF);
        return types.has(type) && parameters.length > 0 ? [[type, parameters]] : [];
      })),
    ]),
  );
  writeGenerated(outDir, COMPARTMENTS, JSON.stringify(table));
}
