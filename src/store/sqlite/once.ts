import { ONCE_KEPT_MS, type ChangeResult, type KnownOnce, type Once } from '../store.js';
import { repeatedResults, resultsKept } from '../once.js';
import type { Connection, Statement } from './connection.js';

/** Reads what is known of keys. */
export class OnceReader {
  readonly #find: Statement;

  constructor(db: Connection) {
    this.#find = db.prepare<unknown[], unknown>('SELECT fingerprint, results, answer FROM once WHERE key = ? AND made >= ?').raw(true);
  }

  known(key: string, now: number): KnownOnce | undefined {
    const row = this.#find.get(key, now - ONCE_KEPT_MS) as [string, string | null, Uint8Array | null] | undefined;
    return row && { fingerprint: row[0], results: row[1] === null ? undefined : (JSON.parse(row[1]) as ChangeResult[]), answer: row[2] ?? undefined };
  }
}

/** Keeps keys, in the transaction that the writer holds; those that are too old go. */
export class OnceWriter {
  readonly #reader: OnceReader;
  readonly #statements: Readonly<Record<'results' | 'answer' | 'forget', Statement>>;

  constructor(db: Connection) {
    this.#reader = new OnceReader(db);
    this.#statements = {
      results: db.prepare('INSERT INTO once (key, made, fingerprint, results) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET results = excluded.results'),
      answer: db.prepare('INSERT INTO once (key, made, fingerprint, answer) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET answer = coalesce(answer, excluded.answer)'),
      forget: db.prepare('DELETE FROM once WHERE made < ?'),
    };
  }

  /** What the commit of a key comes to: what it came to before, or what it comes to now. @throws {ConflictError} `reused`, and what `commit` throws. */
  commit(once: Once, now: number, commit: () => ChangeResult[]): ChangeResult[] {
    const repeated = repeatedResults(once, this.#reader.known(once.key, now));
    if (repeated) return repeated;
    const results = commit();
    this.#forget(now);
    this.#statements.results.run(once.key, now, once.fingerprint, JSON.stringify(resultsKept(results, once)));
    return results;
  }

  keepAnswer({ key, fingerprint }: Once, answer: Uint8Array, now: number): void {
    this.#forget(now);
    this.#statements.answer.run(key, now, fingerprint, answer);
  }

  #forget(now: number): void {
    this.#statements.forget.run(now - ONCE_KEPT_MS);
  }
}
