import { Worker } from 'node:worker_threads';
import { inProject } from '../../root.js';
import { StoreUnavailableError } from '../store.js';
import { toError } from './protocol.js';
import type { Answer, Closing, Numbered } from './protocol.js';

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A worker thread seen from the main one. The first job starts it; should it die, whoever waits is told so (`failed`),
 * and the next job starts another. Its code is always the built one: Node 20 runs no TypeScript.
 */
export class Thread<Job extends { readonly op: string }, Ahead = never> {
  readonly #code: string;
  readonly #file: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  /** `code`: name of the thread's module; `file`: the database. */
  constructor(code: 'writer' | 'reader', file: string) {
    this.#code = inProject('dist', 'src', 'store', 'sqlite', `${code}.js`);
    this.#file = file;
  }

  get pending(): number {
    return this.#waiting.size;
  }

  ask<Value>(job: Job | Closing): Promise<Value> {
    const worker = (this.#worker ??= this.#start());
    const number = ++this.#last;
    return new Promise<Value>((resolve, reject) => {
      worker.postMessage({ number, job } satisfies Numbered<Job | Closing>);
      this.#waiting.set(number, { resolve, reject });
    });
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
    const worker = new Worker(this.#code, { workerData: { file: this.#file }, execArgv: [] });
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
