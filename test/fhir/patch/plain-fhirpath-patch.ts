import { elementModel } from '../../../src/fhir/validation/index.js';
import type { ElementNode, Property } from '../../../src/fhir/validation/model.js';
import type { Lexemes } from '../lexemes.js';

export type Members = Record<string, Lexemes>;

/** An object in a resource: how FHIRPath leads to it, and the place that holds it (none: the resource). */
export interface PlainObject {
  readonly path: string;
  readonly node: ElementNode;
  readonly members: Members;
  readonly within: PlainPlace | undefined;
}

/** An element that stands in a resource. */
export interface PlainPlace {
  readonly holder: PlainObject;
  readonly key: string;
  readonly property: Property;
  /** In a list. */
  readonly index: number | undefined;
}

export const pathOf = ({ holder, property, index }: PlainPlace): string => `${holder.path}.${property.name}${index === undefined ? '' : `[${index}]`}`;

/** Every object inside with the elements that stand in it. */
export function objectsIn(members: Members, path: string, node: ElementNode, within?: PlainPlace): PlainObject[] {
  const object: PlainObject = { path, node, members, within };
  return [object, ...placesIn(object).flatMap((place) => {
    const value = valueAt(place);
    if (value === undefined || typeof value === 'string' || Array.isArray(value)) return [];
    const inner = place.property.node ?? elementModel().node(JSON.parse(value['resourceType'] as string) as string);
    return objectsIn(value, pathOf(place), inner, place);
  })];
}

/** Elements by their FHIRPath; a choice that stands there in two types, which only a random resource does, has none. */
export function placesIn(holder: PlainObject): PlainPlace[] {
  const { node, members } = holder;
  return elementsOf(node).flatMap(([key, property]): PlainPlace[] => {
    if (!stands(members, key) || keysNamed(node, property.name).filter((each) => stands(members, each)).length !== 1) return [];
    if (!property.list) return [{ holder, key, property, index: undefined }];
    return Array.from({ length: lengthOf(members, key) }, (_, index) => ({ holder, key, property, index }));
  });
}

export const elementsOf = (node: ElementNode): [string, Property][] => [...node.properties].filter(([, { kind }]) => kind !== 'shadow');
export const keysNamed = (node: ElementNode, name: string): string[] => elementsOf(node).filter(([, property]) => property.name === name).map(([key]) => key);
export const stands = (members: Members, key: string): boolean => key in members || `_${key}` in members;
export const lengthOf = (members: Members, key: string): number => Math.max(list(members[key]).length, list(members[`_${key}`]).length);

const list = (value: Lexemes | undefined): Lexemes[] => (Array.isArray(value) ? value : []);
const valueAt = ({ holder: { members }, key, index }: PlainPlace): Lexemes | undefined => (index === undefined ? members[key] : list(members[key])[index]);
const isBlank = (values: readonly Lexemes[]): boolean => values.every((each) => each === 'null');

/** Changes a list and the extensions beside it (`_x`) in the same places. */
export function changeList(members: Members, key: string, change: (values: Lexemes[], isShadow: boolean) => void): void {
  const length = lengthOf(members, key);
  for (const name of [key, `_${key}`]) {
    if (name !== key && !(name in members)) continue;
    const values = [...list(members[name])];
    while (values.length < length) values.push('null');
    change(values, name !== key);
    members[name] = values;
  }
}

export function replacePlainly({ holder: { members }, key, index }: PlainPlace, value: Lexemes): void {
  if (index === undefined) {
    Reflect.deleteProperty(members, `_${key}`);
    members[key] = value;
  } else {
    changeList(members, key, (values, isShadow) => void values.splice(index, 1, isShadow ? 'null' : value));
    withoutBlank(members, `_${key}`);
  }
}

/** What becomes empty goes too, up to the resource. */
export function deletePlainly({ holder, key, index }: PlainPlace): void {
  const { members, within } = holder;
  if (index === undefined) {
    Reflect.deleteProperty(members, key);
    Reflect.deleteProperty(members, `_${key}`);
  } else {
    changeList(members, key, (values) => void values.splice(index, 1));
    withoutBlank(members, `_${key}`);
    withoutBlank(members, key);
  }
  if (Object.keys(members).length === 0 && within) deletePlainly(within);
}

function withoutBlank(members: Members, name: string): void {
  if (name in members && isBlank(list(members[name]))) Reflect.deleteProperty(members, name);
}
