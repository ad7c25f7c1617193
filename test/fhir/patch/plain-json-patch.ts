import { isDeepStrictEqual } from 'node:util';
import type { Lexemes } from '../lexemes.js';
import { lexemesText } from '../lexemes.js';

export interface PlainOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: readonly string[];
  readonly from?: readonly string[];
  readonly value?: Lexemes;
}

const REFUSED = new Error('refused');
type Holder = Lexemes[] | { [key: string]: Lexemes };

/** JSON Patch (RFC 6902) on values, as plainly as it can be written. @throws what it can't apply. */
export function applyPlainly(value: Lexemes, operations: readonly PlainOperation[]): Lexemes {
  return operations.reduce(apply, structuredClone(value));
}

function apply(root: Lexemes, { op, path, from = [], value = 'null' }: PlainOperation): Lexemes {
  switch (op) {
    case 'add':
      return put(root, path, structuredClone(value));
    case 'remove':
      return take(root, path);
    case 'replace':
      at(root, path);
      return path.length === 0 ? value : put(Array.isArray(at(root, path.slice(0, -1))) ? take(root, path) : root, path, structuredClone(value));
    case 'copy':
      return put(root, path, structuredClone(at(root, from)));
    case 'move': {
      const moved = at(root, from);
      if (isDeepStrictEqual(from, path)) return root;
      if (from.every((step, index) => step === path[index])) throw REFUSED;
      return put(take(root, from), path, moved);
    }
    case 'test':
      if (!isDeepStrictEqual(plain(at(root, path)), plain(value))) throw REFUSED;
      return root;
  }
}

const plain = (value: Lexemes): unknown => JSON.parse(lexemesText(value), (_, each: unknown) => (each === 0 ? 0 : each)) as unknown;

function at(root: Lexemes, path: readonly string[]): Lexemes {
  return path.reduce((value, step) => {
    if (typeof value === 'string' || !Object.hasOwn(value, step) || (Array.isArray(value) && !/^\d+$/.test(step))) throw REFUSED;
    return (value as { [key: string]: Lexemes })[step]!;
  }, root);
}

function put(root: Lexemes, path: readonly string[], value: Lexemes): Lexemes {
  const [key, holder] = [path.at(-1), at(root, path.slice(0, -1)) as Holder | string];
  if (key === undefined) return value;
  if (typeof holder === 'string') throw REFUSED;
  if (!Array.isArray(holder)) holder[key] = value;
  else if (key === '-' || (/^\d+$/.test(key) && Number(key) <= holder.length)) holder.splice(key === '-' ? holder.length : Number(key), 0, value);
  else throw REFUSED;
  return root;
}

function take(root: Lexemes, path: readonly string[]): Lexemes {
  const [key, holder] = [path.at(-1), at(root, path.slice(0, -1)) as Holder];
  at(root, path);
  if (key === undefined) throw REFUSED;
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
  return root;
}
