import type { IndexKind } from '../store.js';

/** Kept in `user_version` of the file. */
export const SCHEMA_VERSION = 2;

/** Columns of an index table that hold the value, with their SQL types, and the indexes that find resources by value. */
interface IndexTable {
  readonly columns: Readonly<Record<string, 'INTEGER' | 'REAL' | 'TEXT'>>;
  /** The leading columns after `param`; each index covers what most searches of its kind ask. */
  readonly indexes: readonly { readonly columns: readonly string[]; readonly where?: string }[];
  /** What a sort by this kind compares: the least of the first ascending, the greatest of the second descending. */
  readonly sort: readonly [ascending: string, descending: string];
}

const RANGE = [{ columns: ['low', 'high', 'row'] }, { columns: ['high', 'low', 'row'] }];

/** One table a kind of index entry, `entry_<kind>`. Where equality finds rows, `row` follows at once: they come in order of keys. */
export const INDEX_TABLES: Readonly<Record<IndexKind, IndexTable>> = {
  token: { columns: { system: 'INTEGER', code: 'TEXT' }, indexes: [{ columns: ['code', 'row', 'system'] }], sort: ['code', 'code'] },
  string: { columns: { value: 'TEXT', exact: 'TEXT' }, indexes: [{ columns: ['value', 'row', 'exact'] }], sort: ['value', 'value'] },
  reference: {
    columns: { type: 'INTEGER', id: 'TEXT', url: 'TEXT' },
    indexes: [{ columns: ['id', 'row', 'type'] }, { columns: ['url', 'row'], where: 'url IS NOT NULL' }],
    sort: ['id', 'id'],
  },
  date: { columns: { low: 'INTEGER', high: 'INTEGER' }, indexes: RANGE, sort: ['low', 'high'] },
  number: { columns: { value: 'REAL', low: 'REAL', high: 'REAL' }, indexes: RANGE, sort: ['value', 'value'] },
  quantity: { columns: { value: 'REAL', low: 'REAL', high: 'REAL', system: 'INTEGER', code: 'TEXT' }, indexes: RANGE, sort: ['value', 'value'] },
  uri: { columns: { value: 'TEXT' }, indexes: [{ columns: ['value', 'row'] }], sort: ['value', 'value'] },
};

export const INDEX_KINDS = Object.keys(INDEX_TABLES) as readonly IndexKind[];

/**
 * `resource`: one row a resource, with the stamp of its current version; a deleted one keeps its row (and so its version
 * numbers) but has no index entries. `indexed` is the stamp of the version that last changed them.
 * `version`: every version with its text, written once and never touched again.
 * `type`, `param`, `system`: words that occur in every row, as small integers.
 * `once`: the keys of commits and requests that may be repeated, since when, with what the commit came to (JSON) and what
 * was answered.
 */
const ONCE = `
  CREATE TABLE once (key TEXT PRIMARY KEY, made INTEGER NOT NULL, fingerprint TEXT NOT NULL, results TEXT, answer BLOB) STRICT;
  CREATE INDEX once_by_age ON once (made);
`;

const TABLES = `
  CREATE TABLE type (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE param (key INTEGER PRIMARY KEY, type INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (type, kind, name)) STRICT;
  CREATE TABLE system (key INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE resource (
    key INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, stamp INTEGER NOT NULL,
    deleted INTEGER NOT NULL, indexed INTEGER NOT NULL, UNIQUE (type, id)
  ) STRICT;
  CREATE INDEX resource_of_type ON resource (type) WHERE deleted = 0;
  CREATE INDEX resource_by_stamp ON resource (type, stamp) WHERE deleted = 0;

  CREATE TABLE version (
    stamp INTEGER PRIMARY KEY, row INTEGER NOT NULL, type INTEGER NOT NULL, number INTEGER NOT NULL,
    method TEXT NOT NULL, deleted INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (row, number)
  ) STRICT;
  CREATE INDEX version_of_type ON version (type, stamp);

${ONCE}
  CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE probe (key INTEGER PRIMARY KEY, asked INTEGER NOT NULL) STRICT;
`;

/** What brings a file of an older version up to the next one; by that older version. */
export const UPGRADES: Readonly<Record<number, string>> = { 1: ONCE };

export function schemaSql(): string {
  return TABLES + INDEX_KINDS.map(indexTableSql).join('');
}

function indexTableSql(kind: IndexKind): string {
  const { columns, indexes } = INDEX_TABLES[kind];
  const values = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  const table = `
  CREATE TABLE entry_${kind} (
    row INTEGER NOT NULL, param INTEGER NOT NULL, n INTEGER NOT NULL, part INTEGER, ${values.join(', ')}, PRIMARY KEY (row, param, n)
  ) STRICT, WITHOUT ROWID;`;
  const byValue = indexes.map(
    ({ columns: by, where }, i) => `
  CREATE INDEX entry_${kind}_${i + 1} ON entry_${kind} (param, ${by.join(', ')})${where ? ` WHERE ${where}` : ''};`,
  );
  return table + byValue.join('') + '\n';
}
