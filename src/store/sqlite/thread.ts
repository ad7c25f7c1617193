import { Worker } from 'node:worker_threads';
import { inProject } from '../../root.js';
import { StoreUnavailableError } from '../store.js';
import { toError } from './protocol.js';
import type { Answer, Closing, Numbered, ThreadData } from './protocol.js';

interface Waiting<Job> {
  readonly job: Job | Closing;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A worker thread seen from the main one. The first job starts it; should it die, whoever waits is told so (`failed`),
 * and the next job starts another. Its code is always the built one: Node 20 runs no TypeScript.
 */
export class Thread<Job extends { readonly op: string }, Ahead = never> {
  readonly #code: string;
  readonly #data: ThreadData;
  /** In the order in which they are done. */
  readonly #waiting = new Map<number, Waiting<Job>>();
  #worker: Worker | undefined;
  #last = 0;
  /** When the first of those that wait was begun. */
  #since = 0;

  /** `code`: name of the thread's module. */
  constructor(code: 'writer' | 'reader', data: ThreadData) {
    this.#code = inProject('dist', 'src', 'store', 'sqlite', `${code}.js`);
    this.#data = data;
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** For how long it has been at the job that it is at, milliseconds; 0 where there is none. */
  get busyFor(): number {
    return this.#waiting.size === 0 ? 0 : performance.now() - this.#since;
  }

  ask<Value>(job: Job | Closing): Promise<Value> {
    return new Promise<Value>((resolve, reject) => this.#take({ job, resolve, reject }));
  }

  /** Has another thread do what waits behind the job that this one is at. It must be of no harm to do it twice: this one will, too, and is not heard. */
  passOn(other: Thread<Job, Ahead>): void {
    for (const [number, waiting] of [...this.#waiting].slice(1)) {
      this.#waiting.delete(number);
      other.#take(waiting);
    }
  }

  #take(waiting: Waiting<Job>): void {
    const worker = (this.#worker ??= this.#start());
    const number = ++this.#last;
    worker.postMessage({ number, job: waiting.job } satisfies Numbered<Job | Closing>);
    if (this.#waiting.size === 0) this.#since = performance.now();
    this.#waiting.set(number, waiting);
  }

  /** What a later job needs; nothing is answered. */
  tell(ahead: Ahead): void {
    (this.#worker ??= this.#start()).postMessage(ahead);
  }

  /** After all that was asked before. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await this.ask<undefined>({ op: 'close' });
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(this.#code, { workerData: this.#data, execArgv: [] });
    worker.on('message', (answers: readonly Answer[]) => {
      for (const answer of answers) this.#settle(answer);
    });
    worker.on('error', (error) => this.#die(worker, error.message));
    worker.on('exit', (code) => this.#die(worker, `it ended with code ${code}`));
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    this.#since = performance.now();
    if ('failure' in answer) waiting?.reject(toError(answer.failure));
    else waiting?.resolve(answer.value as never);
  }

  #die(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(new StoreUnavailableError('failed', `A thread of the store died: ${why}. Whether the last writes were kept is not known: read before writing again.`));
  }
}
