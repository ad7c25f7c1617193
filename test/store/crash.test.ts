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
const TRANSACTIONS = 1_000;
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

/** The numbers of the transactions that are there. @throws when one is there in part. */
async function wholeTransactions(store: Store): Promise<Set<number>> {
  const whole = new Set<number>();
  for (let n = 1; n <= TRANSACTIONS; n++) {
    const found = await Promise.all(TYPES.map((type) => store.read(type, `t${n}`)));
    const there = found.filter((stored) => stored !== undefined).length;
    if (there !== 0 && there !== TYPES.length) throw new Error(`transaction ${n} is there in part`);
    if (there > 0) whole.add(n);
  }
  const { versions } = await store.history({ type: 'Basic', id: 'shared', count: TRANSACTIONS + 1 });
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

  it('has every transaction that was acknowledged, and none in part', { timeout: 180_000 }, async () => {
    const acknowledged = new Set<number>();
    let kills = 0;
    for (let from = 1; from <= TRANSACTIONS; ) {
      const dieAfter = 20 + Math.floor(Math.random() * 100);
      let seen = 0;
      const { lines, killed } = await runWriter(directory, from, TRANSACTIONS, (line) => (/^\d/.test(line) && ++seen === dieAfter ? Math.random() * 20 : undefined));
      for (const n of numbers(lines)) acknowledged.add(n);
      if (killed) kills++;
      else expect(lines.at(-1)).toBe('closed');
      from = Math.max(from, ...numbers(lines)) + 50;
      expect(integrity(directory)).toBe('ok');
    }
    const store = await openSqliteStore({ directory });
    try {
      const whole = await wholeTransactions(store);
      expect([...acknowledged].filter((n) => !whole.has(n))).toEqual([]);
      expect(kills).toBeGreaterThan(3);
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

  it('opens after being killed again and again in its first start', { timeout: 180_000 }, async () => {
    for (let i = 0; i < 12; i++) await runWriter(directory, 1, 0, (line) => (line === 'loaded' ? Math.random() * 30 : undefined));
    const store = await openSqliteStore({ directory });
    expect(await store.isEmpty()).toBe(true);
    await store.commit([put('Basic', 'a')]);
    await store.close();
    expect(integrity(directory)).toBe('ok');
  });

  it('refuses writes and keeps what it has when the disk takes no more', { timeout: 60_000 }, async () => {
    const { lines } = await runWriter(directory, 1, TRANSACTIONS, () => undefined, 'ulimit -f 2048');
    const acknowledged = numbers(lines);
    expect(lines.at(-1)).not.toBe('closed');
    expect(acknowledged.length).toBeGreaterThan(0);
    const store = await openSqliteStore({ directory });
    try {
      const whole = await wholeTransactions(store);
      expect(acknowledged.filter((n) => !whole.has(n))).toEqual([]);
    } finally {
      await store.close();
    }
    expect(integrity(directory)).toBe('ok');
  });
});
