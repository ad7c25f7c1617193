import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { etag } from '../fhir/interactions/etag.js';
import type { FhirResponse } from '../fhir/interactions/interaction.js';
import { apiSecurityHeaders } from './security-headers.js';
import { chosenCoding, compress, isCompressible, MIN_COMPRESSED_BYTES, type Coding } from './encoding.js';

const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** Names and values in turns, as `writeHead` takes them without looking twice: an object of a dozen headers, put together anew for each answer, had made reads a third slower. */
type Head = OutgoingHttpHeader[];

const ALWAYS: Head = [...Object.entries(apiSecurityHeaders).flat(), 'Cache-Control', 'private, no-cache'];

/** Writes a FHIR response: one head, one body. The answers hold health data: no shared cache may keep them. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: FhirResponse, requestId: string): void {
  const { status, body, version, lastUpdated, location } = answer;
  const head: Head = answer.headers ? withOwn(answer.headers) : [...ALWAYS];
  head.push('X-Request-Id', requestId);
  if (version !== undefined) head.push('ETag', etag(version));
  if (lastUpdated !== undefined) head.push('Last-Modified', new Date(lastUpdated).toUTCString());
  if (location !== undefined) head.push('Location', location);
  if (answer.sent) response.once('finish', answer.sent);
  if (answer.stream) return sendStream(request, response, status, [...head, 'Content-Type', answer.contentType ?? FHIR_JSON], answer.stream);
  if (body !== undefined) head.push('Content-Type', answer.contentType ?? FHIR_JSON);
  if (!request.complete && bodyFollows(request)) return lastWords(request, response, status, [...head, 'Content-Length', body?.length ?? 0], body);
  if (body !== undefined && body.length >= MIN_COMPRESSED_BYTES && isCompressible(answer.contentType ?? FHIR_JSON)) {
    head.push('Vary', 'Accept-Encoding');
    const coding = chosenCoding(request.headers['accept-encoding']);
    if (coding) return sendCompressed(request, response, status, [...head, 'Content-Encoding', coding], body, coding);
  }
  if (status !== 204 && status !== 304) head.push('Content-Length', body?.length ?? 0);
  response.writeHead(status, head);
  if (body === undefined || request.method === 'HEAD') response.end();
  else response.end(body);
}

/** What an answer says itself stands instead of what all say. */
function withOwn(own: OutgoingHttpHeaders): Head {
  const head: Head = [];
  for (let at = 0; at < ALWAYS.length; at += 2) if (!((ALWAYS[at] as string) in own)) head.push(...ALWAYS.slice(at, at + 2));
  for (const [name, value] of Object.entries(own)) if (value !== undefined) head.push(name, value);
  return head;
}

/** As fast as the client takes it; what breaks off in the middle is seen by the client as broken off. */
function sendStream(request: IncomingMessage, response: ServerResponse, status: number, head: Head, stream: AsyncIterable<Uint8Array>): void {
  response.writeHead(status, head);
  if (request.method === 'HEAD') response.end();
  else pipeline(Readable.from(stream), response).catch(() => response.destroy());
}

function sendCompressed(request: IncomingMessage, response: ServerResponse, status: number, head: Head, body: Uint8Array, coding: Coding): void {
  if (request.method === 'HEAD') {
    response.writeHead(status, head).end();
    return;
  }
  compress(body, coding).then(
    (packed) => response.writeHead(status, [...head, 'Content-Length', packed.length]).end(packed),
    () => response.destroy(),
  );
}

const bodyFollows = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** How long, and how much of, a refused body is still taken off the line. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 64 * 2 ** 20;

/**
 * An answer to a body that was not read to its end. The connection closes after it; but closing at once would reset it
 * and could take the answer from a client that is still sending, so what comes is discarded for a short while first.
 */
function lastWords(request: IncomingMessage, response: ServerResponse, status: number, head: Head, body: Uint8Array | undefined): void {
  response.writeHead(status, [...head, 'Connection', 'close']);
  response.write(body ?? '');
  let discarded = 0;
  const close = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, LINGER_MS);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > LINGER_BYTES) close();
  });
  request.once('end', close);
  request.once('close', close);
  request.resume();
}
