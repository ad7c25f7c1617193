import { readFile } from 'node:fs/promises';
import type { SearchParameter } from 'fhir/r4.js';
import { inProject } from '../../root.js';
import type { SearchParameterSummary } from './search.js';

export type SearchType = SearchParameterSummary['type'];

/** One search parameter of one resource type. */
export interface ParameterDefinition {
  readonly code: string;
  readonly type: SearchType;
  /** The canonical URL of its SearchParameter. */
  readonly url: string;
  /** FHIRPath from the resource, for this type only; a union has its parts joined by ` | `. */
  readonly expression: string;
  /** Types that a reference parameter may lead to; none stated: any. */
  readonly target?: readonly string[];
  /** Parts of a composite, each from a node of `expression`. */
  readonly components?: readonly ComponentDefinition[];
  readonly documentation?: string;
}

export interface ComponentDefinition {
  readonly type: SearchType;
  readonly expression: string;
}

/**
 * The type of each element by the type that holds it (`Claim`, `Claim.item`, `Period`): a type's name, `code <system>`
 * where a required binding implies the code system, or a list: an element `name[x]` stands under `name` with its types.
 */
export type ElementTypes = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** What the build makes of base R4: parameters by resource type (those of all types under `Resource`), and element types. */
export interface SearchTables {
  readonly parameters: Readonly<Record<string, readonly ParameterDefinition[]>>;
  readonly elements: ElementTypes;
}

/** The table's name below `dist/generated`. */
export const SEARCH_TABLES = 'search-parameters.json';

export async function readSearchTables(): Promise<SearchTables> {
  return JSON.parse(await readFile(inProject('dist', 'generated', SEARCH_TABLES), 'utf8')) as SearchTables;
}

/** Parameters of all types: what each resource type has of its own comes after them, and replaces one of the same code. */
export const ALL_TYPES = 'Resource';

/**
 * The part of a union that concerns one resource type: paths from that type, from `Resource`, or from no type.
 * Undefined when there is none.
 */
export function expressionFor(type: string, expression: string): string | undefined {
  const parts = unionParts(expression).filter((part) => {
    const root = /^\(*([A-Za-z]+)/.exec(part)?.[1] ?? '';
    return root === type || root === 'Resource' || root === 'DomainResource' || !/^[A-Z]/.test(root);
  });
  return parts.length ? parts.join(' | ') : undefined;
}

function unionParts(expression: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let i = 0; i < expression.length; i++) {
    const c = expression[i];
    if (c === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === '|' && depth === 0) {
      parts.push(expression.slice(from, i).trim());
      from = i + 1;
    }
  }
  parts.push(expression.slice(from).trim());
  return parts.filter((part) => part !== '');
}

/**
 * A SearchParameter as a definition of one of its types. `byUrl` finds the parameter that a component names.
 * Undefined when it has no expression for that type (`_text`, `_content`, `_query`: not searches of elements).
 * @throws {Error} when a component names a parameter that `byUrl` does not know.
 */
export function definitionOf(
  parameter: SearchParameter,
  type: string,
  byUrl: (url: string) => { readonly type: SearchType } | undefined,
): ParameterDefinition | undefined {
  const expression = expressionFor(type, parameter.expression ?? '');
  if (!expression) return undefined;
  const components = parameter.component?.map((component) => {
    const part = byUrl(component.definition);
    if (!part) throw new Error(`SearchParameter ${parameter.url}: its component ${component.definition} is not known`);
    return { type: part.type, expression: component.expression };
  });
  const documentation = documentationFor(type, parameter.description);
  return {
    code: parameter.code,
    type: parameter.type,
    url: parameter.url,
    expression,
    ...(parameter.target ? { target: parameter.target } : {}),
    ...(components ? { components } : {}),
    ...(documentation ? { documentation } : {}),
  };
}

/** R4 describes a shared parameter by a list with a line for each type: `* [Claim](claim.html): …`. */
function documentationFor(type: string, description: string | undefined): string | undefined {
  const line = description?.split(/\r?\n/).find((each) => each.startsWith(`* [${type}](`));
  const text = line ? line.slice(line.indexOf('):') + 2) : description;
  return text?.replace(/\s+/g, ' ').trim() || undefined;
}
