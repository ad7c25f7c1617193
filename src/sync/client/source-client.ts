import type { Bundle, CapabilityStatement, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { Client, RESPONSE_KEY, type OpPatch, type RequestOptions } from 'fhir-kit-client';
import { stringifyExact } from '../../fhir/json/exact.js';
import { backOff, BACK_OFF, isTransient, OutboundFailed, OutboundRefused, retryAfter, type BackOff, type Outbound, type OutboundAnswer, type OutboundRequest, type OutboundStream } from '../../outbound/index.js';
import { TokenError, type AccessToken, type TokenCache, type TokenRequest } from '../../smart/backend/index.js';
import { remoteTarget, type Address } from '../identity.js';
import { SourceError } from './error.js';
import type { Pace } from './pace.js';
import { resourceIn } from './readable.js';

/** What a source answered. */
export interface SourceAnswer<T extends FhirResource> {
  readonly resource: T;
  /** Where it stands: what it links to counts from there. */
  readonly url: string;
  /** The source's own clock, as it stood when it answered (`Date`). */
  readonly date: Date | undefined;
  readonly etag: string | undefined;
}

export interface SourceClientParts {
  /** The FHIR base, without a slash at the end. */
  readonly base: string;
  /** Other names of the same server, as whoever keeps the source has stated them: pages may lie there. Default: none. */
  readonly pageOrigins?: readonly string[];
  readonly outbound: Outbound;
  /** Undefined: it asks for no token. */
  readonly access?: { readonly tokens: TokenCache; readonly request: TokenRequest } | undefined;
  readonly pace: Pace;
  /** How often something is tried altogether. */
  readonly attempts?: number;
  readonly waits?: BackOff;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Told of every answer that may hold somebody's data, whatever its status. */
  readonly onAccess?: ((access: Access) => Promise<void> | undefined) | undefined;
  /** Told of what the source does not give. */
  readonly onMissingScopes?: (scopes: readonly string[]) => void;
}

/** One look at a source, or one change of it. */
export interface Access {
  readonly interaction: 'read' | 'search-type' | 'update' | 'patch' | 'export';
  readonly url: string;
  readonly status: number;
}

const FHIR_JSON = 'application/fhir+json';
/** A wait that is longer than this is the scheduler's business, and not held open. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * A FHIR server as a client sees it. The requests are fhir-kit-client's; how they are sent is ours, since its own way
 * (fetch) follows redirects with the token, connects to whatever a name resolves to, and forgets the digits of numbers.
 * Our token goes to the source's own address and nowhere else: what a source answers never widens that (RFC 6750 §5.3).
 * Its settings may (`pageOrigins`), for pages alone. Such an origin is another name of the same server, e.g. of one node
 * behind a gateway whose links name the node: a page is a request to its API, and would be refused without the token
 * there too. Origins are compared whole (RFC 6454 §4), and the outbound rules, https among them, hold for each.
 */
export class SourceClient {
  readonly #parts: SourceClientParts;
  readonly #kit: Client;
  readonly #origin: string;
  #said = '';

  constructor(parts: SourceClientParts) {
    this.#parts = parts;
    this.#origin = new URL(parts.base).origin;
    this.#kit = new Client({ baseUrl: parts.base });
    this.#kit.httpClient.request = (method, url, options, body) => this.#fhir(method, this.#kit.httpClient.expandUrl(url), options, body);
  }

  get base(): string {
    return this.#parts.base;
  }

  capabilities = async (): Promise<SourceAnswer<CapabilityStatement>> => answerOf(await this.#kit.capabilityStatement());
  search = async (type: string, searchParams: Readonly<Record<string, string>>): Promise<SourceAnswer<Bundle>> => answerOf(await this.#kit.search({ resourceType: type, searchParams: { ...searchParams } }));
  read = async <T extends FhirResource>(type: string, id: string): Promise<SourceAnswer<T>> => answerOf(await this.#kit.read({ resourceType: type, id }));
  patch = async <T extends FhirResource>(type: string, id: string, jsonPatch: OpPatch[], headers: Readonly<Record<string, string>>): Promise<SourceAnswer<T>> => answerOf(await this.#kit.patch({ resourceType: type, id, jsonPatch, options: { headers: { ...headers } } }));
  update = async <T extends FhirResource>(resource: T, headers: Readonly<Record<string, string>>): Promise<SourceAnswer<T>> => answerOf(await this.#kit.update({ resourceType: resource.resourceType, id: resource.id ?? '', body: resource as never, options: { headers: { ...headers } } }));

  /** A page by its address. @throws {SourceError} `foreign` where it is neither the source's own nor of a name that its settings give it. */
  async page(url: string): Promise<SourceAnswer<Bundle>> {
    this.#mustBePage(url);
    return answerOf(await this.#kit.request(url));
  }

  /** Whether our token may go there. */
  isOwn(url: string): boolean {
    return URL.canParse(url) && new URL(url).origin === this.#origin;
  }

  /** Any request of the source's, e.g. to a status page of an export: what came, if it was not refused. */
  async ask(request: OutboundRequest): Promise<OutboundAnswer> {
    this.#mustBeOwn(request.url);
    return this.#tried((headers) => this.#parts.outbound.send({ ...request, headers: { ...request.headers, ...headers } }));
  }

  /** A file as it comes. `withToken` only to the source's own address; a file without it may lie anywhere that may be called. */
  async file(url: string, withToken: boolean): Promise<OutboundStream> {
    if (withToken) this.#mustBeOwn(url);
    const open = (headers: Readonly<Record<string, string>>): Promise<OutboundStream> =>
      this.#parts.outbound.open({ method: 'GET', url, headers: { Accept: 'application/fhir+ndjson', 'Accept-Encoding': 'gzip, identity', ...(withToken ? headers : {}) } });
    const stream = await this.#tried(open, (answer) => void answer.body.destroy());
    await this.#parts.onAccess?.({ interaction: 'export', url, status: stream.status });
    return stream;
  }

  #mustBeOwn(url: string): void {
    if (!this.isOwn(url)) throw new SourceError('foreign', 'The source points to another host: it was not followed');
  }

  #mustBePage(url: string): void {
    if (!URL.canParse(url) || !this.#parts.pageOrigins?.includes(new URL(url).origin)) this.#mustBeOwn(url);
  }

  /** What is read or written is below the base, whose address the library makes; only a page may have another name. */
  async #fhir(method: string, url: string, options: RequestOptions = {}, body?: unknown): Promise<never> {
    if (method === 'GET') this.#mustBePage(url);
    else this.#mustBeOwn(url);
    const content = body === undefined ? {} : { body: Buffer.from(typeof body === 'string' ? body : stringifyExact(body)) };
    const given = { Accept: FHIR_JSON, ...options.headers };
    const told = async (sending: Promise<OutboundAnswer>): Promise<OutboundAnswer> => {
      const answer = await sending;
      const interaction = interactionOf(method, url, this.#parts);
      if (interaction) await this.#parts.onAccess?.({ interaction, url, status: answer.status });
      return answer;
    };
    const answer = await this.#tried((headers) => told(this.#parts.outbound.send({ method: method as OutboundRequest['method'], url, headers: { ...given, ...headers }, ...content })), undefined, method === 'GET');
    const resource = resourceIn(answer.body);
    if (!resource) throw new SourceError('unreadable', 'The source answered what is no FHIR resource', { status: answer.status });
    Object.defineProperty(resource, RESPONSE_KEY, { enumerable: false, value: { ...answer, url } });
    return resource as never;
  }

  /** Sends until it goes well, or is of no use: with a new token once, and after a wait where it may go well later. */
  async #tried<A extends Pick<OutboundAnswer, 'status' | 'headers'> & { readonly body: unknown }>(send: (headers: Readonly<Record<string, string>>) => Promise<A>, discard: (answer: A) => void = () => undefined, mayRepeat = true): Promise<A> {
    const { pace, attempts = 5, waits = BACK_OFF, random, sleep } = this.#parts;
    let isRenewed = false;
    for (let attempt = 1; ; attempt++) {
      if (pace.closedFor > 0) throw new SourceError('unreachable', 'The source failed many times in a row and is left alone for a while', { afterMs: pace.closedFor });
      const tried = await this.#once(send);
      if ('answer' in tried && tried.answer.status >= 200 && tried.answer.status < 300) return tried.answer;
      const failure = 'answer' in tried ? failureOf(tried.answer, this.#parts) : tried.error;
      if ('answer' in tried) discard(tried.answer);
      const status = 'answer' in tried ? tried.answer.status : undefined;
      if (status === 401 && !isRenewed && tried.token !== undefined) {
        isRenewed = true;
        attempt--;
        this.#parts.access?.tokens.drop(this.#parts.access.request, tried.token);
        continue;
      }
      const pause = failure.afterMs ?? backOff(attempt, random, waits);
      if (failure.failure !== 'unreachable' || attempt >= attempts || pause > LONGEST_PAUSE_MS || !(mayRepeat || status === 429)) throw failure;
      await sleep(pause);
    }
  }

  async #once<A extends Pick<OutboundAnswer, 'status'>>(send: (headers: Readonly<Record<string, string>>) => Promise<A>): Promise<{ readonly answer: A; readonly token: AccessToken | undefined } | { readonly error: SourceError; readonly token: AccessToken | undefined }> {
    const { access, pace } = this.#parts;
    return pace.run(async () => {
      const began = performance.now();
      let token: AccessToken | undefined;
      try {
        token = await access?.tokens.get(access.request);
        this.#tell(token);
        const answer = await send(token ? { Authorization: `Bearer ${token.value}` } : {});
        pace.note(answer.status === 429 || answer.status === 503 ? 'too-much' : answer.status >= 500 ? 'failed' : 'good', performance.now() - began);
        return { answer, token };
      } catch (error) {
        const failure = transportFailure(error);
        if (failure.failure === 'unreachable') pace.note('failed', performance.now() - began);
        return { error: failure, token };
      }
    });
  }

  #tell(token: AccessToken | undefined): void {
    const missing = token?.missing.join(' ') ?? '';
    if (missing !== this.#said && missing !== '') this.#parts.onMissingScopes?.(token?.missing ?? []);
    this.#said = missing;
  }
}

/** Undefined: what says nothing of anybody. */
function interactionOf(method: string, url: string, address: Address): Access['interaction'] | undefined {
  if (method !== 'GET') return method === 'PATCH' ? 'patch' : 'update';
  if (url === `${address.base}/metadata`) return undefined;
  return remoteTarget(address, url) ? 'read' : 'search-type';
}

function answerOf<T extends FhirResource>(given: object): SourceAnswer<T> {
  const { headers, url } = (given as { [RESPONSE_KEY]: OutboundAnswer & { readonly url: string } })[RESPONSE_KEY];
  const date = new Date(headers.date ?? '');
  return { resource: given as T, url, date: Number.isNaN(date.getTime()) ? undefined : date, etag: headers.etag };
}

/** @throws whatever is a defect of ours */
function transportFailure(error: unknown): SourceError {
  if (error instanceof OutboundRefused) return new SourceError('foreign', error.message);
  if (error instanceof OutboundFailed) return new SourceError(error.reason === 'too-large' ? 'unreadable' : 'unreachable', error.message);
  if (!(error instanceof TokenError)) throw error;
  const headers = error.headers as Record<string, string | undefined>;
  return new SourceError(error.reason === 'later' ? 'unreachable' : 'unauthorized', error.message, { status: error.status, afterMs: retryAfter(headers) });
}

function failureOf({ status, headers, body }: Pick<OutboundAnswer, 'status' | 'headers'> & { readonly body: unknown }, address: Address): SourceError {
  const outcome = body instanceof Uint8Array ? (resourceIn(body) as OperationOutcome | undefined) : undefined;
  const more = { status, afterMs: retryAfter(headers), outcome: outcome?.resourceType === 'OperationOutcome' ? outcome : undefined };
  if (status === 401) return new SourceError('unauthorized', 'The source does not take our token', more);
  if (isTransient(status)) return new SourceError('unreachable', `The source answered ${status}`, more);
  const successor = status >= 300 && status < 400 ? successorIn(headers.location, address) : undefined;
  if (successor !== undefined) return new SourceError('refused', 'The source has merged this into another', { ...more, successor });
  if (status >= 300 && status < 400) return new SourceError('foreign', 'The source redirects: that is not followed', more);
  return new SourceError('refused', `The source answered ${status}`, more);
}

/** `Type/id` of a resource of the same source, where it redirects to one (Epic 4107: a merged patient). */
function successorIn(location: string | undefined, address: Address): string | undefined {
  if (location === undefined || !URL.canParse(location, `${address.base}/`)) return undefined;
  const target = remoteTarget(address, new URL(location, `${address.base}/`).toString());
  return target && `${target.type}/${target.id}`;
}
