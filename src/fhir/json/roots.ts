import { OPEN_ARRAY, OPEN_OBJECT } from './characters.js';

/** What the top-level value is, and how it begins. */
export const ROOTS = {
  resource: { name: 'FHIR resource', begins: OPEN_OBJECT, begin: 'A FHIR resource in JSON is an object. Begin it with {' },
  object: { name: 'JSON object', begins: OPEN_OBJECT, begin: 'The body is a JSON object. Begin it with {' },
  array: { name: 'JSON Patch', begins: OPEN_ARRAY, begin: 'A JSON Patch is an array of operations. Begin it with [' },
};
export type Root = keyof typeof ROOTS;
