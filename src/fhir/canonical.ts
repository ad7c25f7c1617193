/** The canonical base of every conformance resource of ours (`design/data-model.md`). */
export const CANONICAL = 'https://cobalt.example/fhir';
