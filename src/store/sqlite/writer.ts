/** The thread that alone writes: commits that arrive together share one transaction and one wait for the disk. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Commit } from './commit.js';
import { openForWriting } from './connection.js';
import type { Connection, Statement } from './connection.js';
import { Dictionary } from './dictionary.js';
import { asUnavailable, toFailure } from './protocol.js';
import type { Answer, Closing, Numbered, WriterJob } from './protocol.js';
import { Searcher } from './search.js';
import { Versions } from './versions.js';

/** A group ends with the commit that brings it to so many changes, so that small ones do not wait for all of a large one's followers. */
const CHANGES_IN_GROUP = 512;

type Writing = Numbered<Exclude<WriterJob, Closing>>;

class Writer {
  readonly #db: Connection;
  readonly #dictionary: Dictionary;
  readonly #versions: Versions;
  readonly #searcher: Searcher;
  readonly #statements: Readonly<Record<'begin' | 'commit' | 'savepoint' | 'release' | 'probe' | 'initFact' | 'fact', Statement>>;

  constructor(db: Connection) {
    this.#db = db;
    this.#dictionary = new Dictionary(db);
    this.#versions = new Versions(db, this.#dictionary);
    this.#searcher = new Searcher(db, this.#dictionary);
    this.#statements = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      savepoint: db.prepare('SAVEPOINT one'),
      release: db.prepare('RELEASE one'),
      probe: db.prepare('INSERT OR REPLACE INTO probe (key, asked) VALUES (1, ?)'),
      initFact: db.prepare('INSERT OR IGNORE INTO fact (name, value) VALUES (?, ?)'),
      fact: db.prepare<unknown[], unknown>('SELECT value FROM fact WHERE name = ?').pluck(),
    };
  }

  /** In one transaction: the answers are true only now that it is durable. */
  writeGroup(group: readonly Writing[]): Answer[] {
    try {
      this.#statements.begin.run();
      const answers = group.map((one) => this.#writeOne(one));
      this.#statements.commit.run();
      return answers;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      this.#dictionary.forget();
      const failure = toFailure(error);
      return group.map(({ number }) => ({ number, failure }));
    }
  }

  close(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  /** @throws when the whole group has to be given up. */
  #writeOne({ number, job }: Writing): Answer {
    this.#statements.savepoint.run();
    try {
      const value = this.#perform(job);
      this.#statements.release.run();
      return { number, value };
    } catch (error) {
      if (asUnavailable(error) || !this.#db.inTransaction) throw error;
      this.#db.exec('ROLLBACK TO one; RELEASE one');
      this.#dictionary.forget();
      return { number, failure: toFailure(error) };
    }
  }

  #perform(job: Writing['job']): unknown {
    switch (job.op) {
      case 'commit':
        return new Commit(this.#versions, this.#searcher, job.changes, job.now).run();
      case 'probe':
        this.#statements.probe.run(job.now);
        return undefined;
      case 'initFact':
        this.#statements.initFact.run(job.name, job.value);
        return this.#statements.fact.get(job.name);
    }
  }
}

function serve(writer: Writer, port: NonNullable<typeof parentPort>): void {
  const waiting: Numbered<WriterJob>[] = [];

  const collect = (): void => {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) waiting.push(more.message as Numbered<WriterJob>);
  };
  const nextGroup = (): Writing[] => {
    const group: Writing[] = [];
    let changes = 0;
    for (let first = waiting[0]; first && first.job.op !== 'close' && changes < CHANGES_IN_GROUP; first = waiting[0]) {
      waiting.shift();
      group.push(first as Writing);
      changes += first.job.op === 'commit' ? first.job.changes.length : 1;
    }
    return group;
  };

  port.on('message', (message: Numbered<WriterJob>) => {
    waiting.push(message);
    for (collect(); waiting.length > 0; collect()) {
      const group = nextGroup();
      if (group.length > 0) port.postMessage(writer.writeGroup(group));
      const [last] = waiting;
      if (last?.job.op !== 'close') continue;
      writer.close();
      port.postMessage([{ number: last.number, value: undefined }] satisfies Answer[]);
      port.close();
      return;
    }
  });
}

if (parentPort) serve(new Writer(openForWriting((workerData as { readonly file: string }).file)), parentPort);
