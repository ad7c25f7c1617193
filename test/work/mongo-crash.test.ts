import { expect, it } from 'vitest';
import { databaseUrl, dropDatabase, hasTransactions, serverUrl } from '../store/mongo-server.js';
import { feed, Mortal, settled, wrong } from './automation/killing.js';

/** Decisions that flow; a release is tested with `COBALT_TEST_ROUNDS=1000`. */
const COUNT = Math.max(60, Number(process.env['COBALT_TEST_ROUNDS'] ?? 0));
const LEAST_KILLS = 4;
const server = serverUrl;

if (server === undefined || !(await hasTransactions(server))) {
  console.log('not run: two processes that are killed on one MongoDB; COBALT_TEST_MONGODB names no server with transactions');
  it('two processes on one MongoDB are tested where COBALT_TEST_MONGODB names a server with transactions', () => expect(server === undefined || server.startsWith('mongodb')).toBe(true));
} else {
  it(`two processes on one store, killed at random moments while ${COUNT} decisions flow: one next claim or one coded reason each`, { timeout: Math.max(600_000, COUNT * 5_000) }, async () => {
    const url = databaseUrl(server);
    const processes = [new Mortal({ COBALT_STORE: url }), new Mortal({ COBALT_STORE: url })];
    try {
      await Promise.all(processes.map(({ base }) => base));
      let isFed = false;
      const feeding = feed(processes, COUNT).then(() => (isFed = true));
      for (let turn = 0; turn < LEAST_KILLS || (!isFed && turn < COUNT / 15); turn++) {
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
        await processes[turn % 2]!.killAndRestart();
      }
      await feeding;
      const base = await processes[0]!.base;
      await settled(base);
      expect(await wrong(base, COUNT)).toEqual([]);
      console.log(`${COUNT} decisions through two processes that were killed ${processes.reduce((sum, { kills }) => sum + kills, 0)} times`);
    } finally {
      await Promise.all(processes.map((each) => each.kill()));
      await dropDatabase(url);
    }
  });
}
