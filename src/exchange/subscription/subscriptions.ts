import type { Subscription } from 'fhir/r4.js';
import type { ChangeResult } from '../../fhir/journal.js';
import { Delivery } from './delivery.js';
import { timingOf, type ServingParts, type SubscriptionParts } from './parts.js';
import { heldStates } from './state.js';

/** Those that are to be served; `error` is tried on. */
const SERVED = 'status=requested,active,error';

/** Serves all subscriptions, each by itself, so that a slow or broken endpoint keeps no other waiting. */
export class Subscriptions {
  readonly #parts: ServingParts;
  readonly #running = new Map<string, { readonly delivery: Delivery; readonly ended: Promise<void> }>();
  #started = false;
  #stopped = false;
  #wakeUp: () => void = () => undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(parts: SubscriptionParts) {
    this.#parts = { ...parts, timing: timingOf(parts), owner: parts.newId() };
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#watching = this.#watch();
  }

  /** To be told of each commit (`FhirParts.committed`): when this resolves, nothing is sent any more by what a Subscription was before it. */
  readonly committed = (results: readonly ChangeResult[]): Promise<void> | void => {
    if (!this.#started || this.#stopped) return undefined;
    const made = results.filter(({ outcome }) => outcome === 'created' || outcome === 'updated' || outcome === 'deleted');
    if (made.length === 0) return undefined;
    const types = new Set(made.map(({ type }) => type));
    for (const { delivery } of this.#running.values()) delivery.wake(types);
    if (!types.has('Subscription')) return undefined;
    return this.#changed(made.flatMap(({ type, id }) => (type === 'Subscription' && id !== undefined ? [id] : [])));
  };

  async #changed(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#running.get(id)?.delivery.renew()));
    for (const id of ids) this.#serve(id);
  }

  /** Ends what is under way, and sends nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp();
    await this.#watching;
    await Promise.all([...this.#running.values()].map(async ({ delivery, ended }) => {
      await delivery.stop();
      await ended;
    }));
  }

  #serve(id: string): void {
    if (this.#stopped || this.#running.has(id)) return;
    const delivery = new Delivery(id, this.#parts);
    const ended = delivery.run().then(() => {
      this.#running.delete(id);
      // It may have been asked for anew in the moment in which it ended.
      if (delivery.isOutdated) this.#serve(id);
    });
    this.#running.set(id, { delivery, ended });
  }

  /** Finds what was there before this process, and what others have made since; and what ended while nobody looked. */
  async #watch(): Promise<void> {
    const { journal, log, timing } = this.#parts;
    while (!this.#stopped) {
      try {
        for (const id of await this.#toServe()) this.#serve(id);
      } catch (error) {
        log({ level: 'error', event: 'subscriptions not found', error: error instanceof Error ? error.name : typeof error });
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, journal.settlingMs > 0 ? timing.pollMs : Math.max(timing.pollMs, 30_000));
        this.#wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        if (this.#stopped) this.#wakeUp();
      });
    }
  }

  async #toServe(): Promise<Set<string>> {
    const { resources, journal } = this.#parts;
    const ids = new Set(await heldStates(journal));
    for await (const page of resources.pages<Subscription>('Subscription', SERVED)) for (const { id = '' } of page) ids.add(id);
    return ids;
  }
}
