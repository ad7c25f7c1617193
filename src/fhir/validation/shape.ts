import type { IssueCode } from '../outcome.js';
import { fhirPath } from './issue.js';
import type { Findings } from './issue.js';
import type { ElementModel, ElementNode, Property } from './model.js';
import { EXPECTED } from './primitives.js';

/** A validator made by ajv (`dist/generated/validators.js`). */
export interface ShapeValidator {
  (value: unknown): boolean;
  errors?: readonly ShapeError[] | null;
}

export interface ShapeError {
  /** JSON pointer to the faulty value. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: { readonly additionalProperty?: string };
}

/** Tells ajv's errors in FHIR's words: by element and type instead of by schema. */
export function reportShape(errors: readonly ShapeError[], type: string, model: ElementModel, findings: Findings): void {
  const { here } = findings;
  for (const error of errors) {
    // An array that may hold null is described by if/else; the error that tells what is wrong comes by itself.
    if (error.keyword === 'if') continue;
    const place = placeOf(error.instancePath, model.node(type));
    const at = fhirPath(here, place.steps);
    if (error.keyword === 'additionalProperties') {
      const name = error.params.additionalProperty ?? '';
      findings.report('structure', `${quoted(name)} is not an element of ${place.node?.name ?? 'a primitive type'} in FHIR R4. Remove it, or send it as an extension.`, 'unknown-element', ELEMENT_NAME.test(name) ? name : '', at);
    } else {
      const [code, text] = wrongValue(error.keyword, place);
      findings.report(code, text, 'shape', '', at);
    }
  }
}

interface Place {
  readonly steps: readonly (string | number)[];
  /** What stands there, as far as FHIR knows it. */
  readonly node: ElementNode | undefined;
  readonly property: Property | undefined;
  /** `Claim.item.sequence`. */
  readonly name: string;
  readonly isItem: boolean;
}

const ELEMENT_NAME = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;
const quoted = (name: string): string => (ELEMENT_NAME.test(name) ? `"${name}"` : 'A name that FHIR does not know');

function placeOf(pointer: string, root: ElementNode): Place {
  const steps: (string | number)[] = [];
  let node: ElementNode | undefined = root;
  let property: Property | undefined;
  let { name } = root;
  let isItem = false;
  for (const step of pointer.split('/').slice(1)) {
    isItem = property?.list === true && /^\d+$/.test(step);
    if (isItem) {
      steps.push(Number(step));
    } else {
      property = node?.properties.get(step);
      name = `${node?.name ?? name}.${property?.name ?? step}`;
      steps.push(property?.name ?? step);
      node = property?.node;
    }
  }
  return { steps, node, property, name, isItem };
}

function wrongValue(keyword: string, { property, name, isItem }: Place): [IssueCode, string] {
  if (keyword === 'minItems') return ['structure', `${name} must not be an empty array. Leave it out.`];
  if (keyword === 'type' && property?.list && !isItem) return ['structure', `${name} repeats and must be an array.`];
  const expected = property?.kind === 'primitive' ? EXPECTED[property.type] : undefined;
  return [keyword === 'type' ? 'structure' : 'value', `${name} must be ${expected ?? 'an object'}.`];
}
