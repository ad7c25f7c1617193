import type { Basic } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { ReadyChange, ResourceChange, Resources } from '../fhir/resources.js';
import { checkpointId, fromBasic, NOTHING, toBasic, type Checkpoint } from './checkpoint.js';
import { isGone } from './holder.js';
import type { Source } from './source.js';

/** Another one has taken over what we were at: nothing of ours is written any more. */
export class LeaseLost extends Error {
  constructor() {
    super('another process is at this synchronisation');
    this.name = 'LeaseLost';
  }
}

/** What could not be written as it was read: somebody changed a row meanwhile. The lease is still ours. */
export class RowChanged extends Error {
  constructor() {
    super('a resource was changed meanwhile');
    this.name = 'RowChanged';
  }
}

export interface JournalParts {
  readonly resources: Resources;
  readonly now: () => Date;
  /** Names this run (`holding`). */
  readonly holder: string;
  readonly leaseMs: number;
}

/**
 * The checkpoint of one lane, which one process holds under a lease. It is written with the rows, in one commit, over the
 * version that was read: whoever lost the lease writes nothing, and after a crash what is written is where it goes on.
 */
export class Journal {
  readonly #parts: JournalParts;
  #checkpoint: Checkpoint;
  /** One commit after another: each is over the version that the one before left. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(parts: JournalParts, checkpoint: Checkpoint) {
    this.#parts = parts;
    this.#checkpoint = checkpoint;
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** Takes the lease; undefined while another one has it. */
  static async take(source: Source, lane: string, parts: JournalParts): Promise<Journal | undefined> {
    const known = await readCheckpoint(source.id, lane, parts.resources);
    const { lease } = known;
    if (lease && !isGone(lease.holder) && Date.parse(lease.until) > parts.now().getTime()) return undefined;
    const journal = new Journal(parts, known);
    try {
      await journal.write([], {});
    } catch (error) {
      if (error instanceof LeaseLost) return undefined;
      throw error;
    }
    return journal;
  }

  /**
   * Writes rows and how far that brings us, all or nothing.
   * @throws {LeaseLost} @throws {RowChanged} @throws {FhirError} 422 where a row is not valid.
   */
  async write(rows: readonly (ResourceChange | ReadyChange)[], progress: Partial<Checkpoint>, { release = false } = {}): Promise<void> {
    const writing = this.#writing.then(() => this.#write(rows, progress, release));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  /** Keeps the lease while nothing is written for a long time: a source may be slow. Who has lost it hears of that at the next writing. */
  async renew(): Promise<void> {
    const { now, leaseMs } = this.#parts;
    const renewing = this.#writing.then(async () => {
      const left = Date.parse(this.#checkpoint.lease?.until ?? '') - now().getTime();
      if (left < (leaseMs * 2) / 3) await this.#write([], {}, false);
    });
    this.#writing = renewing.catch(() => undefined);
    await this.#writing;
  }

  async #write(rows: readonly (ResourceChange | ReadyChange)[], progress: Partial<Checkpoint>, release: boolean): Promise<void> {
    const { resources, now, holder, leaseMs } = this.#parts;
    const lease = release ? undefined : { holder, until: new Date(now().getTime() + leaseMs).toISOString() };
    const next: Checkpoint = { ...this.#checkpoint, ...progress, lease };
    try {
      const versions = await resources.write([...rows, { put: toBasic(next), expectVersion: this.#checkpoint.version }], { orInOrder: true });
      this.#checkpoint = { ...next, version: versions.at(-1) ?? 0 };
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 412) throw error;
      const { source, lane, version } = this.#checkpoint;
      if ((await readCheckpoint(source, lane, resources)).version !== version) throw new LeaseLost();
      throw new RowChanged();
    }
  }
}

/** As it stands; a lane that was never begun has an empty one. */
export async function readCheckpoint(source: string, lane: string, resources: Resources): Promise<Checkpoint> {
  const basic = await resources.read<Basic>('Basic', checkpointId(source, lane));
  return (basic && fromBasic(basic)) ?? { source, lane, counts: NOTHING, version: Number(basic?.meta?.versionId ?? 0) };
}
