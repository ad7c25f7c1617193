import type { Subscription } from 'fhir/r4.js';
import type { Cursor, Journal, PlacedVersion, Stored } from '../../fhir/journal.js';
import { APART } from '../../fhir/audit/apart.js';
import { FhirError } from '../../fhir/outcome.js';
import { parsed } from '../../fhir/repository.js';
import { backOff, OutboundFailed, OutboundRefused, retryAfter, type OutboundRequest } from '../../outbound/index.js';
import { readSubscription, type Asked } from './asked.js';
import { addressed, greeting, notification, type Letter, type NumberedEvent } from './notification.js';
import type { SubscriptionParts, Timing } from './parts.js';
import { dropState, readState, writeState, type Held, type State } from './state.js';

/** Versions read at once. */
const PAGE = 200;
/** A place is written down after so many events at the latest: as many may be told again after a crash. */
const UNWRITTEN_EVENTS = 50;

/** After a failure of ours, such as a store that is busy. */
const INTERRUPTED_MS = 1_000;

/** The subscription is not what it was when this was begun: it is read again. */
class Outdated extends Error {}

/** The endpoint wants nothing more (410). */
class Unwanted extends Error {}

/**
 * Serves one subscription: reads the log of versions from where it was, tells of what it asks for, one notification after
 * another, and goes on only when that was taken (2xx). So each event is told at least once, in the order in which the
 * versions were made. What is told is remembered after it was told: what a crash catches between is told again.
 */
export class Delivery {
  readonly id: string;
  readonly #parts: SubscriptionParts & { readonly timing: Timing; readonly owner: string };
  #stopped = false;
  #outdated = false;
  #woken = false;
  #wakeUp: () => void = () => undefined;
  /** The request that is under way. */
  #sending: { readonly abort: AbortController; readonly ended: Promise<unknown> } | undefined;
  #held: Held | undefined;
  /** The state as it is now; what is held is what was written last. */
  #state: State | undefined;
  #unwritten = 0;
  /** The types of resource that it is about. */
  #types: readonly string[] = [];
  /** What whoever asked for it may see. */
  #seen: Pick<Journal, 'log' | 'readVersion'>;

  constructor(id: string, parts: SubscriptionParts & { readonly timing: Timing; readonly owner: string }) {
    this.id = id;
    this.#parts = parts;
    this.#seen = parts.journal;
  }

  /** The subscription has changed since it was read here. */
  get isOutdated(): boolean {
    return this.#outdated && !this.#stopped;
  }

  /** Something of these types was committed. */
  wake(types: ReadonlySet<string>): void {
    if (this.#types.some((type) => types.has(type))) this.#look();
  }

  /** The subscription has changed: when this resolves, nothing more is sent by what it was. */
  async renew(): Promise<void> {
    this.#outdated = true;
    this.#look();
    this.#sending?.abort.abort();
    await this.#sending?.ended;
  }

  /** Ends it; what was told is remembered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.renew();
  }

  #look(): void {
    this.#woken = true;
    this.#wakeUp();
  }

  /** Until the subscription has ended, is off, or is stopped here. Never rejects. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#outdated = false;
      try {
        if (!(await this.#serve())) return;
      } catch (error) {
        if (error instanceof Outdated || this.#stopped) continue;
        this.#parts.log({ level: 'error', event: 'subscription interrupted', error: error instanceof Error ? error.name : typeof error });
        await this.#rest(INTERRUPTED_MS);
      } finally {
        await this.#remember().catch(() => undefined);
        this.#held = this.#state = undefined;
      }
    }
  }

  /** False: there is nothing more to do. */
  async #serve(): Promise<boolean> {
    const { journal, search, now } = this.#parts;
    const stored = await journal.read('Subscription', this.id);
    if (!stored || stored.deleted) {
      await dropState(this.id, journal);
      return false;
    }
    const subscription = parsed(stored.body) as Subscription;
    if (subscription.status === 'off') {
      await dropState(this.id, journal);
      return false;
    }
    if (subscription.end !== undefined && Date.parse(subscription.end) <= now().getTime()) return this.#become('off', subscription);
    let asked: Asked;
    try {
      asked = readSubscription(subscription, search);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      if (subscription.status === 'error') return false;
      return this.#become('error', subscription, 'It can no longer be served as it is: send it again');
    }
    if (!(await this.#hold(stored))) {
      await this.#rest(this.#parts.timing.pollMs);
      return true;
    }
    this.#types = asked.types;
    this.#seen = this.#parts.journalOf(this.#parts.secrets.callerOf(subscription));
    if (asked.topic && (subscription.status === 'requested' || !this.#current.greeted)) {
      if (!(await this.#sent(greeting('handshake', this.#letter(subscription, asked)), subscription, asked))) return true;
      this.#state = { ...this.#current, greeted: true };
      await this.#remember();
      if (subscription.status !== 'active') return this.#become('active', subscription);
    }
    if (subscription.status === 'requested') return this.#become('active', subscription);
    await this.#tell(subscription, asked);
    return true;
  }

  /** Takes the state in hand, from where it was left or from the version that asks for it; false: another process has it. */
  async #hold(stored: Stored): Promise<boolean> {
    const { journal, owner, now } = this.#parts;
    const held = await readState(this.id, journal);
    const lease = held?.state.lease;
    if (lease && journal.settlingMs > 0 && lease.owner !== owner && lease.until > now().getTime()) return false;
    this.#held = held;
    this.#state = held && !(await this.#wasDeleted(stored)) ? held.state : { ...(await this.#placeOf(stored)), events: 0 };
    await this.#remember(true);
    return true;
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

  /** Tells what there is to tell, and waits for more, until the subscription changes. */
  async #tell(subscription: Subscription, asked: Asked): Promise<void> {
    for (;;) {
      this.#woken = false;
      for (let after = this.#begin(); ; ) {
        const page = await this.#seen.log({ types: asked.types, count: PAGE, ...after });
        await this.#tellPage(page.versions, subscription, asked);
        if (!page.next) break;
        after = { after: page.next };
      }
      await this.#remember();
      this.#mustBeCurrent();
      const waitMs = await this.#beat(subscription, asked);
      if (!this.#woken) await this.#rest(waitMs);
      this.#mustBeCurrent();
      if (subscription.end !== undefined && Date.parse(subscription.end) <= this.#parts.now().getTime()) return;
    }
  }

  /** Where to read from: the last place, or, where others may still come to stand before it, so much earlier. */
  #begin(): { readonly after: Cursor } | { readonly since: number } {
    const { place, at, from } = this.#current;
    const { settlingMs } = this.#parts.journal;
    return settlingMs === 0 ? { after: place } : { since: Math.max(from, at - settlingMs) };
  }

  async #tellPage(versions: readonly PlacedVersion[], subscription: Subscription, asked: Asked): Promise<void> {
    let letter: PlacedVersion[] = [];
    for (const version of versions) {
      this.#mustBeCurrent();
      if (this.#wasTold(version)) continue;
      const before = (): Promise<Stored | undefined> => this.#seen.readVersion(version.type, version.id, version.version - 1);
      if (await asked.isTold(version, before)) letter.push(version);
      else if (letter.length === 0) this.#move(version, false);
      if (letter.length === asked.maxCount) {
        await this.#deliver(letter, subscription, asked);
        letter = [];
      }
    }
    if (letter.length > 0) await this.#deliver(letter, subscription, asked);
    const last = versions.at(-1);
    if (last) this.#move(last, false);
  }

  /** Told in this subscription, or made before it. */
  #wasTold(version: PlacedVersion): boolean {
    if (this.#parts.journal.settlingMs === 0) return false;
    const { told = {}, from } = this.#current;
    return nameOf(version) in told || Date.parse(version.lastUpdated) < from;
  }

  async #deliver(versions: readonly PlacedVersion[], subscription: Subscription, asked: Asked): Promise<void> {
    const events = versions.map((version, i): NumberedEvent => ({ version, number: this.#current.events + i + 1 }));
    while (!(await this.#sent(notification(events, this.#letter(subscription, asked)), subscription, asked)));
    await this.#disclosed(versions, asked);
    for (const version of versions) this.#move(version, true);
    this.#unwritten += versions.length;
    if (this.#unwritten >= UNWRITTEN_EVENTS) await this.#remember();
    await this.#recover(subscription);
  }

  /** The record of what was told. Of AuditEvents none is kept: each would be told in turn. */
  async #disclosed(versions: readonly PlacedVersion[], { content, endpoint }: Asked): Promise<void> {
    if (content === 'empty') return;
    const { origin, pathname } = new URL(endpoint);
    const resources = new Set(versions.filter(({ type }) => !APART.includes(type)).map(({ type, id }) => `${type}/${id}`));
    if (resources.size > 0) await this.#parts.disclosed([...resources], `${origin}${pathname}`);
  }

  /** What could not be reached has taken something: it is active again. */
  async #recover(subscription: Subscription): Promise<void> {
    if (subscription.status !== 'error') return;
    await this.#remember();
    await this.#become('active', subscription);
    throw new Outdated();
  }

  /** It has come to a version, which was told or is none to tell. */
  #move({ place, lastUpdated, ...version }: PlacedVersion, told: boolean): void {
    const state = this.#current;
    const { settlingMs } = this.#parts.journal;
    const at = Math.max(state.at, Date.parse(lastUpdated));
    const kept = settlingMs === 0 ? undefined : Object.fromEntries(Object.entries(state.told ?? {}).filter(([, made]) => made >= at - settlingMs));
    if (kept && told) kept[nameOf(version)] = Date.parse(lastUpdated);
    this.#state = { ...state, place, at, events: state.events + (told ? 1 : 0), ...(kept ? { told: kept } : {}) };
  }

  /** Sends once. False: it was not taken, and the time to wait is over now. @throws {Outdated} */
  async #sent(request: OutboundRequest, subscription: Subscription, asked: Asked): Promise<boolean> {
    const { now } = this.#parts;
    const { failing } = this.#current;
    if (failing) await this.#restUntil(failing.again);
    try {
      await this.#send(request, subscription, asked);
    } catch (error) {
      if (error instanceof Outdated) throw error;
      return this.#failed(error, subscription);
    }
    this.#state = { ...this.#current, sent: now().getTime(), failing: undefined };
    return true;
  }

  async #send(request: OutboundRequest, subscription: Subscription, { timeoutS }: Asked): Promise<void> {
    this.#mustBeCurrent();
    const { outbound, secrets, now } = this.#parts;
    const abort = new AbortController();
    const whole = addressed(request, secrets.headersOf(subscription), secrets.signingSecretOf(subscription), now());
    const answer = outbound.send({ ...whole, signal: abort.signal, ...(timeoutS === undefined ? {} : { milliseconds: timeoutS * 1_000 }) });
    this.#sending = { abort, ended: answer.catch(() => undefined) };
    try {
      const { status, headers } = await answer.catch((error: unknown) => {
        this.#mustBeCurrent();
        throw error;
      });
      if (status === 410) throw new Unwanted('The endpoint wants nothing more: it answered 410');
      if (status < 200 || status > 299) throw new NotTaken(`The endpoint answered ${status}`, retryAfter(headers));
    } finally {
      this.#sending = undefined;
    }
  }

  /** Says when it is tried again, and what has become of the subscription. */
  async #failed(error: unknown, subscription: Subscription): Promise<false> {
    const { now, timing, random } = this.#parts;
    if (!(error instanceof NotTaken || error instanceof Unwanted || error instanceof OutboundFailed || error instanceof OutboundRefused)) throw error;
    const time = now().getTime();
    const { failing } = this.#current;
    const attempts = (failing?.attempts ?? 0) + 1;
    const since = failing?.since ?? time;
    const wait = (error instanceof NotTaken ? error.retryAfterMs : undefined) ?? backOff(attempts, random, timing.backOff);
    this.#state = { ...this.#current, failing: { since, attempts, again: time + wait, why: error.message } };
    await this.#remember(true);
    if (error instanceof Unwanted || time - since >= timing.offAfterMs) {
      await this.#become('off', subscription, error.message);
      throw new Outdated();
    }
    if (attempts >= timing.attempts && subscription.status !== 'error') {
      await this.#become('error', subscription, error.message);
      throw new Outdated();
    }
    await this.#restUntil(time + wait);
    return false;
  }

  /** Sends a heartbeat where one is due; answers how long there is nothing to do, milliseconds. */
  async #beat(subscription: Subscription, asked: Asked): Promise<number> {
    const { now, timing } = this.#parts;
    if (asked.heartbeatS === undefined) return timing.pollMs;
    const due = (): number => (this.#current.sent ?? this.#current.from) + (asked.heartbeatS ?? 0) * 1_000;
    if (due() <= now().getTime()) {
      while (!(await this.#sent(greeting('heartbeat', this.#letter(subscription, asked)), subscription, asked)));
      await this.#recover(subscription);
    }
    return Math.min(timing.pollMs, Math.max(0, due() - now().getTime()));
  }

  /** Writes a new status; whoever changed the subscription meanwhile is heard first. */
  async #become(status: Subscription['status'], subscription: Subscription, error?: string): Promise<true> {
    const put = { ...subscription, status, error } as Subscription;
    try {
      await this.#parts.resources.commit([{ put, expectVersion: Number(subscription.meta?.versionId) }]);
    } catch (refused) {
      if (!(refused instanceof FhirError) || refused.status !== 412) throw refused;
    }
    return true;
  }

  /** Writes down how far it has come, if there is anything new; on stores of several processes that it goes on here, too. */
  async #remember(now = false): Promise<void> {
    const { journal, owner, timing } = this.#parts;
    if (!this.#state) return;
    const state: State = journal.settlingMs === 0 ? this.#state : { ...this.#state, lease: { owner, until: this.#parts.now().getTime() + (this.#stopped ? 0 : timing.leaseMs) } };
    if (!now && this.#held?.text === JSON.stringify(state)) return;
    const held = await writeState(this.id, this.#held, state, journal);
    if (!held) {
      this.#state = undefined;
      throw new Outdated();
    }
    this.#held = held;
    this.#state = held.state;
    this.#unwritten = 0;
  }

  #letter({ status }: Subscription, asked: Asked): Letter {
    const { baseUrl, newId, now } = this.#parts;
    return { subscription: { id: this.id, status, topic: asked.topic?.url, events: this.#current.events }, asked, baseUrl, newId, now: now() };
  }

  get #current(): State {
    if (!this.#state) throw new Outdated();
    return this.#state;
  }

  #mustBeCurrent(): void {
    if (this.#outdated || this.#stopped) throw new Outdated();
  }

  /** Waits till then, whatever is committed meanwhile; only a change of the subscription itself is sooner. */
  async #restUntil(time: number): Promise<void> {
    for (let left = time - this.#parts.now().getTime(); left > 0; left = time - this.#parts.now().getTime()) {
      await this.#rest(left);
      this.#mustBeCurrent();
    }
  }

  async #rest(forMs: number): Promise<void> {
    if (this.#outdated || this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(forMs, 2 ** 31 - 1));
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The endpoint did not take it. */
class NotTaken extends Error {
  readonly retryAfterMs: number | undefined;
  constructor(message: string, retryAfterMs: number | undefined) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

const nameOf = ({ type, id, version }: Pick<Stored, 'type' | 'id' | 'version'>): string => `${type}/${id}/${version}`;
