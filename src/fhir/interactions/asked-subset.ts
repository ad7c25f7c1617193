import { errors } from '../outcome.js';
import type { QueryParameter } from '../search/index.js';
import { subsetOf, type Subset, type SubsetRequest } from '../subset.js';

/**
 * What `_summary` and `_elements` of a read or a history ask for (R4 §3.1.0.1.11); undefined: whole resources.
 * @throws {FhirError} 400 for values that they don't have; `_summary=count` is for searches.
 */
export function askedSubset(query: readonly QueryParameter[]): Subset | undefined {
  const asked = new Map(query);
  const elements = asked.get('_elements')?.split(',');
  if (elements && !elements.every((name) => ELEMENT.test(name))) throw errors.value('_elements takes names of elements with commas between them');
  return subsetOf({ summary: summaryOf(asked.get('_summary')), elements });
}

/** Parameters of `askedSubset`. */
export const SUBSET_PARAMETERS: ReadonlySet<string> = new Set(['_summary', '_elements']);

const ELEMENT = /^[A-Za-z][\w.[\]]{0,127}$/;
const SUMMARIES = ['true', 'text', 'data'] as const;

function summaryOf(value: string | undefined): SubsetRequest['summary'] {
  if (value === undefined || value === 'false') return undefined;
  const summary = SUMMARIES.find((each) => each === value);
  if (!summary) throw errors.value(`_summary is here one of ${SUMMARIES.join(', ')}, false`);
  return summary;
}
