import { beforeEach, describe, expect, it, vi } from 'vitest';
import { storeContract } from './contract.js';
import { hasTransactions, inSteps, opening, serverUrl } from './mongo-server.js';

vi.setConfig({ testTimeout: 120_000 });

/** Tests of the contract whose point is that several changes are one. */
const NEED_TRANSACTIONS: ReadonlySet<string> = new Set([
  'fills slots with ids of earlier and later changes, in text and index, as composeResult does',
  'gives those who ask the same in one commit the same resource, wherever they are named',
  'delete, many, all',
  'refused: keep, many',
  'refused: update, many',
  'refused: update, one, of another id than the body has',
  'refused: update, one, of another version',
  'refused: delete, many',
  'refused: match, none',
  'refused: match, many',
  'deletes all that match and only those',
  '5,000 changes in one commit are all there, and do not hold up reads',
]);

if (serverUrl === undefined) {
  describe('the Mongo store', () => {
    it('is tested where COBALT_TEST_MONGODB names a server', () => {
      process.stderr.write('\nThe Mongo half of the store was NOT tested: set COBALT_TEST_MONGODB=mongodb://… (or run .ci/mongo).\n');
      expect(serverUrl).toBeUndefined();
    });
  });
} else {
  const transactions = await hasTransactions(serverUrl);
  if (!transactions) process.stderr.write(`\nThe MongoDB server has no transactions: ${NEED_TRANSACTIONS.size} tests of what needs them could NOT be run on it, only that it is refused.\n`);
  beforeEach(({ task, skip }) => {
    if (!transactions && NEED_TRANSACTIONS.has(task.name)) skip('the MongoDB server has no transactions');
  });
  storeContract('the Mongo store', opening(serverUrl, transactions ? undefined : inSteps));
}
