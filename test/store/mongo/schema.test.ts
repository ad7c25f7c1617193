import type { Connection, mongo, Schema } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { prepare } from '../../../src/store/mongo/schema.js';
import type { ServerKind } from '../../../src/store/mongo/schema.js';

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
