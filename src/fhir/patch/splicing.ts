import { TextTree } from '../json/tree.js';
import { errors } from '../outcome.js';
import type { ListPlace, Place } from './places.js';

/*
 * Elements put into a resource's text, and taken out. Extensions of a primitive `x` stand beside it under `_x` (R4
 * §2.6.2.3): for a list in the same places, `null` where there are none.
 */

type List = Pick<ListPlace, 'holder' | 'key'>;

export const lengthOf = ({ holder, key }: List): number => Math.max(holder.member(key)?.size ?? 0, holder.member(`_${key}`)?.size ?? 0);

export function insertInto(list: List, index: number, value: TextTree): void {
  const { values, shadows } = aligned(list);
  values.insertElement(index, value);
  shadows?.insertElement(index, nothing());
}

export function moveWithin(list: List, source: number, destination: number): void {
  const { values, shadows } = aligned(list);
  for (const each of shadows ? [values, shadows] : [values]) {
    const moved = each.element(source) ?? nothing();
    each.removeElement(source);
    each.insertElement(destination, moved);
  }
}

/** FHIR has neither empty lists nor empty elements: what becomes empty goes too. */
export function removeAt({ parent, key, index }: Place): void {
  const holder = holding(parent);
  if (index === undefined) {
    holder.removeMember(key);
    holder.removeMember(`_${key}`);
  } else {
    const { values, shadows } = aligned({ holder, key });
    values.removeElement(index);
    shadows?.removeElement(index);
    if (shadows && isBlank(shadows)) holder.removeMember(`_${key}`);
    if (isBlank(values)) holder.removeMember(key);
  }
  if (holder.size === 0 && parent?.parent) removeAt(parent);
}

/** `newKey`: where a choice takes another type than it had. What extended a replaced primitive goes with it. */
export function replaceAt({ parent, key, index }: Place, newKey: string, value: TextTree): void {
  const holder = holding(parent);
  if (index === undefined) {
    holder.removeMember(`_${key}`);
    if (newKey !== key) holder.removeMember(key);
    holder.setMember(newKey, value);
    return;
  }
  const { values, shadows } = aligned({ holder, key });
  values.setElement(index, value);
  shadows?.setElement(index, nothing());
  if (shadows && isBlank(shadows)) holder.removeMember(`_${key}`);
}

function holding(parent: Place | undefined): TextTree {
  if (!parent?.value) throw errors.processing('A patch changes elements: send a whole resource by PUT, or delete it by DELETE');
  return parent.value;
}

const nothing = (): TextTree => new TextTree('null');
const isBlank = (list: TextTree): boolean => list.elements.every(({ text }) => text === 'null');

/** The list, made when it is missing, and the extensions beside it, both of one length. */
function aligned(list: List): { readonly values: TextTree; readonly shadows: TextTree | undefined } {
  const { holder, key } = list;
  const length = lengthOf(list);
  if (!holder.member(key)) holder.setMember(key, new TextTree('[]'));
  const values = holder.member(key) ?? new TextTree('[]');
  const shadows = holder.member(`_${key}`);
  for (const each of shadows ? [values, shadows] : [values]) while (each.size < length) each.insertElement(each.size, nothing());
  return { values, shadows };
}
