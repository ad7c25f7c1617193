import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseFile, openForReading, openForWriting, prepareDatabase, requireSqlite } from '../../src/store/sqlite/connection.js';
import { Writer } from '../../src/store/sqlite/group-commit.js';
import type { Writing } from '../../src/store/sqlite/group-commit.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { WriterJob } from '../../src/store/sqlite/protocol.js';
import { Thread } from '../../src/store/sqlite/thread.js';
import { MAX_SEARCH_MS } from '../../src/store/store.js';
import { commitOne, put, token } from './contract/harness.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cobalt-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('the connection that writes', () => {
  it('waits for the disk at every commit, in a write-ahead log, on pages of 8 KB', () => {
    prepareDatabase(directory);
    const db = openForWriting(databaseFile(directory));
    const settings = ['synchronous', 'journal_mode', 'page_size', 'foreign_keys', 'busy_timeout'].map((name) => db.pragma(name, { simple: true }));
    db.close();
    expect(settings).toEqual([2, 'wal', 8192, 0, 5000]);
  });

  it('is not the one that reads', () => {
    prepareDatabase(directory);
    const db = openForReading(databaseFile(directory));
    expect(() => db.exec('DELETE FROM resource')).toThrow(/readonly/);
    db.close();
  });
});

describe('opening', () => {
  it.each([['3.51.2', true], ['3.50.7', true], ['3.9.9', true], ['2.99.99', true], ['3.51.3', false], ['3.51.10', false], ['3.53.0', false], ['4.0.0', false]])('with SQLite %s is refused: %s', (version, refused) => {
    if (refused) expect(() => requireSqlite(version)).toThrow(/too old/);
    else expect(() => requireSqlite(version)).not.toThrow();
  });

  it('refuses a file of a newer schema, and leaves it', async () => {
    prepareDatabase(directory);
    const db = new Database(databaseFile(directory));
    db.pragma('user_version = 99');
    db.close();
    await expect(openSqliteStore({ directory })).rejects.toThrow(/schema version 99.*knows up to 2/);
    const again = new Database(databaseFile(directory), { readonly: true });
    expect(again.pragma('user_version', { simple: true })).toBe(99);
    again.close();
  });

  it('brings a file of the first schema up to this one, with what is in it', async () => {
    const made = await openSqliteStore({ directory });
    await commitOne(made, put('Patient', 'a'));
    await made.close();
    const db = new Database(databaseFile(directory));
    db.exec('DROP TABLE once');
    db.pragma('user_version = 1');
    db.close();
    const store = await openSqliteStore({ directory });
    await store.commit([put('Patient', 'b')], { once: { key: 'k', fingerprint: 'f' } });
    expect([(await store.read('Patient', 'a'))?.version, (await store.knownOnce('k'))?.fingerprint]).toEqual([1, 'f']);
    await store.close();
  });

  it('refuses a second store on the same data, until the first is closed', async () => {
    const first = await openSqliteStore({ directory });
    await expect(openSqliteStore({ directory })).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'busy' });
    await first.close();
    await (await openSqliteStore({ directory })).close();
  });

  it('makes the folder', async () => {
    const store = await openSqliteStore({ directory: join(directory, 'new', 'folder') });
    await commitOne(store, put('Basic', 'a'));
    await store.close();
  });
});

describe('the queue', () => {
  it('refuses commits beyond its length, and writes all others', async () => {
    const store = await openSqliteStore({ directory, maxPendingCommits: 10 });
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => commitOne(store, put('Basic', `b${i}`))));
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, (_, i) => (i < 10 ? 'fulfilled' : 'rejected')));
    expect(outcomes[29]).toMatchObject({ reason: { name: 'StoreUnavailableError', reason: 'busy' } });
    expect(await commitOne(store, put('Basic', 'b29'))).toMatchObject({ version: 1 });
    await store.close();
  });

  it('refuses text beyond its size, but takes a single large one', async () => {
    const store = await openSqliteStore({ directory, maxPendingText: 1_000 });
    const large = put('Basic', 'large', { rest: `,"x":"${'x'.repeat(5_000)}"` });
    const [first, second] = await Promise.allSettled([commitOne(store, large), commitOne(store, put('Basic', 'small'))]);
    expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected']);
    expect(await commitOne(store, put('Basic', 'small'))).toMatchObject({ version: 1 });
    await store.close();
  });

  it('refuses searches beyond its length', async () => {
    const store = await openSqliteStore({ directory, readers: 1, maxPendingReads: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => store.history({ count: 1 })));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await store.close();
  });
});

describe('a group of commits', () => {
  const writing = (number: number, ...ids: string[]): Writing => ({ number, job: { op: 'commit', now: 0, changes: ids.map((id) => put('Basic', id, { rest: `,"x":"${'x'.repeat(20_000)}"`, index: [token('code', id, `http://system/${id}`)] })) } });

  function writer(maxPages?: number): { readonly db: Database.Database; readonly writer: Writer } {
    prepareDatabase(directory);
    const db = openForWriting(databaseFile(directory));
    if (maxPages) db.pragma(`max_page_count = ${maxPages}`);
    return { db, writer: new Writer(db, MAX_SEARCH_MS) };
  }
  const stored = (db: Database.Database): unknown => db.prepare('SELECT count(*) FROM resource').pluck().get();

  it('is refused as a whole when the disk is full, and goes on when there is room', () => {
    const { db, writer: one } = writer(80);
    const group = Array.from({ length: 20 }, (_, i) => writing(i, `a${i}`, `b${i}`));
    expect(one.writeGroup(group)).toEqual(group.map(({ number }) => ({ number, failure: expect.objectContaining({ kind: 'unavailable', reason: 'full' }) })));
    expect(stored(db)).toBe(0);
    db.pragma('max_page_count = 100000');
    expect(one.writeGroup(group).every((answer) => 'value' in answer)).toBe(true);
    expect(stored(db)).toBe(40);
    one.close();
  });

  it('is refused as a whole when COMMIT fails', () => {
    const { db } = writer();
    const failing = new Proxy(db, {
      get(target, name) {
        if (name === 'prepare') return (text: string) => (text === 'COMMIT' ? { run: () => { throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' }); } } : target.prepare(text));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const answers = new Writer(failing, MAX_SEARCH_MS).writeGroup([writing(1, 'a'), writing(2, 'b')]);
    expect(answers).toEqual([1, 2].map((number) => ({ number, failure: expect.objectContaining({ kind: 'unavailable', reason: 'failed' }) })));
    expect([stored(db), db.inTransaction]).toEqual([0, false]);
    db.close();
  });

  it('survives a commit that makes no sense, in all the others', () => {
    const { db, writer: one } = writer();
    const nonsense: Writing = { number: 2, job: { op: 'commit', now: 0, changes: [put('Basic', 'half'), put('Basic', 'x', { body: ['{', { slot: 'result', change: 99 }] })] } };
    const answers = one.writeGroup([writing(1, 'a'), nonsense, writing(3, 'c')]);
    expect(answers.map((answer) => ('failure' in answer ? answer.failure.kind : 'written'))).toEqual(['written', 'error', 'written']);
    expect(db.prepare('SELECT id FROM resource ORDER BY key').pluck().all()).toEqual(['a', 'c']);
    one.close();
  });
});

describe('a thread that dies', () => {
  it('tells those who wait, and starts again', async () => {
    prepareDatabase(directory);
    const thread = new Thread<WriterJob>('writer', { file: databaseFile(directory), searchMs: MAX_SEARCH_MS });
    const probe: WriterJob = { op: 'probe', now: 0 };
    const [deadly, waiting] = await Promise.allSettled([thread.ask(null as never), thread.ask(probe)]);
    for (const one of [deadly, waiting]) expect(one).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailableError', reason: 'failed' } });
    expect(thread.pending).toBe(0);
    await thread.ask(probe);
    await thread.close();
  });

  it('tells those who wait when it cannot start', async () => {
    const thread = new Thread('reader', { file: join(directory, 'no-such.db'), searchMs: MAX_SEARCH_MS });
    await expect(thread.ask({ op: 'close' })).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'failed' });
  });
});
