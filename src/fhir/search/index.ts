export { createSearch } from './create.js';
export type { SearchOptions } from './create.js';
export { openPage, sealPage } from './page-link.js';
export type { PageState } from './page-link.js';
export type {
  ParsedSearch, QueryParameter, ReferenceResolver, ResolvedReference, Search, SearchRequest, SearchParameterSummary, SearchableResource,
} from './search.js';
