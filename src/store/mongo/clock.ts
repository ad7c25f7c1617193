import { nextStamp } from '../stamp.js';

/**
 * Stamps of one process. They only grow here, and go beyond every stamp that was seen; between processes they go as far
 * together as the machines' clocks do.
 */
export class Clock {
  readonly #now: () => number;
  #last = 0;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  see(stamp: number): void {
    this.#last = Math.max(this.#last, stamp);
  }

  stamp(): number {
    this.#last = nextStamp(this.#last, this.#now());
    return this.#last;
  }
}
