import type { KnownEntry } from '../known-entry.js';
import type { IndexKind } from '../store.js';
import type { Connection, Statement } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { INDEX_KINDS, INDEX_TABLES } from './schema.js';
import type { Value } from './sql.js';

/** The values of an entry's columns, in the order of its table (`INDEX_TABLES`). */
function columnsOf(entry: KnownEntry, dictionary: Dictionary): Value[] {
  switch (entry.kind) {
    case 'token':
      return [systemOf(entry.system, dictionary), entry.code ?? null];
    case 'string':
      return [entry.value, entry.exact];
    case 'reference':
      return [entry.type === undefined ? null : dictionary.typeOrNew(entry.type), entry.id ?? null, entry.url ?? null];
    case 'date':
      return [entry.low, entry.high];
    case 'number':
      return [entry.value, entry.low, entry.high];
    case 'quantity':
      return [entry.value, entry.low, entry.high, systemOf(entry.system, dictionary), entry.code ?? null];
    case 'uri':
      return [entry.value];
  }
}

const systemOf = (system: string | undefined, dictionary: Dictionary): number | null => (system === undefined ? null : dictionary.systemOrNew(system));

interface TableStatements {
  readonly insert: Statement;
  readonly remove: Statement;
  readonly standing: Statement;
}

/** The index entries of resources, as rows: param, n, part, values. */
export class Entries {
  readonly #dictionary: Dictionary;
  readonly #tables: Readonly<Record<IndexKind, TableStatements>>;

  constructor(db: Connection, dictionary: Dictionary) {
    this.#dictionary = dictionary;
    this.#tables = Object.fromEntries(INDEX_KINDS.map((kind) => [kind, statementsOf(db, kind)])) as Record<IndexKind, TableStatements>;
  }

  insert(row: number, type: string, entries: readonly KnownEntry[]): void {
    entries.forEach((entry, n) => this.#tables[entry.kind].insert.run(row, ...this.#rowOf(type, entry, n)));
  }

  /** Makes the entries of a resource what they should be; a kind whose entries stand already is left alone. True if anything changed. */
  replace(row: number, type: string, entries: readonly KnownEntry[]): boolean {
    let changed = false;
    for (const kind of INDEX_KINDS) {
      const wanted = entries.filter((entry) => entry.kind === kind).map((entry, n) => this.#rowOf(type, entry, n));
      const { insert, remove, standing } = this.#tables[kind];
      if (sameRows(wanted, standing.all(row) as Value[][])) continue;
      changed = true;
      remove.run(row);
      for (const values of wanted) insert.run(row, ...values);
    }
    return changed;
  }

  remove(row: number): void {
    for (const kind of INDEX_KINDS) this.#tables[kind].remove.run(row);
  }

  #rowOf(type: string, entry: KnownEntry, n: number): Value[] {
    return [this.#dictionary.paramOrNew(type, entry.kind, entry.param), n, entry.group ?? null, ...columnsOf(entry, this.#dictionary)];
  }
}

/** The order of entries says nothing, only which there are. */
function sameRows(some: readonly Value[][], others: readonly Value[][]): boolean {
  if (some.length !== others.length) return false;
  const keyOf = ([param, , ...rest]: readonly Value[]): string => JSON.stringify([param, ...rest]);
  const keys = some.map(keyOf).sort();
  return others.map(keyOf).sort().every((key, i) => key === keys[i]);
}

function statementsOf(db: Connection, kind: IndexKind): TableStatements {
  const columns = ['param', 'n', 'part', ...Object.keys(INDEX_TABLES[kind].columns)];
  return {
    insert: db.prepare(`INSERT INTO entry_${kind} (row, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`),
    remove: db.prepare(`DELETE FROM entry_${kind} WHERE row = ?`),
    standing: db.prepare(`SELECT ${columns.join(', ')} FROM entry_${kind} WHERE row = ?`).raw(true),
  };
}
