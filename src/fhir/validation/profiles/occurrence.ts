import { isObject } from '../rule.js';

/** A value of an element, with where it stands and, in a choice, its type. */
export interface Occurrence {
  /** Undefined where only `_x` stands: an extension says why there is no value. */
  readonly value: unknown;
  /** FHIRPath from the resource: `Coverage.identifier[0]`. */
  readonly at: string;
  /** The type of a choice, from its key: `CodeableConcept`. */
  readonly type?: string;
}

/** The values of a child element; `name` may end in `[x]`. Values of a wrong shape are there as they are. */
export function occurrencesOf({ value, at }: Occurrence, name: string): Occurrence[] {
  if (!isObject(value)) return [];
  if (!name.endsWith('[x]')) return spread(name in value ? value[name] : `_${name}` in value ? absent(value[`_${name}`]) : undefined, `${at}.${name}`, undefined);
  const stem = name.slice(0, -3);
  const plain = Object.keys(value).map((key) => key.replace(/^_/, '')).find((key) => key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)));
  if (plain === undefined) return [];
  return spread(plain in value ? value[plain] : null, `${at}.${stem}`, plain.slice(stem.length));
}

/** `_x` alone: as many values without content as it has. */
const absent = (shadow: unknown): unknown => (Array.isArray(shadow) ? shadow.map(() => null) : null);

function spread(value: unknown, at: string, type: string | undefined): Occurrence[] {
  const typed = type === undefined ? {} : { type };
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [{ value: value ?? undefined, at, ...typed }];
  return value.map((each: unknown, index) => ({ value: each ?? undefined, at: `${at}[${index}]`, ...typed }));
}
