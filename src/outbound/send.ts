import { lookup as resolve, type LookupAddress } from 'node:dns';
import { Agent as PlainAgent, request as plainRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { OutboundPolicy, OutboundRefused, type OutboundRules } from './policy.js';

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For this request instead of the limit of all. */
  readonly milliseconds?: number;
  /** Breaks it off; the other side may have had it all the same. */
  readonly signal?: AbortSignal;
}

/** What came back, whatever its status; a redirect is an answer like any other and is not followed. */
export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/**
 * One HTTP exchange with another machine.
 * @throws {OutboundRefused} where the rules do not allow it; nothing was sent.
 * @throws {OutboundFailed} where no whole answer came.
 */
export type Send = (request: OutboundRequest) => Promise<OutboundAnswer>;

/** What came back, its body as it comes: for what may be larger than memory. Whoever does not read to its end destroys it. */
export interface OutboundStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** As `Send`, but resolves with the head of the answer. The body fails with OutboundFailed where nothing comes for the time of the limits. */
export type Open = (request: OutboundRequest) => Promise<OutboundStream>;

/** The way to other machines. */
export interface Outbound {
  /** @throws {OutboundRefused} where the rules do not allow the address, as far as it says itself. */
  check(url: string): void;
  readonly send: Send;
  readonly open: Open;
}

/** No whole answer came. The other side may have had the request all the same. */
export class OutboundFailed extends Error {
  readonly reason: 'timeout' | 'connection' | 'too-large';
  constructor(reason: 'timeout' | 'connection' | 'too-large', message: string) {
    super(message);
    this.name = 'OutboundFailed';
    this.reason = reason;
  }
}

export interface Limits {
  /** From the first byte sent to the last received. */
  readonly milliseconds: number;
  /** Of the answer's body. */
  readonly bytes: number;
}

const LIMITS: Limits = { milliseconds: 30_000, bytes: 10_000_000 };

/** Sends where the rules allow it: the address is judged when it is connected to, so that no second DNS answer leads elsewhere. */
export function outbound(rules: OutboundRules, limits: Limits = LIMITS): Outbound {
  const policy = new OutboundPolicy(rules);
  // A connection is used again only by what may be asked twice: the other side may close it at the moment it is used.
  const kept = { 'http:': new PlainAgent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) };
  const prepared = ({ method, url: text, headers = {}, body }: OutboundRequest): { readonly url: URL; readonly options: RequestOptions } => {
    const url = policy.allowedUrl(text);
    const length = body ? { 'Content-Length': String(body.byteLength) } : {};
    const agent = method === 'GET' ? kept[url.protocol as keyof typeof kept] : false;
    return { url, options: { method, headers: { 'Accept-Encoding': 'identity', ...headers, ...length }, lookup: pinned(url, policy), agent } };
  };
  return {
    check: (url) => void policy.allowedUrl(url),
    async send(request) {
      const { url, options } = prepared(request);
      return exchange(url, options, request, { ...limits, ...(request.milliseconds === undefined ? {} : { milliseconds: request.milliseconds }) });
    },
    async open(request) {
      const { url, options } = prepared(request);
      return opened(url, options, request.body, limits);
    },
  };
}

const requestOf = (url: URL): typeof plainRequest => (url.protocol === 'https:' ? secureRequest : plainRequest);

function exchange(url: URL, options: RequestOptions, { body, signal: brokenOff }: OutboundRequest, limits: Limits): Promise<OutboundAnswer> {
  return new Promise((done, failed) => {
    const late = AbortSignal.timeout(limits.milliseconds);
    const signal = brokenOff ? AbortSignal.any([late, brokenOff]) : late;
    const fail = (error: Error): void => failed(failure(error, late.aborted));
    const sent = requestOf(url)(url, { ...options, signal }, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        bytes += part.byteLength;
        if (bytes > limits.bytes) answer.destroy(new OutboundFailed('too-large', `The answer is larger than ${limits.bytes} bytes`));
        else parts.push(part);
      });
      answer.on('error', fail);
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

function opened(url: URL, options: RequestOptions, body: Uint8Array | undefined, { milliseconds }: Limits): Promise<OutboundStream> {
  return new Promise((done, failed) => {
    let isLate = false;
    const sent = requestOf(url)(url, options, (answer) => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }));
    sent.setTimeout(milliseconds, () => {
      isLate = true;
      sent.destroy(new OutboundFailed('timeout', 'No whole answer came in time'));
    });
    sent.on('error', (error) => failed(failure(error, isLate)));
    sent.end(body);
  });
}

function failure(error: Error, isLate: boolean): Error {
  if (error instanceof OutboundRefused || error instanceof OutboundFailed) return error;
  return isLate ? new OutboundFailed('timeout', 'No whole answer came in time') : new OutboundFailed('connection', 'The connection failed');
}

/** Resolves the host and lets only allowed addresses through. */
const pinned = (url: URL, policy: OutboundPolicy): LookupFunction => (hostname, { all, ...options }, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, []);
    const [first, ...others] = addresses.filter(({ address }) => policy.allowsAddress(url, address));
    if (!first) return callback(new OutboundRefused('The host resolves to an address that is not public and not in COBALT_OUTBOUND'), []);
    return all ? callback(null, [first, ...others]) : callback(null, first.address, first.family);
  });
};
