import { isObject } from './rule.js';
import type { JsonObject, Rule } from './rule.js';
import type { ValueSetEntry } from './table.js';

/** So many codes are listed in the text of an issue; of longer lists the value set is named. */
const LISTED_CODES = 20;

/** The rule of a required binding (FHIR R4 §4.1.5.1), by the type of the element that is bound; undefined for types that are not codes. */
export function bindingRule(type: string, { url, codes }: ValueSetEntry): Rule | undefined {
  const all = new Set(Object.values(codes).flat());
  const coded = new Set(Object.entries(codes).flatMap(([system, list]) => list.map((code) => `${system}|${code}`)));
  const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
    code: (value) => typeof value !== 'string' || all.has(value),
    Coding: (value) => !isObject(value) || isIn(coded, value),
    CodeableConcept: (value) => !isObject(value) || 'extension' in value || (Array.isArray(value.coding) && value.coding.some((coding) => isObject(coding) && isIn(coded, coding))),
  };
  const holds = tests[type];
  const choice = all.size <= LISTED_CODES ? `one of: ${[...all].join(', ')}` : `a code of ${url}`;
  return holds && { id: 'binding', code: 'code-invalid', holds, text: type === 'code' ? `must be ${choice}` : `must have a coding with ${choice} (system ${Object.keys(codes).join(' or ')})` };
}

function isIn(coded: ReadonlySet<string>, coding: JsonObject): boolean {
  return 'extension' in coding || coded.has(`${String(coding.system)}|${String(coding.code)}`);
}

/** `Type/id`, perhaps with a version: a reference whose type can be read from its text (FHIR R4 §2.3.0.1). */
const RELATIVE_REFERENCE = /^([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** A relative reference leads to one of `targets`, or, without them, to a type of FHIR. */
export function targetRule(targets: readonly string[] | undefined, resourceTypes: ReadonlySet<string>): Rule {
  const allowed = targets ? new Set(targets) : resourceTypes;
  return {
    id: 'reference-target',
    code: 'value',
    holds: (value) => {
      if (!isObject(value) || typeof value.reference !== 'string') return true;
      const type = RELATIVE_REFERENCE.exec(value.reference)?.[1];
      return type === undefined || allowed.has(type);
    },
    text: targets ? `must refer to ${targets.join(' or ')}` : 'must refer to a resource type of FHIR R4',
    at: 'reference',
  };
}
