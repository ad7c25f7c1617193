import { StoreUnavailableError, type PutChange, type Store } from '../../store/store.js';
import type { LogEntry } from '../interactions/interaction.js';
import type { Search } from '../search/index.js';
import { auditChange, auditFields, timeOrderedId, type AuditFacts } from './event.js';

export interface TrailParts {
  readonly store: Store;
  readonly search: Search;
  /** Who records: `Device/…`. */
  readonly observer: string;
  readonly log: (entry: LogEntry) => void;
}

/** What was read or refused is recorded at most so much later: what a killed process can lose. */
export const AUDIT_WINDOW_MS = 500;
/** AuditEvents of one commit: so few that a write beside them does not wait long. */
const TOGETHER = 250;
/** So many may wait to be recorded; beyond, requests wait for them. */
const MOST_WAITING = 10_000;
/** How long after a failure it is tried again. */
const RETRY_MS = 1_000;

/**
 * The record of what is not a change: reads, searches, refusals. It is written many at a time (a change's AuditEvent is
 * in the commit of the change: `recording.ts`). Nothing is left out: where the store takes no more, requests are
 * refused once `MOST_WAITING` wait.
 */
export class AuditTrail {
  readonly #parts: TrailParts;
  #waiting: AuditFacts[] = [];
  /** What was tried to be written and is not known to be: under the same ids it can be tried again. */
  #unsure: PutChange[] = [];
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #alone = false;

  constructor(parts: TrailParts) {
    this.#parts = parts;
  }

  get search(): Search {
    return this.#parts.search;
  }

  get observer(): string {
    return this.#parts.observer;
  }

  /** How many are not written yet. */
  get waiting(): number {
    return this.#waiting.length + this.#unsure.length;
  }

  /** Undefined where it may be answered at once. @throws {StoreUnavailableError} where too many wait and the store takes none. */
  note(facts: AuditFacts): Promise<void> | undefined {
    this.#waiting.push(facts);
    if (this.#waiting.length >= TOGETHER && !this.#failing) void this.#write();
    else this.#timer ??= setTimeout(() => void this.#write(), this.#failing ? RETRY_MS : AUDIT_WINDOW_MS).unref();
    return this.#waiting.length > MOST_WAITING ? this.#room() : undefined;
  }

  async #room(): Promise<void> {
    await this.#write();
    if (this.#failing) throw new StoreUnavailableError('busy', 'What is asked cannot be recorded now.');
  }

  /** Resolves when all that was noted before is written, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
    await this.#write();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.waiting > 0) {
        if (this.#unsure.length === 0) this.#unsure = this.#waiting.splice(0, TOGETHER).map((facts) => this.#changeOf(facts));
        await this.#commit(this.#unsure);
        this.#unsure = [];
      }
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      this.#parts.log({ level: 'error', event: 'audit delayed', waiting: this.waiting, error: error instanceof Error ? error.name : typeof error });
      this.#timer ??= setTimeout(() => void this.#write(), RETRY_MS).unref();
    }
  }

  #changeOf(facts: AuditFacts): PutChange {
    return auditChange(auditFields(facts, this.#parts.observer), timeOrderedId(facts.at), this.#parts.search);
  }

  /** A store without transactions takes them one by one. */
  async #commit(changes: readonly PutChange[]): Promise<void> {
    const { store } = this.#parts;
    if (!this.#alone) {
      try {
        await store.commit(changes);
        return;
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        this.#alone = true;
      }
    }
    for (const change of changes) await store.commit([change]);
  }
}

/** Whether a store refused a commit since it has no transactions. */
export const isUnsupported = (error: unknown): boolean => error instanceof StoreUnavailableError && error.reason === 'unsupported';
