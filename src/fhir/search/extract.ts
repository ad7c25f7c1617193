import type { IndexEntry } from '../../store/store.js';
import type { ElementTypes, ParameterDefinition } from './definitions.js';
import { entryMaker, soundEntries } from './entries.js';
import { parseExpression } from './expression.js';
import { isPhonetic } from './registry.js';
import type { VisitorFor, Visitor } from './walker.js';
import { compileWalk } from './walker.js';

/** The part `i` (from 0) of a composite in the index. */
export const componentParam = (code: string, i: number): string => `${code}$${i + 1}`;

/**
 * Compiles what extracts one parameter's entries from a resource of `type`.
 * Undefined when none of the elements it reaches is of a type that such a parameter is about.
 * @throws {UnsupportedExpression}
 */
export function compileExtractor(parameter: ParameterDefinition, type: string, elements: ElementTypes, base: string): Visitor | undefined {
  const expression = parseExpression(parameter.expression);
  if (parameter.components) return compileWalk(expression, type, elements, composite(parameter, elements, base));
  const { code } = parameter;
  const walk = compileWalk(expression, type, elements, (elementType) => {
    const make = isPhonetic(parameter) ? soundEntries : entryMaker(parameter.type, elementType);
    return make && ((value, state) => make(value, code, state, base));
  });
  return walk && ((resource, state) => {
    const from = state.out.length;
    walk(resource, state);
    dropRepeated(state.out, from);
  });
}

/** Entries of all components under one group number for each repeat that has all of them. */
function composite(parameter: ParameterDefinition, elements: ElementTypes, base: string): VisitorFor {
  return (holder) => {
    const parts = (parameter.components ?? []).map((component, i) => {
      const param = componentParam(parameter.code, i);
      return compileWalk(parseExpression(component.expression), holder, elements, (elementType) => {
        const make = entryMaker(component.type, elementType);
        return make && ((value, state) => make(value, param, state, base));
      });
    });
    return (node, state) => {
      const group = state.groups + 1;
      const entries: IndexEntry[] = [];
      for (const part of parts) {
        const own = { ...state, out: [] as IndexEntry[] };
        part?.(node, own);
        if (own.out.length === 0) return;
        entries.push(...own.out);
      }
      state.groups = group;
      for (const entry of entries) state.out.push({ ...entry, group });
    };
  };
}

/** Of entries of different kinds or parameters, and of most others, the first look tells. */
function isSame(one: IndexEntry | undefined, other: IndexEntry | undefined): boolean {
  return one !== undefined && other !== undefined && one.kind === other.kind && one.param === other.param && JSON.stringify(one) === JSON.stringify(other);
}

/** Twenty lines of one encounter need one entry. */
function dropRepeated(out: IndexEntry[], from: number): void {
  if (out.length - from < 2 || (out.length - from === 2 && !isSame(out[from], out[from + 1]))) return;
  const seen = new Set<string>();
  let kept = from;
  for (const entry of out.slice(from)) {
    const key = JSON.stringify(entry);
    if (seen.has(key)) continue;
    seen.add(key);
    out[kept++] = entry;
  }
  out.length = kept;
}
