import { Router, type Request, type Response } from 'express';
import type { Patient } from 'fhir/r4.js';
import type { Caller } from '../../fhir/access/caller.js';
import type { FhirServer } from '../../fhir/fhir.js';
import { errors, FhirError } from '../../fhir/outcome.js';
import { IssuerUnavailable, TokenRefused, type Ask, type CdsClient, type CdsClientVerifier } from '../../smart/index.js';
import { allowOthers, answerPreflight } from '../cors.js';
import type { LocateHere } from '../gate.js';
import { readJson } from '../json-body.js';
import { refuseBeside } from '../outcome-answer.js';
import { counted, type RateLimiter } from '../rate-limit.js';
import { cardOf, type CardParts } from './card.js';
import { evidenceOf } from './evidence.js';
import { readFeedback, recordOf } from './feedback.js';
import { readHookCall } from './hook-call.js';
import { InternalApi, type Asker } from './internal-api.js';
import { questionsOf, type Rehome } from './questions.js';
import { within, type Reach } from './reach.js';
import { SERVICES, type CdsService } from './services.js';

export interface CdsHooks extends CardParts {
  readonly fhir: Pick<FhirServer, 'answer' | 'baseUrl' | 'refuse'>;
  /** Whose calls are answered; `open`: everybody's, since only this machine is served; `closed`: nobody's. */
  readonly clients: CdsClientVerifier | 'open' | 'closed';
  /** The FHIR servers that are a client's own; none: it is not known which. */
  readonly serversOf: (client: CdsClient) => readonly string[];
  readonly locate: LocateHere;
  /** Whether a patient here is one of the FHIR server at `base`. */
  readonly isOf: (patient: Patient, base: string) => boolean;
  readonly rehome: Rehome;
  readonly ask: Ask;
  readonly now: () => Date;
  /** How many calls a client may make; default: as many as it likes. */
  readonly limiter?: RateLimiter | undefined;
}

/** What a hook reads, and what feedback writes: a client's token says who calls, and nothing of scopes. */
const READS = ['Account.s', 'Coverage.rs', 'Organization.rs', 'Patient.rs', 'RelatedPerson.rs'] as const;
const WRITES = ['AuditEvent.c'] as const;

const MOST_BYTES = 4 * 2 ** 20;

/** CDS Hooks 2.0: discovery, two services, and feedback on their cards. */
export function cdsRouter(hooks: CdsHooks): Router {
  const router = Router();
  const { clients, fhir } = hooks;
  /** Pages of others may call where a token says who calls; discovery is for everybody. */
  const others = clients !== 'open';

  router.get('/cds-services', (_request, response) => {
    allowOthers(response);
    response.json({ services: SERVICES });
  });
  for (const path of ['/cds-services', '/cds-services/:id', '/cds-services/:id/feedback']) {
    router.options(path, (_request, response, next) => (others || path === '/cds-services' ? answerPreflight(response) : next()));
  }
  router.post('/cds-services/:id', (request, response) => answering(request, response, '', async (service, asker, reach) => {
    const call = within(readHookCall(await readJson(request, response, MOST_BYTES), service), reach);
    const api = new InternalApi(fhir, asker);
    const evidence = await evidenceOf(call, { ...hooks, service, api, reach, baseUrl: fhir.baseUrl });
    const unsettled = await questionsOf(evidence, call, api, hooks.rehome);
    return { cards: unsettled ? [cardOf(unsettled, call, hooks)] : [] };
  }));
  router.post('/cds-services/:id/feedback', (request, response) => answering(request, response, '/feedback', async (service, asker) => {
    const feedback = readFeedback(await readJson(request, response, MOST_BYTES));
    await new InternalApi(fhir, asker).ask('POST', [], { body: recordOf(feedback, service, asker.caller?.issuer, hooks.now().toISOString()) });
    return {};
  }));
  return router;

  async function answering(request: Request<{ id: string }>, response: Response, below: string, answer: (service: CdsService, asker: Asker, reach: Reach) => Promise<object>): Promise<void> {
    if (others) allowOthers(response);
    let caller: Caller | undefined;
    try {
      const service = SERVICES.find(({ id }) => id === request.params.id);
      if (!service) throw errors.notFound('There is no such service: GET /cds-services lists them');
      const calling = callOf(request, `${hooks.origin}/cds-services/${service.id}${below}`);
      caller = await counted(request, response, calling.then((call) => call.caller), hooks.limiter);
      const { reach, use } = await calling;
      await use();
      response.set('Cache-Control', 'no-store').json(await answer(service, { caller, requestId: String(response.getHeader('X-Request-Id') ?? ''), address: request.socket.remoteAddress }, reach));
    } catch (error) {
      await refuseBeside(fhir, request, response, caller, error);
    }
  }

  /** `audience`: the address that is called. Its token is used up by `use`, so that one call beyond the quota can be made again. @throws {FhirError} 401, 503 */
  async function callOf({ headers, headersDistinct }: Request, audience: string): Promise<Called> {
    if (clients === 'open') return { caller: undefined, reach: 'any', use: async () => undefined };
    if (clients === 'closed') throw refused('No health record may call CDS Hooks here: COBALT_CDS_CLIENTS names none');
    const [, token] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined || (headersDistinct['authorization']?.length ?? 0) > 1) throw refused('This service needs a signed token of the health record: send Authorization: Bearer and the token');
    const { client, use } = await clients.verify(token, audience).catch(notGood);
    return { caller: asCaller(client.issuer), reach: hooks.serversOf(client), use: () => use().catch(notGood) };
  }
}

interface Called {
  readonly caller: Caller | undefined;
  readonly reach: Reach;
  readonly use: () => Promise<void>;
}

/** @throws {FhirError} 401 for a token that is refused, 503 where that can't be told */
function notGood(error: unknown): never {
  if (error instanceof TokenRefused) throw refused(error.message, error.reason === 'expired' ? 'expired' : 'login', 'invalid_token');
  if (!(error instanceof IssuerUnavailable)) throw error;
  throw new FhirError(503, { severity: 'error', code: 'transient', id: 'issuer-unavailable', text: 'The keys of the health record can’t be had now. Repeat the request later' }, { 'Retry-After': '10' });
}

const refused = (text: string, code: 'login' | 'expired' = 'login', error?: 'invalid_token'): FhirError =>
  new FhirError(401, { severity: 'error', code, id: error ? 'token-refused' : 'token-missing', text }, { 'WWW-Authenticate': `Bearer realm="cobalt cds-services"${error ? `, error="${error}"` : ''}` });

const asCaller = (issuer: string): Caller => ({
  issuer, subject: issuer, clientId: 'cds-hooks', fhirUser: undefined, patient: undefined, expires: undefined,
  scopes: [...READS, ...WRITES].map((each) => {
    const [type = '', permissions = ''] = each.split('.');
    return { context: 'system', type, permissions: new Set([...permissions] as ('r' | 's' | 'c')[]), constraint: [] };
  }),
});
