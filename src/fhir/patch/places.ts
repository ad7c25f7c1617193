import type { TextTree } from '../json/tree.js';
import { errors } from '../outcome.js';
import { parseExpression, UnsupportedExpression, type PathExpression } from '../search/expression.js';
import type { Property } from '../validation/model.js';
import { elementModel } from '../validation/index.js';

/** The keys in JSON under which an element may stand: one, or for a choice one for each of its types. */
export type ElementKeys = readonly (readonly [key: string, property: Property])[];

/** Where an element stands in a resource's text; the resource itself has no parent. */
export interface Place {
  /** The element that it is an element of. */
  readonly parent: Place | undefined;
  /** Its key in JSON: `valueQuantity` for the element `value`. */
  readonly key: string;
  readonly keys: ElementKeys;
  /** Which of a list it is; undefined for elements that don't repeat. */
  readonly index: number | undefined;
  /** `HumanName`, `Patient.contact`, `string` … */
  readonly type: string;
  /** Undefined for a primitive that has extensions but no value. */
  readonly value: TextTree | undefined;
}

/** A list in an object: there may be nothing under `key` yet. */
export interface ListPlace {
  readonly holder: TextTree;
  readonly key: string;
  readonly property: Property;
}

/**
 * FHIRPath as FHIRPath Patch needs it: elements, `[0]`, `first()`, `last()`, `where(…)` with `=`, `and`, `or`,
 * `exists()`, `not()`, `ofType(X)`, `extension('url')`. Answers where the elements stand, not their values.
 */
export class Path {
  readonly #expression: PathExpression;

  /** @throws {FhirError} 422 when it is not FHIRPath, more of it than this, or begins at another type. */
  constructor(text: string, type: string) {
    const root = /^\s*([A-Z]\w*)/.exec(text)?.[1];
    if (root !== undefined && root !== type && root !== 'Resource' && root !== 'DomainResource') throw errors.processing(`The path must begin at ${type}`);
    this.#expression = parsed(text);
  }

  /** All elements that it leads to. @throws {FhirError} 422 for elements that FHIR does not have. */
  find(resource: Place): Place[] {
    return found(this.#expression, resource);
  }

  /** The list that it leads to, whether it has elements or not. @throws {FhirError} 422 */
  list(resource: Place): ListPlace {
    const { op } = this.#expression;
    if (op !== 'member') throw errors.processing('The path must lead to a list as a whole, such as Patient.name');
    const { of, name } = this.#expression;
    const [holder, ...more] = found(of, resource);
    if (!holder?.value || more.length > 0) throw errors.processing('The path to the list must lead to exactly one element above it');
    const [key, property] = keysOf(holder.type, name)[0] ?? [];
    if (key === undefined || property?.list !== true) throw errors.processing('The path leads to no element that repeats');
    return { holder: holder.value, property, key };
  }
}

export const rootPlace = (value: TextTree, type: string): Place => ({ parent: undefined, key: '', keys: [], index: undefined, type, value });

/** None when elements of the type have no such element. */
export function keysOf(type: string, name: string): ElementKeys {
  return /^[A-Z]/.test(type) ? [...elementModel().node(type).properties].filter(([, property]) => property.name === name && property.kind !== 'shadow') : [];
}

function parsed(text: string): PathExpression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof UnsupportedExpression)) throw error;
    throw errors.processing('The path is not FHIRPath, or uses more of it than elements, [0], first(), last(), where(), exists(), not(), ofType() and extension()');
  }
}

function found(expression: PathExpression, focus: Place): Place[] {
  switch (expression.op) {
    case 'focus':
    case 'resource':
      return [focus];
    case 'member':
      return found(expression.of, focus).flatMap((place) => members(place, expression.name));
    case 'index': {
      const one = found(expression.of, focus).at(expression.index);
      return one ? [one] : [];
    }
    case 'as':
      return found(expression.of, focus).filter(({ type }) => type === expression.type);
    case 'where':
      return found(expression.of, focus).filter((place) => holds(expression.criteria, place) === true);
    default:
      throw errors.processing('The path must lead to elements');
  }
}

function members(parent: Place, name: string): Place[] {
  const keys = keysOf(parent.type, name);
  if (keys.length === 0) throw errors.processing('The path names an element that FHIR does not have there');
  const { value } = parent;
  return value ? keys.flatMap(([key, property]) => elementsAt(value, key, property).map((place) => ({ ...place, parent, key, keys }))) : [];
}

function elementsAt(holder: TextTree, key: string, property: Property): Pick<Place, 'index' | 'type' | 'value'>[] {
  const value = holder.member(key);
  const shadow = property.kind === 'primitive' ? holder.member(`_${key}`) : undefined;
  const place = (index: number | undefined, tree: TextTree | undefined) => ({ index, type: typeOf(tree, property), value: notNull(tree) });
  if (property.list) return Array.from({ length: Math.max(value?.size ?? 0, shadow?.size ?? 0) }, (_, index) => place(index, value?.element(index)));
  return value || shadow ? [place(undefined, value)] : [];
}

const notNull = (value: TextTree | undefined): TextTree | undefined => (value?.text === 'null' ? undefined : value);

/** A resource inside the resource says its type itself. */
function typeOf(value: TextTree | undefined, { kind, type }: Property): string {
  const named: unknown = kind === 'resource' ? JSON.parse(value?.member('resourceType')?.text ?? 'null') : type;
  return typeof named === 'string' ? named : type;
}

/** Three-valued, as in FHIRPath: undefined is the empty collection. */
function holds(criteria: PathExpression, place: Place): boolean | undefined {
  switch (criteria.op) {
    case 'and':
    case 'or': {
      const decisive = criteria.op === 'or';
      const [a, b] = [holds(criteria.left, place), holds(criteria.right, place)];
      return a === decisive || b === decisive ? decisive : a === undefined || b === undefined ? undefined : !decisive;
    }
    case 'not': {
      const inner = holds(criteria.of, place);
      return inner === undefined ? undefined : !inner;
    }
    case 'exists':
      return found(criteria.of, place).length > 0;
    case '=':
      return equals(criteria.left, criteria.right, place);
    case '!=': {
      const equal = equals(criteria.left, criteria.right, place);
      return equal === undefined ? undefined : !equal;
    }
    default: {
      const [only, ...more] = found(criteria, place);
      return only && (more.length > 0 ? undefined : only.value?.text !== 'false');
    }
  }
}

function equals(left: PathExpression, right: PathExpression, place: Place): boolean | undefined {
  if (right.op !== 'literal') throw errors.processing('In where() an element is compared to a literal, as in where(use = \'official\')');
  const [only, ...more] = found(left, place);
  return only && more.length === 0 && only.value?.kind === 'primitive' && JSON.parse(only.value.text) === right.value;
}
