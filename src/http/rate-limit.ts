import type { IncomingMessage, ServerResponse } from 'node:http';
import { MemoryStore, type Options } from 'express-rate-limit';
import type { Caller } from '../fhir/access/caller.js';
import { FhirError } from '../fhir/outcome.js';

const WINDOW_MS = 60_000;

/** What a request left of its caller's quota: the headers that say so, and the refusal where there was nothing left. */
export interface Taken {
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: FhirError | undefined;
}

/**
 * How many requests a caller may make in a minute, said in the headers of draft-ietf-httpapi-ratelimit-headers. The
 * counting is express-rate-limit's; its middleware is not used, since the API is a plain listener.
 */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #counts = new MemoryStore();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#counts.init({ windowMs: WINDOW_MS } as Options);
  }

  /** Counts a request of a caller; one that asks for much at once, as so many. */
  async take(caller: string, count = 1): Promise<Taken> {
    let { totalHits, resetTime } = await this.#counts.increment(caller);
    for (let more = 1; more < count; more++) ({ totalHits, resetTime } = await this.#counts.increment(caller));
    const seconds = Math.max(1, Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1_000));
    const headers = {
      'RateLimit-Policy': `"requests";q=${this.#perMinute};w=${WINDOW_MS / 1_000}`,
      'RateLimit': `"requests";r=${Math.max(0, this.#perMinute - totalHits)};t=${seconds}`,
    };
    return { headers, refusal: totalHits > this.#perMinute ? tooMany(seconds) : undefined };
  }
}

/** Whose requests count together: those of a client and its user; where nobody is known, of an address. */
export const countedAs = (caller: Caller | undefined, { socket }: IncomingMessage): string =>
  caller ? `${caller.issuer} ${caller.subject} ${caller.clientId ?? ''}` : (socket.remoteAddress ?? '');

/**
 * Counts a request beside the FHIR API, as so many as `count` says, and says what is left; who is refused counts too, by the address.
 * @throws {FhirError} 429; else whatever `calling` is refused with
 */
export async function counted(request: IncomingMessage, response: ServerResponse, calling: Promise<Caller | undefined>, limiter: RateLimiter | undefined, count = 1): Promise<Caller | undefined> {
  const caller = await calling.catch(() => undefined);
  const taken = await limiter?.take(countedAs(caller, request), count);
  for (const [name, value] of Object.entries(taken?.headers ?? {})) response.setHeader(name, value);
  if (taken?.refusal) throw taken.refusal;
  return calling;
}

const tooMany = (seconds: number): FhirError =>
  new FhirError(429, { severity: 'error', code: 'throttled', text: 'These are more requests than one caller may make in a minute: wait as long as Retry-After says', id: 'rate-limit' }, { 'Retry-After': String(seconds) });
