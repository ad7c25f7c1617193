import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { MAX_ISSUES } from '../fhir/validation/issue.js';
import { definitionVersions, officialSchema, resourceTypeNames } from './definitions.js';
import { writeGenerated } from './output.js';
import { schemaTypes } from './schema-types.js';
import { shapeSchema } from './shape-schema.js';

export const validatorInputs: readonly string[] = [
  ...definitionVersions,
  ...['./validators.js', './shape-schema.js', './schema-types.js', './definitions.js', './output.js', '../fhir/validation/issue.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))),
];

/** Writes `validators.js`: one exported function a resource type, which answers whether the shape is right; its `errors` say what isn't. */
export async function generateValidators(outDir: string): Promise<void> {
  const schema = officialSchema();
  const ajv = new Ajv({ allErrors: true, strict: false, strictNumbers: true, messages: false, validateSchema: false, code: { source: true, esm: true } });
  const resourceTypes = resourceTypeNames(schema);
  ajv.addSchema({ $id: 'fhir', definitions: shapeSchema(schemaTypes(schema), resourceTypes) });
  const exported = Object.fromEntries(resourceTypes.map((type) => [type, `fhir#/definitions/${type}`]));
  const code = cappedErrors(standalone.default(ajv, exported));
  if (code.includes('require(')) throw new Error('ajv left a require of its runtime in the validators: use keywords that need none');
  writeGenerated(outDir, 'validators.js', code);
}

/**
 * ajv copies the list of errors for every faulty element, which takes quadratic time and unlimited memory on hostile
 * input. Here a list holds at most as many errors as are ever reported.
 */
function cappedErrors(code: string): string {
  const capped = code
    .replace(/if\(vErrors === null\)\{vErrors = \[(\w+)\];\}else \{vErrors\.push\(\1\);\}/g, 'vErrors = add(vErrors, $1);')
    .replace(/vErrors = vErrors === null \? ([\w.]+)\.errors : vErrors\.concat\(\1\.errors\);/g, 'vErrors = addAll(vErrors, $1.errors);');
  if (/vErrors\.(?:push|concat)\(/.test(capped)) throw new Error('ajv gathers errors in a way that cappedErrors does not know');
  return `${capped}
function add(list, error) {
  if (list === null) return [error];
  if (list.length < ${MAX_ISSUES}) list.push(error);
  return list;
}
function addAll(list, errors) {
  if (list === null) return errors;
  for (let i = 0; i < errors.length && list.length < ${MAX_ISSUES}; i++) list.push(errors[i]);
  return list;
}
`;
}
