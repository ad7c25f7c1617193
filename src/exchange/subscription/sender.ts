import type { Subscription } from 'fhir/r4.js';
import { backOff, OutboundFailed, OutboundRefused, retryAfter, type OutboundRequest } from '../../outbound/index.js';
import type { Asked } from './asked.js';
import { Outdated, type Attention } from './attention.js';
import { addressed } from './notification.js';
import type { ServingParts } from './parts.js';
import type { Progress } from './progress.js';
import { become } from './status.js';

/** The endpoint did not take it. */
class NotTaken extends Error {
  readonly retryAfterMs: number | undefined;
  constructor(message: string, retryAfterMs: number | undefined) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The endpoint wants nothing more (410). */
class Unwanted extends Error {}

/** Sends to the endpoint of one subscription, and waits between attempts that fail. */
export class Sender {
  readonly #parts: ServingParts;
  readonly #progress: Progress;
  readonly #attention: Attention;
  /** The request that is under way. */
  #sending: { readonly abort: AbortController; readonly ended: Promise<unknown> } | undefined;

  constructor(parts: ServingParts, progress: Progress, attention: Attention) {
    this.#parts = parts;
    this.#progress = progress;
    this.#attention = attention;
  }

  /** Breaks off what is under way; when this resolves, it is. */
  async cancel(): Promise<void> {
    this.#sending?.abort.abort();
    await this.#sending?.ended;
  }

  /** Sends till it is taken. @throws {Outdated} */
  async send(request: () => OutboundRequest, subscription: Subscription, asked: Asked): Promise<void> {
    while (!(await this.sendOnce(request(), subscription, asked)));
  }

  /** False: it was not taken, and the time to wait is over now. @throws {Outdated} */
  async sendOnce(request: OutboundRequest, subscription: Subscription, asked: Asked): Promise<boolean> {
    const { failing } = this.#progress.state;
    if (failing) await this.#attention.restUntil(failing.again);
    try {
      await this.#request(request, subscription, asked);
    } catch (error) {
      if (error instanceof Outdated) throw error;
      return this.#failed(error, subscription);
    }
    this.#progress.state = { ...this.#progress.state, sent: this.#parts.now().getTime(), failing: undefined };
    return true;
  }

  async #request(request: OutboundRequest, subscription: Subscription, { timeoutS }: Asked): Promise<void> {
    this.#attention.mustBeCurrent();
    const { outbound, secrets, now } = this.#parts;
    const abort = new AbortController();
    const whole = addressed(request, secrets.headersOf(subscription), secrets.signingSecretOf(subscription), now());
    const answer = outbound.send({ ...whole, signal: abort.signal, ...(timeoutS === undefined ? {} : { milliseconds: timeoutS * 1_000 }) });
    this.#sending = { abort, ended: answer.catch(() => undefined) };
    try {
      const { status, headers } = await answer.catch((error: unknown) => {
        this.#attention.mustBeCurrent();
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
    const { now, timing, random, resources } = this.#parts;
    if (!(error instanceof NotTaken || error instanceof Unwanted || error instanceof OutboundFailed || error instanceof OutboundRefused)) throw error;
    const time = now().getTime();
    const { failing } = this.#progress.state;
    const attempts = (failing?.attempts ?? 0) + 1;
    const since = failing?.since ?? time;
    const wait = (error instanceof NotTaken ? error.retryAfterMs : undefined) ?? backOff(attempts, random, timing.backOff);
    this.#progress.state = { ...this.#progress.state, failing: { since, attempts, again: time + wait, why: error.message } };
    await this.#progress.remember(true);
    if (error instanceof Unwanted || time - since >= timing.offAfterMs) {
      await become('off', subscription, resources, error.message);
      throw new Outdated();
    }
    if (attempts >= timing.attempts && subscription.status !== 'error') {
      await become('error', subscription, resources, error.message);
      throw new Outdated();
    }
    await this.#attention.restUntil(time + wait);
    return false;
  }
}
