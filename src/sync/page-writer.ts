import type { Checkpoint } from './checkpoint.js';
import { RowChanged } from './journal.js';
import { meeting, write, type Lane, type Rows } from './lane.js';

/** A page of the source, made ready to be written with how far that brings the lane. */
export interface Page {
  /** Where it can be fetched again; undefined: the first one. */
  readonly url: string | undefined;
  readonly rows: Rows;
  readonly progress: Partial<Checkpoint>;
}

/** So many pages wait at most to be written. */
const MOST_READY = 4;

/**
 * Writes pages in the order in which they came. Those that are made ready while others are being written go into one commit
 * with where the last of them leads: the store is never waited for while there is something to make ready.
 */
export class PageWriter {
  readonly #lane: Lane;
  readonly #fetch: (url: string | undefined) => Promise<Rows>;
  #ready: Page[] = [];
  /** Until all that was taken is written; undefined while nothing is left. */
  #writing: Promise<void> | undefined;
  /** Until those that are being written are. */
  #commit: Promise<void> = Promise.resolve();

  /** `fetch`: a page again, as it comes now, made ready. */
  constructor(lane: Lane, fetch: (url: string | undefined) => Promise<Rows>) {
    this.#lane = lane;
    this.#fetch = fetch;
  }

  /** Takes the next page, once there is room. @throws whatever an earlier one could not be written for */
  async take(page: Page): Promise<void> {
    while (this.#ready.length >= MOST_READY) await this.#commit;
    this.#ready.push(page);
    if (this.#writing) return;
    this.#writing = this.#writeReady();
    // Whoever takes or ends hears of it.
    this.#writing.catch(() => undefined);
  }

  /** Once all is written. @throws as `take` */
  async end(): Promise<void> {
    await this.#writing;
  }

  async #writeReady(): Promise<void> {
    while (this.#ready.length > 0) {
      this.#commit = this.#together(this.#ready.splice(0));
      await this.#commit;
    }
    this.#writing = undefined;
  }

  /** Where somebody changed a row meanwhile, or pages name the same, one after another. */
  async #together(pages: readonly Page[]): Promise<void> {
    const taken = pages.flatMap(({ rows }) => rows.taken);
    if (new Set(taken.map(({ target }) => target)).size === taken.length) {
      try {
        return await write({ taken, changes: pages.flatMap(({ rows }) => rows.changes) }, this.#lane, pages.at(-1)?.progress ?? {});
      } catch (error) {
        if (!(error instanceof RowChanged)) throw error;
      }
    }
    for (const page of pages) await this.#one(page);
  }

  /** Where somebody changed a row meanwhile, the page is fetched again: what came was made ours already. */
  async #one({ url, rows, progress }: Page): Promise<void> {
    let ready: Rows | undefined = rows;
    await meeting(async () => {
      const now = ready ?? (await this.#fetch(url));
      ready = undefined;
      await write(now, this.#lane, progress);
    });
  }
}
