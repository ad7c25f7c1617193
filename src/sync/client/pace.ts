/**
 * How fast a source is asked: so many requests at a time and a second, fewer when it is slow or says that it is too much
 * (429, 503), and slowly more again. After a row of failures nothing is asked for a while.
 */
export interface PaceLimits {
  readonly atOnce: number;
  /** Requests a second, over time. */
  readonly perSecond: number;
  /** So many may follow one another at once, where little was asked before. */
  readonly burst: number;
  /** So many failures in a row open the circuit. */
  readonly failures: number;
  /** It stays open for so long. */
  readonly openMs: number;
}

export const PACE: PaceLimits = { atOnce: 4, perSecond: 20, burst: 100, failures: 8, openMs: 60_000 };

/** An answer that takes longer makes the pace slower. */
const SLOW_MS = 10_000;
const SLOWEST = 1 / 16;

export class Pace {
  readonly #limits: PaceLimits;
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** When what was asked so far would have been asked at the rate of the limits. */
  #due = 0;
  /** Share of the limits that is used now. */
  #share = 1;
  #failed = 0;
  #openUntil = 0;

  /** `now` in milliseconds of any steady clock. */
  constructor(limits: PaceLimits, now: () => number, sleep: (ms: number) => Promise<void>) {
    this.#limits = limits;
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Milliseconds for which the source is left alone; 0: it may be asked. */
  get closedFor(): number {
    return Math.max(0, this.#openUntil - this.#now());
  }

  get share(): number {
    return this.#share;
  }

  /** Does a request when its turn comes. */
  async run<T>(request: () => Promise<T>): Promise<T> {
    while (this.#running >= Math.max(1, Math.floor(this.#limits.atOnce * this.#share))) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      const now = this.#now();
      const everyMs = 1_000 / (this.#limits.perSecond * this.#share);
      this.#due = Math.max(this.#due, now) + everyMs;
      const early = this.#due - now - everyMs * Math.max(1, this.#limits.burst * this.#share);
      if (early > 0) await this.#sleep(early);
      return await request();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** What came of a request. */
  note(outcome: 'good' | 'too-much' | 'failed', tookMs: number): void {
    if (outcome === 'good') {
      this.#failed = 0;
      this.#share = tookMs > SLOW_MS ? Math.max(SLOWEST, this.#share / 2) : Math.min(1, this.#share + 0.05);
      return;
    }
    this.#share = Math.max(SLOWEST, this.#share / 2);
    if (++this.#failed < this.#limits.failures) return;
    this.#failed = 0;
    this.#openUntil = this.#now() + this.#limits.openMs;
  }
}
