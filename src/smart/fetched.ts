/** How long what was fetched counts, and when it may be fetched again. Milliseconds. */
export interface Times {
  /** As long it is used without a look. */
  readonly fresh: number;
  /** As long it is used where it can't be fetched anew. */
  readonly stale: number;
  /** Between two fetches that were asked for before it was old, and after one that failed. */
  readonly pause: number;
}

/** Something that is fetched and kept: by many at once only one time. */
export class Fetched<T> {
  readonly #fetch: () => Promise<T>;
  readonly #times: Times;
  readonly #now: () => number;
  #kept: { readonly value: T; readonly since: number } | undefined;
  #tried = -Infinity;
  #failed = false;
  #running: Promise<T> | undefined;

  constructor(fetch: () => Promise<T>, times: Times, now: () => number) {
    this.#fetch = fetch;
    this.#times = times;
    this.#now = now;
  }

  /** What was fetched last, if that is not old; else anew. @throws whatever the fetch throws when there is nothing to fall back on. */
  async get(): Promise<T> {
    const kept = this.#kept;
    if (kept && this.#age(kept.since) < this.#times.fresh) return kept.value;
    const mayFallBack = kept !== undefined && this.#age(kept.since) < this.#times.stale;
    if (mayFallBack && this.#age(this.#tried) < this.#times.pause) return kept.value;
    if (!this.#running && this.#age(this.#tried) < this.#times.pause) throw new Error('fetched in vain a moment ago');
    try {
      return await this.#fetchOnce();
    } catch (error) {
      if (mayFallBack) return kept.value;
      throw error;
    }
  }

  /** Anew, because what is kept lacks something; undefined when that was done a moment ago. @throws whatever the fetch throws; and where it failed a moment ago. */
  async renewed(): Promise<T | undefined> {
    if (this.#running || this.#age(this.#tried) >= this.#times.pause) return this.#fetchOnce();
    if (this.#failed) throw new Error('fetched in vain a moment ago');
    return undefined;
  }

  #age(since: number): number {
    return this.#now() - since;
  }

  #fetchOnce(): Promise<T> {
    this.#tried = this.#now();
    this.#running ??= this.#fetch()
      .then((value) => {
        this.#kept = { value, since: this.#now() };
        this.#failed = false;
        return value;
      })
      .catch((error: unknown) => {
        this.#failed = true;
        throw error;
      })
      .finally(() => (this.#running = undefined));
    return this.#running;
  }
}
