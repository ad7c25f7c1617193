import type { ValueSet, ValueSetExpansion, ValueSetExpansionContains } from 'fhir/r4.js';
import type { Handler, Inputs, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import type { Concept } from '../../src/fhir/terminology/index.js';
import { mustBeEnglish, mustExpand, soughtValueSet } from './sought.js';

/** `$expand` (R4 §4.9.18.1): all codes of a value set, or a page of them. */
export const handle: Handler = async (call, context) => {
  const { in: inputs } = call;
  mustBeEnglish(inputs);
  const sought = await soughtValueSet(call, context);
  const filter = inputs.string('filter');
  const active = inputs.boolean('activeOnly') === true ? mustExpand(sought).filter(({ inactive }) => !inactive) : mustExpand(sought);
  const concepts = filter === undefined ? active : active.filter(hasWords(filter));
  const { compose, ...head } = sought.valueSet;
  const definition = inputs.boolean('includeDefinition') === true ? { compose } : {};
  const resource: ValueSet = { ...head, text: undefined, ...definition, expansion: expansionOfPage(concepts, inputs, context) };
  return { resource };
};

function expansionOfPage(concepts: readonly Concept[], inputs: Inputs, { newId, now }: OperationContext): ValueSetExpansion {
  const offset = atLeastZero(inputs, 'offset') ?? 0;
  const count = atLeastZero(inputs, 'count') ?? concepts.length;
  const contains = concepts.slice(offset, offset + count).map((concept) => shown(concept, inputs.boolean('includeDesignations') === true));
  const parameter = SHOWN_PARAMETERS.flatMap((name) => {
    const value = inputs.one(name)?.value;
    return value === undefined ? [] : [{ name, ...(typeof value === 'boolean' ? { valueBoolean: value } : typeof value === 'number' ? { valueInteger: value } : { valueString: String(value) }) }];
  });
  return {
    identifier: `urn:uuid:${newId()}`,
    timestamp: now().toISOString(),
    total: concepts.length,
    offset,
    ...(parameter.length > 0 ? { parameter } : {}),
    ...(contains.length > 0 ? { contains } : {}),
  };
}

/** What the expansion depended on (R4 ValueSet.expansion.parameter). */
const SHOWN_PARAMETERS = ['filter', 'offset', 'count', 'includeDesignations', 'activeOnly'];

const shown = ({ system, version, code, display, designation, abstract, inactive }: Concept, withDesignations: boolean): ValueSetExpansionContains => ({
  system,
  ...(version ? { version } : {}),
  ...(abstract ? { abstract } : {}),
  ...(inactive ? { inactive } : {}),
  code,
  ...(display ? { display } : {}),
  ...(withDesignations && designation?.length ? { designation: [...designation] } : {}),
});

/** Every word of the filter stands in the code or the display, in any case. */
function hasWords(filter: string): (concept: Concept) => boolean {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return ({ code, display = '' }) => {
    const text = `${code} ${display}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

function atLeastZero(inputs: Inputs, name: string): number | undefined {
  const value = inputs.number(name);
  if (value !== undefined && value < 0) throw errors.value(`The parameter ${name} is 0 or more`, inputs.one(name)?.expression);
  return value;
}
