import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { storeContract } from './contract.js';
import { hasTransactions, inSteps, opening, serverUrl } from './mongo-server.js';

vi.setConfig({ testTimeout: 120_000 });

/** `COBALT_TEST_ROUNDS=50` is what a release is tested with. */
const ROUNDS = Number(process.env['COBALT_TEST_ROUNDS'] ?? 10);

const say = (text: string): void => void process.stderr.write(`\n${text}\n`);

if (serverUrl === undefined) {
  describe('the Mongo store', () => {
    it('is tested where COBALT_TEST_MONGODB names a server', () => {
      say('The Mongo half of the store was NOT tested: set COBALT_TEST_MONGODB=mongodb://… or run .ci/mongo npm test.');
      expect(serverUrl).toBeUndefined();
    });
  });
} else if (await hasTransactions(serverUrl)) {
  storeContract('the Mongo store', opening(serverUrl), ROUNDS);
} else {
  const notRun = new Set<string>();
  let cannot = (): void => undefined;
  beforeEach(({ task, skip }) => {
    cannot = () => {
      notRun.add(task.name);
      skip('the MongoDB server has no transactions');
    };
  });
  afterAll(() => say(['The MongoDB server has no transactions. That they are refused was tested (mongo/adapter.test.ts); these could NOT be run:', ...notRun].join('\n  ')));
  storeContract('the Mongo store, one resource at a time', opening(serverUrl, (store) => inSteps(store, () => cannot())), ROUNDS);
}
