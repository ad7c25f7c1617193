import type { ServerResponse } from 'node:http';

const EXPOSED = 'Content-Location, ETag, Last-Modified, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const HEADERS = 'Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, X-Request-Id';
const MAX_AGE_SECONDS = '600';

/**
 * Lets pages of other sites read the answer (Fetch standard, CORS). Only where a token is asked for, which a page must
 * have got itself, or for what is public: no cookie ever says who asks.
 */
export function allowOthers(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Expose-Headers', EXPOSED);
}

/** The answer to a browser that asks before it sends a request with a token. */
export function answerPreflight(response: ServerResponse): void {
  allowOthers(response);
  response.writeHead(204, { 'Access-Control-Allow-Methods': METHODS, 'Access-Control-Allow-Headers': HEADERS, 'Access-Control-Max-Age': MAX_AGE_SECONDS });
  response.end();
}
