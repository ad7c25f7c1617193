import type { Subscription } from 'fhir/r4.js';
import type { Journal, PlacedVersion, Stored } from '../../fhir/journal.js';
import { APART } from '../../fhir/audit/apart.js';
import { FhirError } from '../../fhir/outcome.js';
import { parsed } from '../../fhir/repository.js';
import { readSubscription, type Asked } from './asked.js';
import { Attention, Outdated } from './attention.js';
import { greeting, notification, type Letter, type NumberedEvent } from './notification.js';
import type { ServingParts } from './parts.js';
import { Progress } from './progress.js';
import { Sender } from './sender.js';
import { endingOf } from './ending.js';
import { become } from './status.js';

/** Versions read at once. */
const PAGE = 200;

/** After a failure of ours, such as a store that is busy. */
const INTERRUPTED_MS = 1_000;

/**
 * Serves one subscription: reads the log of versions from where it was, tells of what it asks for, one notification after
 * another, and goes on only when that was taken (2xx). So each event is told at least once, in the order in which the
 * versions were made.
 */
export class Delivery {
  readonly id: string;
  readonly #parts: ServingParts;
  readonly #attention: Attention;
  readonly #progress: Progress;
  readonly #sender: Sender;
  /** The types of resource that it is about. */
  #types: readonly string[] = [];
  /** What whoever asked for it may see. */
  #seen: Pick<Journal, 'log' | 'readVersion'>;

  constructor(id: string, parts: ServingParts) {
    this.id = id;
    this.#parts = parts;
    this.#seen = parts.journal;
    this.#attention = new Attention(parts.now);
    this.#progress = new Progress(id, parts, this.#attention);
    this.#sender = new Sender(parts, this.#progress, this.#attention);
  }

  /** The subscription has changed since it was read here. */
  get isOutdated(): boolean {
    return this.#attention.isOutdated;
  }

  /** Something of these types was committed. */
  wake(types: ReadonlySet<string>): void {
    if (this.#types.some((type) => types.has(type))) this.#attention.wake();
  }

  /** The subscription has changed: when this resolves, nothing more is sent by what it was. */
  async renew(): Promise<void> {
    this.#attention.outdate();
    await this.#sender.cancel();
  }

  /** Ends it; what was told is remembered. */
  async stop(): Promise<void> {
    this.#attention.stop();
    await this.#sender.cancel();
  }

  /** Until the subscription has ended, is off, or is stopped here. Never rejects. */
  async run(): Promise<void> {
    while (!this.#attention.isStopped) {
      this.#attention.begin();
      try {
        if (!(await this.#serve())) return;
      } catch (error) {
        if (error instanceof Outdated || this.#attention.isStopped) continue;
        this.#parts.log({ level: 'error', event: 'subscription interrupted', error: error instanceof Error ? error.name : typeof error });
        await this.#attention.rest(INTERRUPTED_MS);
      } finally {
        await this.#progress.release();
      }
    }
  }

  /** False: there is nothing more to do. */
  async #serve(): Promise<boolean> {
    const { journal, search, resources, secrets, timing } = this.#parts;
    const stored = await journal.read('Subscription', this.id);
    const subscription = stored && !stored.deleted ? (parsed(stored.body) as Subscription) : undefined;
    if (!stored || !subscription || subscription.status === 'off') {
      await this.#progress.drop();
      return false;
    }
    const caller = secrets.callerOf(subscription);
    const ending = endingOf(subscription, caller, this.#parts.trusts);
    this.#attention.endAt(ending.at);
    if (this.#attention.isOver) return become('off', subscription, resources, ending.why);
    let asked: Asked;
    try {
      asked = readSubscription(subscription, search);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      return subscription.status !== 'error' && become('error', subscription, resources, 'It can no longer be served as it is: send it again');
    }
    if (!(await this.#progress.take(stored))) {
      await this.#attention.rest(timing.pollMs);
      return true;
    }
    this.#types = asked.types;
    this.#seen = this.#parts.journalOf(caller);
    return this.#serveAsked(subscription, asked);
  }

  async #serveAsked(subscription: Subscription, asked: Asked): Promise<true> {
    const { resources } = this.#parts;
    if (asked.topic && (subscription.status === 'requested' || !this.#progress.state.greeted)) {
      if (!(await this.#sender.sendOnce(greeting('handshake', this.#letter(subscription, asked)), subscription, asked))) return true;
      this.#progress.state = { ...this.#progress.state, greeted: true };
      await this.#progress.remember();
      if (subscription.status !== 'active') return become('active', subscription, resources);
    }
    if (subscription.status === 'requested') return become('active', subscription, resources);
    await this.#tell(subscription, asked);
    return true;
  }

  /** Tells what there is to tell, and waits for more, until the subscription changes. */
  async #tell(subscription: Subscription, asked: Asked): Promise<void> {
    while (!this.#attention.isOver) {
      this.#attention.look();
      for (let after = this.#progress.begin(); ; ) {
        const page = await this.#seen.log({ types: asked.types, count: PAGE, ...after });
        await this.#tellPage(page.versions, subscription, asked);
        if (!page.next) break;
        after = { after: page.next };
      }
      await this.#progress.remember();
      this.#attention.mustBeCurrent();
      await this.#attention.restAfterLook(await this.#beat(subscription, asked));
      this.#attention.mustBeCurrent();
    }
  }

  async #tellPage(versions: readonly PlacedVersion[], subscription: Subscription, asked: Asked): Promise<void> {
    let letter: PlacedVersion[] = [];
    for (const version of versions) {
      this.#attention.mustBeCurrent();
      if (this.#progress.wasTold(version)) continue;
      const before = (): Promise<Stored | undefined> => this.#seen.readVersion(version.type, version.id, version.version - 1);
      if (await asked.isTold(version, before)) letter.push(version);
      else if (letter.length === 0) this.#progress.pass(version);
      if (letter.length === asked.maxCount) {
        await this.#deliver(letter, subscription, asked);
        letter = [];
      }
    }
    if (letter.length > 0) await this.#deliver(letter, subscription, asked);
    const last = versions.at(-1);
    if (last) this.#progress.pass(last);
  }

  async #deliver(versions: readonly PlacedVersion[], subscription: Subscription, asked: Asked): Promise<void> {
    const events = versions.map((version, i): NumberedEvent => ({ version, number: this.#progress.state.events + i + 1 }));
    await this.#sender.send(() => notification(events, this.#letter(subscription, asked)), subscription, asked);
    await this.#disclosed(versions, asked);
    await this.#progress.tell(versions);
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
    await this.#progress.remember();
    await become('active', subscription, this.#parts.resources);
    throw new Outdated();
  }

  /** Sends a heartbeat where one is due; answers how long there is nothing to do, milliseconds. */
  async #beat(subscription: Subscription, asked: Asked): Promise<number> {
    const { now, timing } = this.#parts;
    const { heartbeatS } = asked;
    if (heartbeatS === undefined) return timing.pollMs;
    const due = (): number => (this.#progress.state.sent ?? this.#progress.state.from) + heartbeatS * 1_000;
    if (due() <= now().getTime()) {
      await this.#sender.send(() => greeting('heartbeat', this.#letter(subscription, asked)), subscription, asked);
      await this.#recover(subscription);
    }
    return Math.min(timing.pollMs, Math.max(0, due() - now().getTime()));
  }

  #letter({ status }: Subscription, asked: Asked): Letter {
    const { baseUrl, newId, now } = this.#parts;
    return { subscription: { id: this.id, status, topic: asked.topic?.url, events: this.#progress.state.events }, asked, baseUrl, newId, now: now() };
  }
}
