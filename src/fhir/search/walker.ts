import type { IndexEntry } from '../../store/store.js';
import type { ElementTypes } from './definitions.js';
import type { PathExpression } from './expression.js';
import { UnsupportedExpression } from './expression.js';
import { typeOfReference } from './references.js';
import type { ReferenceResolver, SearchableResource } from './search.js';

/** What one extraction carries along. */
export interface Walk {
  readonly resource: SearchableResource;
  readonly resolve: ReferenceResolver | undefined;
  readonly out: IndexEntry[];
  /** The number of the last repeat that a composite paired. */
  groups: number;
}

/** Does something with one node of a resource (a JSON value that is neither null nor an array). */
export type Visitor = (node: unknown, walk: Walk) => void;

/** The visitor for nodes of an element type (`Period`, `Claim.item`, `code <system>`); undefined: such nodes are of no interest. */
export type VisitorFor = (type: string) => Visitor | undefined;

type Predicate = (node: unknown, walk: Walk) => boolean | undefined;

interface Found {
  readonly value: unknown;
  readonly type: string;
}

/**
 * Compiles an expression on nodes of `type` into direct property walks: types are followed through the structure's
 * definition now, so that nothing is looked up later. Undefined: no node of interest can be reached.
 * @throws {UnsupportedExpression} for an element that the type does not have, and what no search parameter needs.
 */
export function compileWalk(expression: PathExpression, type: string, elements: ElementTypes, visitorFor: VisitorFor): Visitor | undefined {
  const resourceType = type.split('.')[0] ?? type;
  return walk(expression, type, visitorFor);

  function walk(node: PathExpression, from: string, visitor: VisitorFor): Visitor | undefined {
    switch (node.op) {
      case 'focus':
        return visitor(from);
      case 'resource': {
        const next = visitor(resourceType);
        return next && ((_, state) => next(state.resource, state));
      }
      case 'member':
        return walk(node.of, from, (holder) => member(holder, node.name, visitor));
      case 'as':
        return walk(node.of, from, (each) => (isType(each, node.type) ? visitor(each) : undefined));
      case 'where':
        return walk(node.of, from, (each) => {
          const next = visitor(each);
          const meets = predicate(node.criteria, each);
          return next && ((value, state) => (meets(value, state) === true ? next(value, state) : undefined));
        });
      case 'index':
        return indexed(node.of, node.index, from, visitor);
      case 'union':
        return both(walk(node.left, from, visitor), walk(node.right, from, visitor));
      case 'resolve':
      case 'literal':
        throw new UnsupportedExpression(`${node.op} is supported only inside a condition`);
      default: {
        const next = visitor('boolean');
        const holds = predicate(node, from);
        return next && ((value, state) => {
          const answer = holds(value, state);
          if (answer !== undefined) next(answer, state);
        });
      }
    }
  }

  /** `element` of `holder`: one property, or for a choice one property a type. */
  function member(holder: string, element: string, visitor: VisitorFor): Visitor | undefined {
    const types = elements[holder]?.[element];
    if (types === undefined || !/^[A-Z]/.test(holder)) throw new UnsupportedExpression(`${holder} has no element ${element}`);
    if (typeof types === 'string') return property(element, visitor(types));
    return types
      .map((each) => property(element + each.charAt(0).toUpperCase() + each.slice(1), visitor(each)))
      .reduce<Visitor | undefined>(both, undefined);
  }

  function indexed(of: PathExpression, index: number, from: string, visitor: VisitorFor): Visitor | undefined {
    if (index < 0) throw new UnsupportedExpression('last() is not supported');
    let seen = 0;
    const inner = walk(of, from, (type) => {
      const next = visitor(type);
      return (value, state) => (seen++ === index ? next?.(value, state) : undefined);
    });
    return inner && ((value, state) => {
      seen = 0;
      inner(value, state);
    });
  }

  /** Three-valued, as in FHIRPath: undefined is the empty collection. */
  function predicate(node: PathExpression, from: string): Predicate {
    switch (node.op) {
      case 'and':
      case 'or': {
        const left = predicate(node.left, from);
        const right = predicate(node.right, from);
        const decisive = node.op === 'or';
        return (value, state) => {
          const a = left(value, state);
          if (a === decisive) return decisive;
          const b = right(value, state);
          return b === decisive ? decisive : a === undefined ? undefined : b;
        };
      }
      case 'not': {
        const inner = predicate(node.of, from);
        return (value, state) => {
          const answer = inner(value, state);
          return answer === undefined ? undefined : !answer;
        };
      }
      case 'exists': {
        const found = collector(node.of, from);
        return (value, state) => found(value, state).length > 0;
      }
      case '=':
      case '!=': {
        if (node.right.op !== 'literal') throw new UnsupportedExpression('only a literal may stand right of a comparison');
        const expected = node.right.value;
        const found = collector(node.left, from);
        return (value, state) => {
          const [only, ...others] = found(value, state);
          return only && ((others.length === 0 && only.value === expected) === (node.op === '='));
        };
      }
      case 'is': {
        const resolved = node.of.op === 'resolve';
        const found = collector(node.of.op === 'resolve' ? node.of.of : node.of, from);
        return (value, state) => {
          const [first] = found(value, state);
          return first && (resolved ? typeOfReference(first.value, state) === node.type : isType(first.type, node.type));
        };
      }
      default: {
        const found = collector(node, from);
        return (value, state) => {
          const [first] = found(value, state);
          return first && first.value !== false;
        };
      }
    }
  }

  function collector(node: PathExpression, from: string): (value: unknown, state: Walk) => Found[] {
    let found: Found[] = [];
    const inner = walk(node, from, (type) => (value) => found.push({ value, type }));
    return (value, state) => {
      found = [];
      inner?.(value, state);
      return found;
    };
  }
}

function property(name: string, next: Visitor | undefined): Visitor | undefined {
  if (!next) return undefined;
  return (node, state) => {
    const value = (node as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) next(value, state);
    else for (const each of value) if (each !== null) next(each, state);
  };
}

function both(a: Visitor | undefined, b: Visitor | undefined): Visitor | undefined {
  if (!a || !b) return a ?? b;
  return (node, state) => {
    a(node, state);
    b(node, state);
  };
}

/** `code <system>` is a code. */
const isType = (type: string, asked: string): boolean => type === asked || type.startsWith(`${asked} `);
