import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FhirServer } from '../fhir/fhir.js';
import type { Caller } from '../fhir/access/caller.js';
import type { FhirRequest, FhirResponse } from '../fhir/interactions/interaction.js';
import { mostBytes } from '../fhir/interactions/body.js';
import { parseTarget, type Target } from '../fhir/interactions/target.js';
import { pretty } from '../fhir/json/pretty.js';
import { FhirError } from '../fhir/outcome.js';
import type { QueryParameter } from '../fhir/search/index.js';
import { readBody } from './body.js';
import { allowOthers, answerPreflight } from './cors.js';
import { countedAs, type RateLimiter } from './rate-limit.js';
import { respond } from './respond.js';
import { SMART_CONFIGURATION, type Smart } from './smart.js';

export interface ListenerParts {
  readonly fhir: FhirServer;
  /** Everything that is not under `/fhir`: an Express app, or any other listener. */
  readonly app: RequestListener;
  readonly newId: () => string;
  /** Whether a `Host` header is one of ours; default: all are. */
  readonly acceptsHost?: (host: string | undefined) => boolean;
  /** Asks for tokens; undefined: nobody is asked for one. */
  readonly smart?: Smart | undefined;
  /** How many requests a caller may make; default: as many as it likes. */
  readonly limiter?: RateLimiter | undefined;
  /** Told of every answer, when it has been sent. */
  readonly seen?: (seen: Seen) => void;
}

/** An answer as logs and metrics tell it: no id, no query, no value. */
export interface Seen {
  readonly method: string;
  /** `Claim/[id]`, `Claim/[id]/$derive-secondary`; pages by their address; `unknown`. */
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly requestId: string;
}

/** Where the FHIR API stands on this server, whatever the base URL is that clients see. */
const BASE = '/fhir';

/**
 * The server's listener: FHIR first, without a framework in between (`design/architecture.md`, "Ports"), then the app.
 * Node, Express and supertest can mount it.
 */
export function createListener({ fhir, app, newId, acceptsHost = () => true, smart, limiter, seen }: ListenerParts): RequestListener {
  return (request, response) => {
    const requestId = requestIdOf(request, newId);
    const below = belowBase(request.url ?? '/');
    if (seen) response.once('close', timed(request, response, requestId, seen));
    if (!acceptsHost(request.headers.host)) {
      fhir.refuse(heard(request, requestId), MISDIRECTED).then((answer) => respond(request, response, answer, requestId)).catch(() => response.destroy());
      return;
    }
    if (below === undefined) {
      response.setHeader('X-Request-Id', requestId);
      app(request, response);
      return;
    }
    if (smart && request.method === 'OPTIONS') {
      answerPreflight(response);
      return;
    }
    if (smart || isPublic(below)) allowOthers(response);
    within(request, response, below, requestId).catch(() => response.destroy());
  };

  /** Who may not ask, or not so often, is told so before anything of the body is read. */
  async function within(request: IncomingMessage, response: ServerResponse, below: string, requestId: string): Promise<void> {
    const { caller, error } = smart && !isPublic(below) ? await asker(request, smart) : NOBODY;
    const taken = limiter && (await limiter.take(countedAs(caller, request)));
    const refusal = taken?.refusal ?? error;
    const answering = (): Promise<FhirResponse> => (refusal ? Promise.reject(refusal) : answered(request, response, { below, requestId, caller }));
    const answer = await answering().catch((failed: unknown) => fhir.refuse(heard(request, requestId, caller), failed));
    respond(request, response, taken ? { ...answer, headers: { ...answer.headers, ...taken.headers } } : answer, requestId);
  }

  async function answered(request: IncomingMessage, response: ServerResponse, { below, requestId, caller }: { readonly below: string; readonly requestId: string; readonly caller: Caller | undefined }): Promise<FhirResponse> {
    const { method = 'GET', headers } = request;
    const target = parseTarget(below);
    if (smart && isSmartConfiguration(method, target)) return smart.configuration();
    const body = method === 'GET' || method === 'HEAD' ? undefined : { bytes: await readBody(request, response, mostBytes(headers['content-type'])) };
    const answer = await fhir.answer({ method, ...target, headers, body, requestId, caller, address: request.socket.remoteAddress });
    return target.query.some(asksPretty) ? inPrettyText(answer) : answer;
  }

  function timed({ method = '', url = '/' }: IncomingMessage, response: ServerResponse, requestId: string, tell: (seen: Seen) => void): () => void {
    const begun = performance.now();
    return () => {
      const below = belowBase(url);
      const route = below === undefined ? pageOf(url) : `/fhir/${fhir.routeOf(below)}`;
      tell({ method: METHODS.has(method) ? method : 'OTHER', route, status: response.writableFinished ? response.statusCode : 499, milliseconds: performance.now() - begun, requestId });
    };
  }
}

/** Who asks, or why that can't be told. */
interface Asker {
  readonly caller?: Caller;
  readonly error?: Error;
}

const NOBODY: Asker = {};
const asker = (request: IncomingMessage, smart: Smart): Promise<Asker> => smart.caller(request).then((caller) => ({ caller }), (error: Error) => ({ error }));

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const PAGES = ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/launch', '/app', '/cds-services'];

/** The address of a page, the documentation as one. */
function pageOf(url: string): string {
  const path = url.replace(/[?#].*$/s, '');
  return path === '/' ? path : (PAGES.find((page) => path === page || path.startsWith(`${page}/`)) ?? 'unknown');
}

/** A request of which no more is known than where it went. */
function heard({ method = 'GET', url = '', headers, socket }: IncomingMessage, requestId: string, caller?: Caller): FhirRequest {
  const path = (belowBase(url) ?? '').replace(/[?].*$/s, '').split('/').filter((segment) => segment !== '');
  return { method, path, query: [], headers, body: undefined, requestId, caller, address: socket.remoteAddress };
}

/** What stands below `/fhir`; undefined for another part of the server. */
function belowBase(url: string): string | undefined {
  if (!url.startsWith(BASE)) return undefined;
  const below = url.slice(BASE.length);
  return below === '' || below.startsWith('/') || below.startsWith('?') ? below : undefined;
}

/** What everybody may know of the server (SMART App Launch 2.2, R4 §3.1.0.10). */
const isPublic = (below: string): boolean => /^\/(?:metadata|\.well-known\/smart-configuration)\/?(?:\?|$)/.test(below);

const isSmartConfiguration = (method: string, { path }: Target): boolean => (method === 'GET' || method === 'HEAD') && path.join('/') === SMART_CONFIGURATION;

/** R4 §3.1.0.1.11 */
const asksPretty = ([name, value]: QueryParameter): boolean => name === '_pretty' && value === 'true';

function inPrettyText(answer: FhirResponse): FhirResponse {
  const { body, contentType } = answer;
  if (body === undefined || contentType !== undefined) return answer;
  return { ...answer, body: Buffer.from(pretty(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))) };
}

const SANE_ID = /^[\w.:-]{1,64}$/;

function requestIdOf({ headers }: IncomingMessage, newId: () => string): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : newId();
}

const MISDIRECTED = new FhirError(421, { severity: 'error', code: 'security', text: 'This server answers to its own names only: ask it as localhost, or set COBALT_BASE_URL to the name that it has' });
