import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import { hasToken, plan, put } from './contract/harness.js';

const WRITER = inProject('test', 'store', 'crash-writer.mjs');
/** How often a process is killed; a release is tested with `COBALT_TEST_ROUNDS=200`. */
const ROUNDS = Number(process.env['COBALT_TEST_ROUNDS'] ?? 10);
const ENDLESS = Number.MAX_SAFE_INTEGER;
/** Transactions that the writer has going at once. */
const IN_FLIGHT = 8;
const TYPES = ['Claim', 'ClaimResponse', 'Task'];

interface Run {
  readonly lines: string[];
  readonly killed: boolean;
}

/** Runs the writer; `onLine` may ask for its death (SIGKILL) so many milliseconds later. `shell`: what goes before node. */
function runWriter(directory: string, from: number, to: number, onLine: (line: string) => number | undefined, shell?: string): Promise<Run> {
  const command = [process.execPath, WRITER, directory, String(from), String(to)];
  const child = shell ? spawn('sh', ['-c', `${shell}; exec "$0" "$@"`, ...command]) : spawn(process.execPath, command.slice(1));
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    const delay = onLine(line);
    if (delay !== undefined) setTimeout(() => child.kill('SIGKILL'), delay);
  });
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, signal) => resolve({ lines, killed: signal === 'SIGKILL' }));
  });
}

const numbers = (lines: readonly string[]): number[] => lines.filter((line) => /^\d+$/.test(line)).map(Number);

function integrity(directory: string): unknown {
  const db = new Database(join(directory, 'cobalt.db'), { readonly: true });
  try {
    return db.pragma('integrity_check', { simple: true });
  } finally {
    db.close();
  }
}

/** The numbers of the transactions that are there, none beyond the last. @throws when one is there in part. */
async function wholeTransactions(store: Store, last: number): Promise<Set<number>> {
  const whole = new Set<number>();
  for (let n = 1; n <= last; n++) {
    const found = await Promise.all(TYPES.map((type) => store.read(type, `t${n}`)));
    const there = found.filter((stored) => stored !== undefined).length;
    if (there !== 0 && there !== TYPES.length) throw new Error(`transaction ${n} is there in part`);
    if (there > 0) whole.add(n);
  }
  const { versions } = await store.history({ type: 'Basic', id: 'shared', count: last + 1 });
  const shared = versions.map(({ body }) => Number(/"n":(\d+)/.exec(Buffer.from(body).toString('utf8'))?.[1]));
  expect(shared.sort((a, b) => a - b)).toEqual([...whole].sort((a, b) => a - b));
  expect(versions.map(({ version }) => version)).toEqual(versions.map((_, i) => versions.length - i));
  return whole;
}

describe('a store whose process is killed', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cobalt-crash-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it(`has every transaction that was acknowledged, and none in part, over ${ROUNDS} deaths`, { timeout: 20_000 + ROUNDS * 5_000 }, async () => {
    const acknowledged = new Set<number>();
    let last = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const dieAfter = 20 + Math.floor(Math.random() * 100);
      let seen = 0;
      const { lines, killed } = await runWriter(directory, last + 1, ENDLESS, (line) => (/^\d/.test(line) && ++seen === dieAfter ? Math.random() * 20 : undefined));
      expect([killed, lines.slice(0, 2)]).toEqual([true, ['loaded', 'open']]);
      for (const n of numbers(lines)) acknowledged.add(n);
      last = Math.max(last, ...numbers(lines)) + IN_FLIGHT;
      expect(integrity(directory)).toBe('ok');
    }
    const store = await openSqliteStore({ directory });
    try {
      const whole = await wholeTransactions(store, last);
      expect([...acknowledged].filter((n) => !whole.has(n))).toEqual([]);
      for (const n of [...whole].slice(0, 50)) {
        const page = await store.search(plan(TYPES, hasToken('transaction', String(n))));
        expect(page.matches).toHaveLength(TYPES.length);
      }
      await store.commit([put('Basic', 'after')]);
    } finally {
      await store.close();
    }
    expect(integrity(directory)).toBe('ok');
  });

  it(`opens after a death in its first start, ${ROUNDS} times`, { timeout: 20_000 + ROUNDS * 4_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const fresh = join(directory, String(round));
      await runWriter(fresh, 1, 0, (line) => (line === 'loaded' ? Math.random() * 30 : undefined));
      expect((await runWriter(fresh, 1, 3, () => undefined)).lines.at(-1)).toBe('closed');
      expect(integrity(fresh)).toBe('ok');
    }
  });

  it('refuses writes and keeps what it has when the disk takes no more', { timeout: 60_000 }, async () => {
    const { lines } = await runWriter(directory, 1, ENDLESS, () => undefined, 'ulimit -f 2048');
    const acknowledged = numbers(lines);
    expect(lines.at(-1)).not.toBe('closed');
    expect(acknowledged.length).toBeGreaterThan(0);
    const store = await openSqliteStore({ directory });
    try {
      const whole = await wholeTransactions(store, Math.max(...acknowledged) + IN_FLIGHT);
      expect(acknowledged.filter((n) => !whole.has(n))).toEqual([]);
    } finally {
      await store.close();
    }
    expect(integrity(directory)).toBe('ok');
  });
});
