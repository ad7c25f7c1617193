import { Commit } from './commit.js';
import type { Connection, Statement } from './connection.js';
import { Dictionary } from './dictionary.js';
import { asUnavailable, toFailure } from './protocol.js';
import type { Answer, Closing, CommitJob, Numbered, WriterJob } from './protocol.js';
import { OnceWriter } from './once.js';
import type { ChangeResult } from '../store.js';
import { Searcher } from './search.js';
import { TimeLimit } from './time-limit.js';
import { Versions } from './versions.js';

/** A commit was refused after it had written something. */
class HalfWritten extends Error {
  constructor(cause: unknown) {
    super('a commit was refused after it had written', { cause });
  }
}

export type Writing = Numbered<Exclude<WriterJob, Closing>>;

/** Writes groups of jobs, one transaction each. */
export class Writer {
  readonly #db: Connection;
  readonly #dictionary: Dictionary;
  readonly #versions: Versions;
  readonly #searcher: Searcher;
  readonly #once: OnceWriter;
  readonly #statements: Readonly<Record<'begin' | 'commit' | 'savepoint' | 'release' | 'probe' | 'initFact' | 'fact' | 'setFact' | 'dropFact', Statement>>;

  /** `searchMs`: milliseconds that the search of one condition may take, since all others wait for it. */
  constructor(db: Connection, searchMs: number) {
    this.#db = db;
    this.#dictionary = new Dictionary(db);
    this.#versions = new Versions(db, this.#dictionary);
    this.#searcher = new Searcher(db, this.#dictionary, new TimeLimit(db, searchMs));
    this.#once = new OnceWriter(db);
    this.#statements = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      savepoint: db.prepare('SAVEPOINT one'),
      release: db.prepare('RELEASE one'),
      probe: db.prepare('INSERT OR REPLACE INTO probe (key, asked) VALUES (1, ?)'),
      initFact: db.prepare('INSERT OR IGNORE INTO fact (name, value) VALUES (?, ?)'),
      fact: db.prepare<unknown[], unknown>('SELECT value FROM fact WHERE name = ?').pluck(),
      setFact: db.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)'),
      dropFact: db.prepare('DELETE FROM fact WHERE name = ?'),
    };
  }

  /**
   * All in one transaction: the answers are true only now that it is durable. At first without savepoints, which cost a
   * third of a write; when one of several is refused after it has written, the group is undone and done again with them.
   */
  writeGroup(group: readonly Writing[]): Answer[] {
    try {
      return this.#transact(() => group.map((one) => this.#writeOne(one)));
    } catch (error) {
      if (!(error instanceof HalfWritten)) return refuseAll(group, error);
      if (group.length === 1) return refuseAll(group, error.cause);
    }
    try {
      return this.#transact(() => group.map((one) => this.#writeGuarded(one)));
    } catch (error) {
      return refuseAll(group, error);
    }
  }

  close(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #transact(write: () => Answer[]): Answer[] {
    try {
      this.#statements.begin.run();
      const answers = write();
      this.#statements.commit.run();
      return answers;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      this.#dictionary.forget();
      throw error;
    }
  }

  /** @throws when the group has to be undone. */
  #writeOne({ number, job }: Writing): Answer {
    const before = this.#versions.lastStamp;
    try {
      return { number, value: this.#perform(job) };
    } catch (error) {
      if (asUnavailable(error) || !this.#db.inTransaction) throw error;
      if (this.#versions.lastStamp !== before) throw new HalfWritten(error);
      return { number, failure: toFailure(error) };
    }
  }

  #writeGuarded(one: Writing): Answer {
    this.#statements.savepoint.run();
    try {
      const answer = this.#writeOne(one);
      this.#statements.release.run();
      return answer;
    } catch (error) {
      if (!(error instanceof HalfWritten)) throw error;
      this.#db.exec('ROLLBACK TO one; RELEASE one');
      this.#dictionary.forget();
      return { number: one.number, failure: toFailure(error.cause) };
    }
  }

  #commit({ changes, now, once }: CommitJob): ChangeResult[] {
    const commit = (): ChangeResult[] => new Commit(this.#versions, this.#searcher, changes, now).run();
    return once ? this.#once.commit(once, now, commit) : commit();
  }

  #perform(job: Writing['job']): unknown {
    switch (job.op) {
      case 'commit':
        return this.#commit(job);
      case 'keepAnswer':
        return this.#once.keepAnswer(job.once, job.answer, job.now);
      case 'probe':
        this.#statements.probe.run(job.now);
        return undefined;
      case 'initFact':
        this.#statements.initFact.run(job.name, job.value);
        return this.#statements.fact.get(job.name);
      case 'swapFact':
        return this.#swapFact(job.name, job.before, job.after);
    }
  }

  #swapFact(name: string, before: string | undefined, after: string | undefined): boolean {
    if (this.#statements.fact.get(name) !== before) return false;
    if (after === undefined) this.#statements.dropFact.run(name);
    else this.#statements.setFact.run(name, after);
    return true;
  }
}

function refuseAll(group: readonly Writing[], error: unknown): Answer[] {
  const failure = toFailure(error);
  return group.map(({ number }) => ({ number, failure }));
}
