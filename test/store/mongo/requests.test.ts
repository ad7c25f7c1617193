import { createConnection, type Connection, type mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMongoStore } from '../../../src/store/mongo/index.js';
import { prepare } from '../../../src/store/mongo/schema.js';
import { Searcher } from '../../../src/store/mongo/search.js';
import type { SearchPlan } from '../../../src/store/store.js';
import { commitOne, hasToken, plan, put, token } from '../contract/harness.js';
import { databaseUrl, dropDatabase, hasTransactions, serverUrl } from '../mongo-server.js';

const KINDS = 130;

if (serverUrl === undefined) {
  it('what a search asks MongoDB for is tested where COBALT_TEST_MONGODB names a server', () => expect(serverUrl).toBeUndefined());
} else {
  const url = databaseUrl(serverUrl);
  const transactions = await hasTransactions(serverUrl);

  describe('a search asks MongoDB', () => {
    let connection: Connection;
    let searcher: Searcher;
    const asked: string[] = [];

    beforeAll(async () => {
      const store = await openMongoStore({ url });
      const puts = Array.from({ length: KINDS }, (_, i) => put('Basic', `r${i}`, { index: [token('code', 'many'), ...(i < 3 ? [token('code', 'few')] : [])] }));
      if (transactions) await store.commit(puts);
      else for (const one of puts) await commitOne(store, one);
      await store.close();
      connection = await createConnection(url, { monitorCommands: true }).asPromise();
      const client = connection.getClient() as unknown as mongo.MongoClient;
      searcher = new Searcher(await prepare(connection, client.db(new URL(url).pathname.slice(1)), { transactions, sharded: false }), 30_000);
      client.on('commandStarted', ({ commandName }) => asked.push(commandName));
    });
    afterAll(async () => {
      await connection.close();
      await dropDatabase(url);
    });

    it.each<[what: string, code: string, more: Partial<SearchPlan>, commands: readonly string[]]>([
      ['once for a page that has room', 'few', { count: 500 }, ['find']],
      ['once for a page that is said to be the last', 'many', { count: 2, isLast: true }, ['find']],
      ['once for a total', 'many', { count: 0, total: 'accurate' }, ['aggregate']],
      ['for the mark first where there may be more', 'few', { count: 20 }, ['find', 'find']],
      ['for the mark and once more where a large page is full', 'many', { count: 100 }, ['find', 'find', 'find']],
    ])('%s', async (_, code, more, commands) => {
      asked.length = 0;
      await searcher.search(plan('Basic', hasToken('code', code), more));
      expect(asked).toEqual(commands);
    });
  });
}
