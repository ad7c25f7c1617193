import { TextTree } from '../json/tree.js';
import { errors } from '../outcome.js';
import type { Property } from '../validation/model.js';
import { keysOf, type ElementKeys } from './places.js';
import { insertInto, lengthOf } from './splicing.js';

/** The parts of one operation of a FHIRPath Patch, by name. */
export type Parts = ReadonlyMap<string, TextTree>;

const PART_NAMES: ReadonlySet<string> = new Set(['type', 'path', 'name', 'value', 'index', 'source', 'destination']);

/** @throws {FhirError} 422 */
export function partsOf(parameter: TextTree): Parts {
  if (nameOf(parameter) !== 'operation') throw errors.processing('Each parameter of a FHIRPath Patch is an operation');
  const parts = new Map<string, TextTree>();
  for (const part of parameter.member('part')?.elements ?? []) {
    const name = nameOf(part);
    if (!PART_NAMES.has(name) || parts.has(name)) throw errors.processing(`An operation has, at most once each, the parts ${[...PART_NAMES].join(', ')}`);
    parts.set(name, part);
  }
  return parts;
}

export function required(parts: Parts, name: string): TextTree {
  const part = parts.get(name);
  if (!part) throw errors.processing(`The operation must have the part ${name}`);
  return part;
}

/** A part that is a text, under whatever type (`valueString`, `valueCode`). */
export function string(parts: Parts, name: string): string {
  const value: unknown = JSON.parse(valueOf(required(parts, name))?.value.text ?? 'null');
  if (typeof value !== 'string') throw errors.processing(`The part ${name} must be a text`);
  return value;
}

/** A part that is a whole number from 0. */
export function integer(parts: Parts, name: string): number {
  const value: unknown = JSON.parse(valueOf(required(parts, name))?.value.text ?? 'null');
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw errors.processing(`The part ${name} must be a whole number from 0`);
  return value;
}

/** A value, and where it goes. */
interface Placed {
  readonly key: string;
  readonly property: Property;
  readonly value: TextTree;
}

/**
 * What a part holds, as JSON of the element that may stand under `keys`: its `value[x]`, its resource, or for elements
 * that have no type of their own (`Patient.contact`) its parts.
 * @throws {FhirError} 422 when it is of another type than the element.
 */
export function valueFor(part: TextTree, keys: ElementKeys): Placed {
  const [first] = keys;
  if (!first) throw errors.processing('The operation names an element that FHIR does not have there');
  const stated = valueOf(part);
  if (stated) return { ...ofType(keys, (property) => capitalized(property.type) === stated.type), value: stated.value };
  const resource = part.member('resource');
  if (resource) return { ...ofType(keys, ({ kind }) => kind === 'resource'), value: resource };
  const placed = ofType(keys, ({ kind, type }) => kind === 'complex' && type.includes('.'));
  return { ...placed, value: composed(part, placed.property.type) };
}

function ofType(keys: ElementKeys, fits: (property: Property) => boolean): Omit<Placed, 'value'> {
  const [key, property] = keys.find(([, each]) => fits(each)) ?? [];
  if (key === undefined || !property) throw errors.processing(`The value is not of the type of the element: ${keys.map(([, { type }]) => type).join(', ')}`);
  return { key, property };
}

/** An element without a type of its own, from parts that are named as its elements. */
function composed(part: TextTree, type: string): TextTree {
  const whole = new TextTree('{}');
  for (const each of part.member('part')?.elements ?? []) {
    const { key, property, value } = valueFor(each, keysOf(type, nameOf(each)));
    const list = { holder: whole, key };
    if (property.list) insertInto(list, lengthOf(list), value);
    else if (whole.member(key)) throw errors.processing('A part stands twice whose element does not repeat');
    else whole.setMember(key, value);
  }
  if (whole.size === 0) throw errors.processing('The value is empty: it has a value[x], a resource or parts');
  return whole;
}

const VALUE = /^value([A-Z]\w*)$/;

/** The `value[x]` of a part, and the x. */
function valueOf(part: TextTree): { readonly type: string; readonly value: TextTree } | undefined {
  for (const [key, value] of part.members) {
    if (key.startsWith('_value')) throw errors.processing('Extensions of a primitive value are not taken over: use JSON Patch');
    const [, type] = VALUE.exec(key) ?? [];
    if (type !== undefined) return { type, value };
  }
  return undefined;
}

const nameOf = (part: TextTree): string => {
  const name: unknown = JSON.parse(part.member('name')?.text ?? 'null');
  return typeof name === 'string' ? name : '';
};

const capitalized = (type: string): string => type.charAt(0).toUpperCase() + type.slice(1);
