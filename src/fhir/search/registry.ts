import type { SearchParameter } from 'fhir/r4.js';
import type { ElementTypes, ParameterDefinition, SearchTables, SearchType } from './definitions.js';
import { ALL_TYPES, definitionOf } from './definitions.js';
import { parseExpression } from './expression.js';
import { compileWalk } from './walker.js';

/** A parameter as one search sees it: on all the types that are searched. */
export interface SearchedParameter {
  readonly code: string;
  readonly type: SearchType;
  /** Undefined: any type. */
  readonly target: readonly string[] | undefined;
  /** Code systems that required bindings imply for its codes: a stored code has no system of its own. */
  readonly impliedSystems: ReadonlySet<string>;
  readonly components: readonly SearchedParameter[];
  readonly phonetic: boolean;
}

/** All search parameters: those of base R4, and over them those that the project adds. */
export interface Registry {
  readonly types: readonly string[];
  readonly elements: ElementTypes;
  hasType(type: string): boolean;
  /** By code; those of all types are among them. */
  definitionsOf(type: string): ReadonlyMap<string, ParameterDefinition>;
  /** The parameter that all of `types` have under this code, in one search type; undefined: they don't. */
  find(types: readonly string[], code: string): SearchedParameter | undefined;
}

/** @throws {Error} when an extra definition names a component or a base type that is not known. */
export function createRegistry(tables: SearchTables, extras: readonly SearchParameter[]): Registry {
  const own = new Map(Object.entries(tables.parameters).map(([type, list]) => [type, [...list]]));
  addExtras(own, extras);
  const common = own.get(ALL_TYPES) ?? [];
  const types = [...own.keys()].filter((type) => type !== ALL_TYPES);
  const byType = new Map<string, ReadonlyMap<string, ParameterDefinition>>();
  const searched = new Map<ParameterDefinition, SearchedParameter>();

  function definitionsOf(type: string): ReadonlyMap<string, ParameterDefinition> {
    let known = byType.get(type);
    if (!known) {
      known = new Map([...common, ...(own.get(type) ?? [])].map((each) => [each.code, each]));
      if (own.has(type)) byType.set(type, known);
    }
    return known;
  }

  function searchedOn(type: string, code: string): SearchedParameter | undefined {
    const definition = definitionsOf(type).get(code);
    if (!definition) return undefined;
    let known = searched.get(definition);
    if (!known) searched.set(definition, (known = describe(definition, type, tables.elements)));
    return known;
  }

  return {
    types,
    elements: tables.elements,
    hasType: (type) => type !== ALL_TYPES && own.has(type),
    definitionsOf,
    find(on, code) {
      const each = on.map((type) => searchedOn(type, code));
      const [first, ...others] = each;
      if (!first || others.length === 0) return first;
      const alike = each.filter((other) => other?.type === first.type && other.components.length === 0) as SearchedParameter[];
      if (alike.length < each.length) return undefined;
      const anyTarget = alike.some(({ target }) => !target);
      return {
        ...first,
        target: anyTarget ? undefined : [...new Set(alike.flatMap(({ target }) => target ?? []))],
        impliedSystems: new Set(alike.flatMap(({ impliedSystems }) => [...impliedSystems])),
      };
    },
  };
}

function addExtras(own: Map<string, ParameterDefinition[]>, extras: readonly SearchParameter[]): void {
  const byUrl = new Map<string, { type: SearchType }>([...own.values()].flat().map((each) => [each.url, each]));
  for (const extra of extras) byUrl.set(extra.url, extra);
  for (const extra of extras) {
    for (const base of extra.base) {
      const type = base === 'DomainResource' ? ALL_TYPES : base;
      const list = own.get(type);
      const definition = definitionOf(extra, base, (url) => byUrl.get(url));
      if (!list || !definition) throw new Error(`SearchParameter ${extra.url}: it has no expression for its base ${base}`);
      own.set(type, [...list.filter((each) => each.code !== definition.code), definition].sort((a, b) => (a.code < b.code ? -1 : 1)));
    }
  }
}

function describe(definition: ParameterDefinition, type: string, elements: ElementTypes): SearchedParameter {
  const { code } = definition;
  return {
    code,
    type: definition.type,
    target: definition.target,
    impliedSystems: definition.type === 'token' ? impliedSystems(definition, type, elements) : new Set(),
    components: (definition.components ?? []).map((component) => ({
      code, type: component.type, target: undefined, impliedSystems: new Set<string>(), components: [], phonetic: false,
    })),
    phonetic: isPhonetic(definition),
  };
}

/** Parameters whose strings are compared by sound (R4: "using some kind of phonetic matching algorithm"). */
export const isPhonetic = (parameter: ParameterDefinition): boolean => parameter.type === 'string' && parameter.code === 'phonetic';

function impliedSystems(definition: ParameterDefinition, type: string, elements: ElementTypes): Set<string> {
  const systems = new Set<string>();
  compileWalk(parseExpression(definition.expression), type, elements, (elementType) => {
    const [, system] = elementType.split(' ', 2);
    if (system) systems.add(system);
    return undefined;
  });
  return systems;
}
