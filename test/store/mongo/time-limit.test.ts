import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { Collections } from '../../../src/store/mongo/schema.js';
import { Searcher } from '../../../src/store/mongo/search.js';
import { limited } from '../../../src/store/mongo/time-limit.js';
import type { SearchPlan } from '../../../src/store/store.js';

/** Collections that find the same few resources whatever is asked, and write down how they were asked. */
function recorded(found: readonly object[]): { readonly collections: Collections; readonly asked: { readonly maxTimeMS?: number }[] } {
  const asked: { maxTimeMS?: number }[] = [];
  const cursor = { toArray: async () => found, async *[Symbol.asyncIterator]() { yield* found; } };
  const collection = {
    find: (_filter: unknown, options: { maxTimeMS?: number; sort?: { stamp?: number } }) => {
      if (options.sort?.stamp !== -1) asked.push(options);
      return cursor;
    },
    countDocuments: async (_filter: unknown, options: { maxTimeMS?: number }) => {
      asked.push(options);
      return found.length;
    },
  };
  return { collections: { resources: collection, versions: collection } as unknown as Collections, asked };
}

const resource = { _id: 'Basic/b', type: 'Basic', id: 'b', version: 1, stamp: 1, created: 1, indexed: 1, deleted: false, method: 'PUT', body: new Uint8Array(), index: [], groups: [], refers: [], sort: {} };
const plan: SearchPlan = {
  types: ['Basic'], sort: [{ param: '_lastUpdated', kind: 'date', descending: false }], count: 10, total: 'accurate',
  where: { op: 'chain', param: 'subject', types: ['Patient'], where: { op: 'has', type: 'Claim', param: 'patient', where: { op: 'all' } } },
  includes: [{ direction: 'include', source: 'Basic', param: 'subject', iterate: false }, { direction: 'revinclude', source: 'Claim', param: 'patient', iterate: false }],
};

describe('a search on MongoDB', () => {
  it('gives each of its commands what is left of its time', async () => {
    const { collections, asked } = recorded([resource]);
    await new Searcher(collections, 5_000).search(plan);
    expect(asked.length).toBeGreaterThan(6);
    for (const { maxTimeMS } of asked) expect(maxTimeMS).toSatisfy((ms: number) => ms > 0 && ms <= 5_000);
    expect(asked.at(-1)?.maxTimeMS ?? 0).toBeLessThanOrEqual(asked[0]?.maxTimeMS ?? 0);
  });

  it('is refused as slow where MongoDB stops a command, and where its commands took all of it together', async () => {
    await expect(limited(1_000, () => Promise.reject(new mongo.MongoServerError({ message: 'operation exceeded time limit', code: 50 })))).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'slow' });
    await expect(limited(20, async (inTime) => {
      for (;;) {
        inTime();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'slow' });
    await expect(limited(1_000, () => Promise.reject(new mongo.MongoServerError({ message: 'other', code: 11_000 })))).rejects.toMatchObject({ code: 11_000 });
  });
});
