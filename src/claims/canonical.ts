/** The canonical base of our conformance resources, for the pure layers, which import nothing of the server. */
export const CANONICAL = 'https://cobalt.example/fhir';

export const structureDefinition = (name: string): string => `${CANONICAL}/StructureDefinition/${name}`;
