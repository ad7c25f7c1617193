import type { Members } from '../../terminology/held.js';
import { isObject } from '../rule.js';

/** The codes of a value set; undefined when it is not held. */
export type MembersOf = (valueSet: string) => Members | undefined;

/** Whether a code, a Coding or one coding of a CodeableConcept is in a value set; undefined: that can't be told here. */
export function isMember(value: unknown, valueSet: string, membersOf: MembersOf): boolean | undefined {
  const members = membersOf(valueSet);
  if (!members) return undefined;
  if (typeof value === 'string') return members.codes.has(value);
  if (!isObject(value)) return undefined;
  const codings = Array.isArray(value.coding) ? value.coding : 'code' in value || 'system' in value ? [value] : [];
  return codings.some((coding) => isObject(coding) && members.coded.has(`${String(coding.system)}|${String(coding.code)}`));
}
