import { describe } from 'vitest';
import { commitContract } from './contract/commit.js';
import { concurrencyContract } from './contract/concurrency.js';
import { historyContract } from './contract/history.js';
import { includeContract } from './contract/include.js';
import { lifeContract } from './contract/life.js';
import { logContract } from './contract/log.js';
import { onceContract } from './contract/once.js';
import { pagingContract } from './contract/paging.js';
import { randomSearchContract } from './contract/random-search.js';
import { searchContract } from './contract/search.js';
import type { OpenStore } from './contract/harness.js';

/** What every adapter of the store port must do. `open` gives a fresh, empty store each time; `rounds`: how often many meet at once. */
export function storeContract(name: string, open: OpenStore, rounds = 50): void {
  describe(`${name} keeps the store's contract`, () => {
    commitContract(open);
    concurrencyContract(open, rounds);
    historyContract(open);
    logContract(open);
    searchContract(open);
    randomSearchContract(open);
    includeContract(open);
    pagingContract(open);
    lifeContract(open);
    onceContract(open);
  });
}
