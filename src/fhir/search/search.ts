import type { Condition, IndexEntry, SearchPlan } from '../../store/store.js';

/** One `name=value` of a query, percent-decoded, in the order in which it was asked. */
export type QueryParameter = readonly [name: string, value: string];

/** FHIR search (R4 §3.1.1), compiled from SearchParameter definitions. Knows no HTTP and no store. */
export interface Search {
  /**
   * The index entries of a resource, for every search parameter of its type. Never throws on a resource of valid shape.
   * `resolve` answers what a reference, or a uri, stands for when it is not yet a resource's address (in a transaction:
   * `urn:uuid:…` and `Patient?identifier=…`); what it does not know is taken as it stands.
   */
  extract(resource: SearchableResource, resolve?: ReferenceResolver): IndexEntry[];
  /** @throws {FhirError} 400 (501 for what is valid and not supported) whose texts name the parameter, never its value. */
  parse(request: SearchRequest): ParsedSearch;
  /**
   * The condition of a conditional create, update, delete or reference. Always strict.
   * @throws {FhirError} 400 for an empty condition, a parameter of the result (`_sort` …) or whatever `parse` refuses.
   */
  conditionFor(type: string, parameters: readonly QueryParameter[]): Condition;
  /** For `CapabilityStatement.rest.resource.searchParam`, by name; an unknown type has none. */
  searchParametersOf(type: string): readonly SearchParameterSummary[];
  /** For `CapabilityStatement.rest.resource.searchInclude`: `Claim:patient` … */
  includesOf(type: string): readonly string[];
  /** For `CapabilityStatement.rest.resource.searchRevInclude`: what may refer to the type. */
  revIncludesOf(type: string): readonly string[];
  /** Every R4 resource type, by name. */
  readonly types: readonly string[];
}

export interface SearchableResource {
  readonly resourceType: string;
  readonly id?: string | undefined;
}

export type ReferenceResolver = (reference: string) => ResolvedReference | undefined;

export interface ResolvedReference {
  readonly type: string;
  readonly id: string | { readonly slot: 'result'; readonly change: number };
}

export interface SearchRequest {
  /** The type searched; undefined: the whole system (`_type` may narrow it). */
  readonly type: string | undefined;
  readonly parameters: readonly QueryParameter[];
  /** `lenient` leaves out unknown parameters and names them in `unknown`; all else is refused as in `strict`. */
  readonly handling: 'strict' | 'lenient';
}

export interface ParsedSearch {
  readonly plan: Omit<SearchPlan, 'cursor'>;
  /** Names of the parameters that were left out (lenient handling). */
  readonly unknown: readonly string[];
  /** What was used, in canonical order: for the self link, and to parse again for the next page. */
  readonly self: readonly QueryParameter[];
  /** `_elements`, when asked. */
  readonly elements?: readonly string[];
  /** `_summary`, when asked and not `false`; `count` has set the plan to count only. */
  readonly summary?: 'true' | 'text' | 'data' | 'count';
  /** `_explain=true` (Cobalt's own): the answer tells how the search was understood. */
  readonly explain: boolean;
  /** Types that chains and `_has` look into: the caller must be allowed to search them. */
  readonly through: readonly string[];
}

export interface SearchParameterSummary {
  readonly name: string;
  readonly type: 'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special';
  /** The canonical URL of its SearchParameter. */
  readonly definition: string;
  readonly documentation?: string;
}
