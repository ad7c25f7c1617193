/** The subscription is not what it was when this was begun: it is read again. */
export class Outdated extends Error {}

/** Whether what is under way for a subscription is still wanted, and waits that end when something happens. */
export class Attention {
  readonly #now: () => Date;
  #stopped = false;
  #outdated = false;
  #woken = false;
  #wakeUp: () => void = () => undefined;
  /** Milliseconds since 1970: when the subscription ends. */
  #end = Infinity;

  constructor(now: () => Date) {
    this.#now = now;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** The subscription has changed since it was read, and is still to be served. */
  get isOutdated(): boolean {
    return this.#outdated && !this.#stopped;
  }

  /** The subscription is read now: what was changed before is known. */
  begin(): void {
    this.#outdated = false;
  }

  /** It ends then. */
  endAt(time: number): void {
    this.#end = time;
  }

  get isOver(): boolean {
    return this.#end <= this.#now().getTime();
  }

  /** Something happened: whoever rests goes on, and whoever is about to look does. */
  wake(): void {
    this.#woken = true;
    this.#wakeUp();
  }

  /** The subscription has changed. */
  outdate(): void {
    this.#outdated = true;
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    this.outdate();
  }

  /** To be said before a look at what is there: what happens from now on cuts the rest after it short. */
  look(): void {
    this.#woken = false;
  }

  /** @throws {Outdated} once the subscription has changed or ended, or is to be served no more */
  mustBeCurrent(): void {
    if (this.#outdated || this.#stopped || this.isOver) throw new Outdated();
  }

  /** So many milliseconds, unless something happens, or has since the last look. */
  async restAfterLook(forMs: number): Promise<void> {
    if (!this.#woken) await this.rest(forMs);
  }

  /** So many milliseconds, unless something happens. */
  async rest(forMs: number): Promise<void> {
    if (this.#outdated || this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(forMs, 2 ** 31 - 1));
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Till then (milliseconds of our clock), whatever is committed meanwhile. @throws {Outdated} sooner */
  async restUntil(time: number): Promise<void> {
    for (let left = time - this.#now().getTime(); left > 0; left = time - this.#now().getTime()) {
      await this.rest(left);
      this.mustBeCurrent();
    }
  }
}
