import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { failure } from '../fhir/failure.js';
import type { FhirServer } from '../fhir/fhir.js';
import type { FhirResponse, LogEntry } from '../fhir/interactions/interaction.js';
import { mostBytes } from '../fhir/interactions/body.js';
import { parseTarget, type Target } from '../fhir/interactions/target.js';
import { pretty } from '../fhir/json/pretty.js';
import { FhirError } from '../fhir/outcome.js';
import type { QueryParameter } from '../fhir/search/index.js';
import { readBody } from './body.js';
import { allowOthers, answerPreflight } from './cors.js';
import { respond } from './respond.js';
import { SMART_CONFIGURATION, type Smart } from './smart.js';

export interface ListenerParts {
  readonly fhir: FhirServer;
  /** Everything that is not under `/fhir`: an Express app, or any other listener. */
  readonly app: RequestListener;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
  /** Whether a `Host` header is one of ours; default: all are. */
  readonly acceptsHost?: (host: string | undefined) => boolean;
  /** Asks for tokens; undefined: nobody is asked for one. */
  readonly smart?: Smart | undefined;
}

/** Where the FHIR API stands on this server, whatever the base URL is that clients see. */
const BASE = '/fhir';

/**
 * The server's listener: FHIR first, without a framework in between (`design/architecture.md`, "Ports"), then the app.
 * Node, Express and supertest can mount it.
 */
export function createListener({ fhir, app, newId, log, acceptsHost = () => true, smart }: ListenerParts): RequestListener {
  return (request, response) => {
    const requestId = requestIdOf(request, newId);
    const below = belowBase(request.url ?? '/');
    if (!acceptsHost(request.headers.host)) {
      respond(request, response, failure(MISDIRECTED, requestId, log), requestId);
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
    answered(request, response, below, requestId).then(
      (answer) => respond(request, response, answer, requestId),
      (error: unknown) => respond(request, response, failure(error, requestId, log), requestId),
    ).catch(() => response.destroy());
  };

  async function answered(request: IncomingMessage, response: ServerResponse, below: string, requestId: string): Promise<FhirResponse> {
    const { method = 'GET', headers } = request;
    const target = parseTarget(below);
    if (smart && isSmartConfiguration(method, target)) return smart.configuration();
    // Who may not ask is told so before anything of the body is read.
    const caller = smart && !isPublic(below) ? await smart.caller(request) : undefined;
    const body = method === 'GET' || method === 'HEAD' ? undefined : { bytes: await readBody(request, response, mostBytes(headers['content-type'])) };
    const answer = await fhir.answer({ method, ...target, headers, body, requestId, caller });
    return target.query.some(asksPretty) ? inPrettyText(answer) : answer;
  }
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
