import type { ParsedSearch, Search, SearchRequest } from '../search/index.js';
import { insufficientScope } from './refusal.js';
import type { Rights } from './rights.js';

/**
 * Search as a caller may use it: a type that is searched, or looked into by a chain or `_has`, must be one that a scope
 * allows to search; a search of the whole system is one of the types that are.
 */
export function limitedSearch(search: Search, rights: Rights): Search {
  return {
    ...search,
    parse(request) {
      const parsed = search.parse(request);
      mustMaySearch(parsed.through);
      const named = isNarrowed(request);
      const types = named ? parsed.plan.types : parsed.plan.types.filter((type) => rights.has(type, 's'));
      mustMaySearch(named ? types : types.length === 0 ? ['*'] : []);
      return { ...parsed, plan: { ...parsed.plan, types } } satisfies ParsedSearch;
    },
    conditionFor(type, parameters) {
      mustMaySearch([type, ...search.parse({ type, parameters, handling: 'strict' }).through]);
      return search.conditionFor(type, parameters);
    },
  };

  /** @throws {FhirError} 403 */
  function mustMaySearch(types: readonly string[]): void {
    const refused = types.filter((type) => type === '*' || !rights.has(type, 's'));
    if (refused.length > 0) throw insufficientScope(rights.caller, refused.map((type) => ({ type, permissions: ['s'] })));
  }
}

const isNarrowed = ({ type, parameters }: SearchRequest): boolean => type !== undefined || parameters.some(([name]) => name === '_type');
