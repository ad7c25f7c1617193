import type { ReaderJob, ThreadData } from './protocol.js';
import { Thread } from './thread.js';

/** A thread that has been at one job for longer is held up: nothing is put behind it, and what was is taken away. */
const HELD_UP_MS = 100;
/** Where all are for so long, further threads are started, up to so many times as many: each takes memory of its own. */
const ALL_HELD_UP_MS = 500;
const MOST_TIMES = 2;

/** Threads that read side by side. What takes long keeps to its own thread, as long as there is another. */
export class Readers {
  readonly #data: ThreadData;
  readonly #threads: Thread<ReaderJob>[];
  readonly #most: number;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;

  /** `count`: threads while none is held up. */
  constructor(count: number, data: ThreadData) {
    this.#data = data;
    this.#threads = Array.from({ length: count }, () => new Thread<ReaderJob>('reader', data));
    this.#most = MOST_TIMES * count;
  }

  get pending(): number {
    return this.#threads.reduce((sum, { pending }) => sum + pending, 0);
  }

  async ask<Value>(job: ReaderJob): Promise<Value> {
    const answer = this.#idlest().ask<Value>(job);
    this.#watch();
    return answer;
  }

  /** After all that was asked before. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await Promise.allSettled(this.#threads.map((thread) => thread.close()));
  }

  /** The one with the fewest jobs, of those that get on. */
  #idlest(): Thread<ReaderJob> {
    const free = this.#threads.filter(({ busyFor }) => busyFor < HELD_UP_MS);
    if (this.#threads.length < this.#most && this.#threads.every(({ busyFor }) => busyFor >= ALL_HELD_UP_MS)) {
      const further = new Thread<ReaderJob>('reader', this.#data);
      this.#threads.push(further);
      return further;
    }
    return (free.length > 0 ? free : this.#threads).reduce((least, thread) => (thread.pending < least.pending ? thread : least));
  }

  /** Looks, as long as anything waits, for what waits behind something long. */
  #watch(): void {
    if (this.#closing || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.pending === 0) return;
      for (const thread of this.#threads) if (thread.busyFor >= HELD_UP_MS && thread.pending > 1) this.#relieve(thread);
      this.#watch();
    }, HELD_UP_MS).unref();
  }

  #relieve(thread: Thread<ReaderJob>): void {
    const other = this.#idlest();
    if (other !== thread && other.busyFor < HELD_UP_MS) thread.passOn(other);
  }
}
