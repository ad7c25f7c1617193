import type { Cursor, Journal, PlacedVersion, Stored } from '../../fhir/journal.js';
import { Outdated, type Attention } from './attention.js';
import type { ServingParts } from './parts.js';
import { dropState, readState, writeState, type Held, type State } from './state.js';

/** Versions read at once, to find where a subscription begins. */
const PAGE = 200;
/** A place is written down after so many events at the latest: as many may be told again after a crash. */
const UNWRITTEN_EVENTS = 50;

/**
 * How far one subscription is, in the hand of the process that serves it. What is told is remembered after it was told:
 * what a crash catches between is told again.
 */
export class Progress {
  readonly #id: string;
  readonly #parts: Pick<ServingParts, 'journal' | 'owner' | 'now' | 'timing'>;
  readonly #attention: Attention;
  /** As it was written last. */
  #held: Held | undefined;
  #state: State | undefined;
  #unwritten = 0;

  constructor(id: string, parts: Pick<ServingParts, 'journal' | 'owner' | 'now' | 'timing'>, attention: Attention) {
    this.#id = id;
    this.#parts = parts;
    this.#attention = attention;
  }

  /** As it is now. @throws {Outdated} while it is not in hand */
  get state(): State {
    if (!this.#state) throw new Outdated();
    return this.#state;
  }

  set state(state: State) {
    this.#state = state;
  }

  /** Takes it in hand, from where it was left or from the version that asks for it; false: another process has it. */
  async take(stored: Stored): Promise<boolean> {
    const { journal, owner, now } = this.#parts;
    const held = await readState(this.#id, journal);
    const lease = held?.state.lease;
    if (lease && journal.settlingMs > 0 && lease.owner !== owner && lease.until > now().getTime()) return false;
    this.#held = held;
    this.#state = held && !(await this.#wasDeleted(stored)) ? held.state : { ...(await this.#placeOf(stored)), events: 0 };
    await this.remember(true);
    return true;
  }

  /** The subscription has ended: nothing of it is left. */
  async drop(): Promise<void> {
    await dropState(this.#id, this.#parts.journal);
  }

  /** Lets go of it, written down as far as it could be. */
  async release(): Promise<void> {
    await this.remember().catch(() => undefined);
    this.#held = this.#state = undefined;
  }

  /** One that was deleted and made anew begins anew. */
  async #wasDeleted({ type, id, version }: Stored): Promise<boolean> {
    return version > 1 && ((await this.#parts.journal.readVersion(type, id, version - 1))?.deleted ?? false);
  }

  async #placeOf({ type, id, version, lastUpdated }: Stored): Promise<{ place: Cursor; at: number; from: number }> {
    const at = Date.parse(lastUpdated);
    for (let after: Cursor | undefined; ; ) {
      const page = await this.#parts.journal.log({ types: [type], since: at, count: PAGE, ...(after ? { after } : {}) });
      const own = page.versions.find((each) => each.id === id && each.version === version);
      if (own) return { place: own.place, at, from: at };
      if (!page.next) throw new Outdated();
      after = page.next;
    }
  }

  /** Where to read from: the last place, or, where others may still come to stand before it, so much earlier. */
  begin(): Pick<Parameters<Journal['log']>[0], 'after' | 'since'> {
    const { place, at, from } = this.state;
    const { settlingMs } = this.#parts.journal;
    return settlingMs === 0 ? { after: place } : { since: Math.max(from, at - settlingMs) };
  }

  /** Told in this subscription, or made before it. */
  wasTold(version: PlacedVersion): boolean {
    if (this.#parts.journal.settlingMs === 0) return false;
    const { told = {}, from } = this.state;
    return nameOf(version) in told || Date.parse(version.lastUpdated) < from;
  }

  /** It has come to a version that is none to tell. */
  pass(version: PlacedVersion): void {
    this.#move(version, false);
  }

  /** Versions were told. */
  async tell(versions: readonly PlacedVersion[]): Promise<void> {
    for (const version of versions) this.#move(version, true);
    this.#unwritten += versions.length;
    if (this.#unwritten >= UNWRITTEN_EVENTS) await this.remember();
  }

  #move({ place, lastUpdated, ...version }: PlacedVersion, told: boolean): void {
    const { state } = this;
    const { settlingMs } = this.#parts.journal;
    const at = Math.max(state.at, Date.parse(lastUpdated));
    const kept = settlingMs === 0 ? undefined : Object.fromEntries(Object.entries(state.told ?? {}).filter(([, made]) => made >= at - settlingMs));
    if (kept && told) kept[nameOf(version)] = Date.parse(lastUpdated);
    this.#state = { ...state, place, at, events: state.events + (told ? 1 : 0), ...(kept ? { told: kept } : {}) };
  }

  /** Writes down how far it has come, if there is anything new; on stores of several processes that it goes on here, too. @throws {Outdated} another one was faster */
  async remember(now = false): Promise<void> {
    const { journal, owner, timing } = this.#parts;
    if (!this.#state) return;
    const state: State = journal.settlingMs === 0 ? this.#state : { ...this.#state, lease: { owner, until: this.#parts.now().getTime() + (this.#attention.isStopped ? 0 : timing.leaseMs) } };
    if (!now && this.#held?.text === JSON.stringify(state)) return;
    const held = await writeState(this.#id, this.#held, state, journal);
    if (!held) {
      this.#state = undefined;
      throw new Outdated();
    }
    this.#held = held;
    this.#state = held.state;
    this.#unwritten = 0;
  }
}

const nameOf = ({ type, id, version }: Pick<Stored, 'type' | 'id' | 'version'>): string => `${type}/${id}/${version}`;
