import type { SearchParameter } from 'fhir/r4.js';
import type { IndexEntry } from '../../store/store.js';
import { conditionFor } from './condition.js';
import { readSearchTables } from './definitions.js';
import { compileExtractor } from './extract.js';
import type { ParseOptions } from './parse.js';
import { parseSearch } from './parse.js';
import type { Registry } from './registry.js';
import { createRegistry } from './registry.js';
import type { Search } from './search.js';
import type { SearchTerminology } from './terminology.js';
import type { Visitor, Walk } from './walker.js';

export interface SearchOptions {
  /** The server's own base (`http://host/fhir`): absolute references below it are local. */
  readonly baseUrl: string;
  /** Definitions beyond base R4, merged over it: one that has the code of a base parameter replaces it. */
  readonly extraParameters?: readonly SearchParameter[];
  /** Milliseconds since 1970; what `ap` measures dates from. Default: the system's clock. */
  readonly now?: () => number;
  /** What `:in`, `:not-in`, `:above` and `:below` of tokens ask; default: nothing is held. */
  readonly terminology?: SearchTerminology;
}

/** @throws {Error} that names the SearchParameter when an extra definition cannot be compiled. */
export async function createSearch({ baseUrl, extraParameters = [], now = Date.now, terminology }: SearchOptions): Promise<Search> {
  const registry = createRegistry(await readSearchTables(), extraParameters);
  const options: ParseOptions = { registry, base: `${baseUrl.replace(/\/+$/, '')}/`, now, terminology };
  for (const extra of extraParameters) for (const type of extra.base) compiled(options, type, extra.code, extra.url);
  const extractors = new Map<string, readonly Visitor[]>();

  function extractorsOf(type: string): readonly Visitor[] {
    let known = extractors.get(type);
    if (!known) extractors.set(type, (known = indexed(registry, type).flatMap(({ code, url }) => compiled(options, type, code, url) ?? [])));
    return known;
  }

  return {
    types: registry.types,
    extract(resource, resolve) {
      const walk: Walk = { resource, resolve, out: [] as IndexEntry[], groups: 0 };
      if (registry.hasType(resource.resourceType)) for (const extract of extractorsOf(resource.resourceType)) extract(resource, walk);
      return walk.out;
    },
    parse: (request) => parseSearch(options, request),
    conditionFor: (type, parameters) => conditionFor(options, type, parameters),
    searchParametersOf: (type) =>
      searchable(registry, type).map(({ code, type: kind, url, documentation }) => ({ name: code, type: kind, definition: url, ...(documentation ? { documentation } : {}) })),
    includesOf: (type) => references(registry, type).map(({ code }) => `${type}:${code}`),
    revIncludesOf: (type) =>
      registry.types.flatMap((source) =>
        references(registry, source).flatMap(({ code, target }) => (!target || target.includes(type) ? [`${source}:${code}`] : []))),
  };
}

/** `_id` and `_lastUpdated` are the store's own. */
const indexed = (registry: Registry, type: string) => [...registry.definitionsOf(type).values()].filter(({ code }) => code !== '_id' && code !== '_lastUpdated');

const searchable = (registry: Registry, type: string) =>
  registry.hasType(type) ? [...registry.definitionsOf(type).values()].filter((each) => each.type !== 'special') : [];

const references = (registry: Registry, type: string) => searchable(registry, type).filter((each) => each.type === 'reference');

function compiled({ registry, base }: ParseOptions, type: string, code: string, url: string): Visitor | undefined {
  const on = registry.hasType(type) ? type : (registry.types[0] ?? type);
  const definition = registry.definitionsOf(on).get(code);
  try {
    return definition && compileExtractor(definition, on, registry.elements, base);
  } catch (error) {
    throw new Error(`SearchParameter ${url} on ${type}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
