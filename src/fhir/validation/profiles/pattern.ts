import { isObject } from '../rule.js';

/** `fixed[x]` (R4 §10.1.0.1): the value is the same in every part. */
export function isSame(value: unknown, fixed: unknown): boolean {
  if (Array.isArray(fixed)) return Array.isArray(value) && value.length === fixed.length && fixed.every((each, index) => isSame(value[index], each));
  if (!isObject(fixed)) return value === fixed;
  return isObject(value) && Object.keys(value).length === Object.keys(fixed).length && Object.entries(fixed).every(([key, each]) => key in value && isSame(value[key], each));
}

/** `pattern[x]`: the value has all that the pattern has, and of its lists at least one entry that fits each of the pattern's. */
export function fits(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((each) => value.some((one) => fits(one, each)));
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.entries(pattern).every(([key, each]) => key in value && fits(value[key], each));
}

/** What a fixed value or a pattern asks for, in words: its codes, or its value. */
export function shown(wanted: unknown): string {
  if (!isObject(wanted)) return JSON.stringify(wanted);
  const codings = Array.isArray(wanted.coding) ? wanted.coding : [wanted];
  const codes = codings.flatMap((coding) => (isObject(coding) && typeof coding.code === 'string' ? [`${coding.code}${typeof coding.system === 'string' ? ` (system ${coding.system})` : ''}`] : []));
  return codes.length > 0 ? codes.join(', ') : JSON.stringify(wanted);
}
