import type { Connection, mongo, Schema } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { sortFields, sortSpecification } from '../../../src/store/mongo/order.js';
import { prepare } from '../../../src/store/mongo/schema.js';
import type { ServerKind } from '../../../src/store/mongo/schema.js';
import { effectiveSort } from '../../../src/store/plan/sort.js';
import type { SortKey } from '../../../src/store/store.js';

interface Asked {
  readonly created: string[];
  readonly indexed: Map<string, unknown[]>;
  readonly commands: unknown[];
  readonly readConcerns: Set<unknown>;
}

/** What a server would be asked, on which `there` is already. */
async function asked(kind: ServerKind, there: readonly string[] = []): Promise<Asked> {
  const seen: Asked = { created: [], indexed: new Map(), commands: [], readConcerns: new Set() };
  const connection = { model: (name: string, schema: Schema) => ({ createIndexes: async () => seen.indexed.set(name, schema.indexes().map(([keys]) => keys)) }) };
  const db = {
    databaseName: 'clinic',
    listCollections: () => ({ toArray: async () => there.map((name) => ({ name })) }),
    createCollection: async (name: string) => seen.created.push(name),
    admin: () => ({ command: async (command: unknown) => seen.commands.push(command) }),
    collection: (_: string, { readConcern }: { readConcern: { level: string } }) => seen.readConcerns.add(readConcern.level),
  };
  await prepare(connection as unknown as Connection, db as unknown as mongo.Db, kind);
  return seen;
}

describe('a start', () => {
  it('makes what is not there, and indexes of all', async () => {
    const { created, indexed } = await asked({ transactions: false, sharded: false }, ['resources', 'versions']);
    expect(created).toEqual(['locks', 'facts', 'probes', 'onces']);
    expect([...indexed.keys()]).toEqual(['resources', 'versions', 'locks', 'facts', 'probes', 'onces']);
  });

  it('never puts two arrays into one index: MongoDB refuses that', async () => {
    const { indexed } = await asked({ transactions: false, sharded: false });
    const arrays = (keys: unknown): Set<string> => new Set(Object.keys(keys as object).map((path) => path.split('.')[0] ?? '').filter((field) => ['index', 'groups', 'refers'].includes(field)));
    for (const keys of [...indexed.values()].flat()) expect(arrays(keys).size).toBeLessThan(2);
  });

  it.each<[what: string, sort: readonly SortKey[]]>([
    ['made', []],
    ['by id', [{ param: '_id', kind: 'id', descending: false }]],
    ['by id, descending', [{ param: '_id', kind: 'id', descending: true }]],
    ['by time', [{ param: '_lastUpdated', kind: 'date', descending: false }]],
    ['newest first', [{ param: '_lastUpdated', kind: 'date', descending: true }]],
  ])('makes an index to the last field of the order in which resources of a type come: %s', async (_, sort) => {
    const { indexed } = await asked({ transactions: false, sharded: false });
    const order = Object.entries(sortSpecification(sortFields(effectiveSort(sort))));
    const inEither = [1, -1].map((way) => JSON.stringify([['type', 1], ...order.map(([field, direction]) => [field, direction * way])]));
    const indexes = (indexed.get('resources') ?? []).map((keys) => JSON.stringify(Object.entries(keys as object)));
    expect(indexes.filter((index) => inEither.includes(index))).toHaveLength(1);
  });

  it.each([
    ['a replica set', { transactions: true, sharded: false }, ['majority'], []],
    ['a server by itself', { transactions: false, sharded: false }, ['local'], []],
    [
      'a sharded cluster, a patient on one shard, unique keys by themselves',
      { transactions: true, sharded: true },
      ['majority'],
      [
        { shardCollection: 'clinic.resources', key: { home: 1, _id: 1 } },
        { shardCollection: 'clinic.versions', key: { _id: 'hashed' } },
        { shardCollection: 'clinic.locks', key: { _id: 'hashed' } },
        { shardCollection: 'clinic.onces', key: { _id: 'hashed' } },
      ],
    ],
  ])('asks as it must of %s', async (_, kind, readConcerns, commands) => {
    const seen = await asked(kind);
    expect([[...seen.readConcerns], seen.commands]).toEqual([readConcerns, commands]);
  });
});
