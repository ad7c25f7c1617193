import type { IndexKind } from '../store.js';
import type { Connection, Statement } from './connection.js';

/** Systems remembered in memory; there can be as many as identifiers have issuers. */
const SYSTEMS_KEPT = 10_000;

/**
 * The integers that stand for types, parameters (of a type, by kind) and systems. Keys never change or go, so what was
 * found once is remembered; what was not found is asked again.
 */
export class Dictionary {
  readonly #find: Readonly<Record<'type' | 'param' | 'system' | 'typeName' | 'paramsOfType', Statement>>;
  readonly #add: Readonly<Record<'type' | 'param' | 'system', Statement>> | undefined;
  readonly #types = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #params = new Map<string, number>();
  readonly #systems = new Map<string, number>();

  constructor(db: Connection) {
    this.#find = {
      type: db.prepare('SELECT key FROM type WHERE name = ?').pluck(),
      param: db.prepare('SELECT key FROM param WHERE type = ? AND kind = ? AND name = ?').pluck(),
      system: db.prepare('SELECT key FROM system WHERE uri = ?').pluck(),
      typeName: db.prepare('SELECT name FROM type WHERE key = ?').pluck(),
      paramsOfType: db.prepare('SELECT key FROM param WHERE kind = ? AND type = coalesce(?, type)').pluck(),
    };
    this.#add = db.readonly
      ? undefined
      : {
          type: db.prepare('INSERT INTO type (name) VALUES (?)'),
          param: db.prepare('INSERT INTO param (type, kind, name) VALUES (?, ?, ?)'),
          system: db.prepare('INSERT INTO system (uri) VALUES (?)'),
        };
  }

  type(name: string): number | undefined {
    return this.#types.get(name) ?? remember(this.#types, name, this.#find.type.get(name));
  }

  typeName(key: number): string {
    return this.#names.get(key) ?? remember(this.#names, key, this.#find.typeName.get(key)) ?? '';
  }

  /** The parameter's key in each of the types that has it. */
  params(types: readonly string[], kind: IndexKind, name: string): number[] {
    return types.map((type) => this.param(type, kind, name)).filter((key) => key !== undefined);
  }

  param(type: string, kind: IndexKind, name: string): number | undefined {
    const word = `${type} ${kind} ${name}`;
    const known = this.#params.get(word);
    if (known !== undefined) return known;
    const typeKey = this.type(type);
    return typeKey === undefined ? undefined : remember(this.#params, word, this.#find.param.get(typeKey, kind, name));
  }

  /** Every parameter of the kind; `type` undefined: of all types. */
  paramsOfType(type: string | undefined, kind: IndexKind): number[] {
    const typeKey = type === undefined ? null : this.type(type);
    return typeKey === undefined ? [] : (this.#find.paramsOfType.all(kind, typeKey) as number[]);
  }

  system(uri: string): number | undefined {
    if (this.#systems.size > SYSTEMS_KEPT) this.#systems.clear();
    return this.#systems.get(uri) ?? remember(this.#systems, uri, this.#find.system.get(uri));
  }

  typeOrNew(name: string): number {
    return this.type(name) ?? remember(this.#types, name, this.#add?.type.run(name).lastInsertRowid) ?? unwritable();
  }

  paramOrNew(type: string, kind: IndexKind, name: string): number {
    const word = `${type} ${kind} ${name}`;
    return this.param(type, kind, name) ?? remember(this.#params, word, this.#add?.param.run(this.typeOrNew(type), kind, name).lastInsertRowid) ?? unwritable();
  }

  systemOrNew(uri: string): number {
    return this.system(uri) ?? remember(this.#systems, uri, this.#add?.system.run(uri).lastInsertRowid) ?? unwritable();
  }

  /** To be called when a transaction was undone: words that it added are not there. */
  forget(): void {
    for (const words of [this.#types, this.#names, this.#params, this.#systems]) words.clear();
  }
}

function remember<Key, Value>(words: Map<Key, Value>, key: Key, found: unknown): Value | undefined {
  if (found !== undefined) words.set(key, found as Value);
  return found as Value | undefined;
}

function unwritable(): never {
  throw new Error('new words need the connection that writes');
}
