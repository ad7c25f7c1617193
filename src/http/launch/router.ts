import { readFileSync } from 'node:fs';
import { Router, type Request, type Response } from 'express';
import type { Caller } from '../../fhir/access/caller.js';
import { insufficientScope } from '../../fhir/access/refusal.js';
import { errors } from '../../fhir/outcome.js';
import { inProject } from '../../root.js';
import { LaunchRefused, type Launches } from '../../smart/index.js';
import { readJson } from '../json-body.js';
import { appPage, choicePage, launchPage, problemPage } from './pages.js';

export interface LaunchPages {
  /** The FHIR base as clients see it, without a slash at the end. */
  readonly baseUrl: string;
  readonly launches: Launches;
  /** What the caller of a request calls `Type/id` as this server knows it, where they may read it; undefined: it is not there for them. @throws {FhirError} 401, 503 */
  readonly here: (request: Request, reference: string) => Promise<string | undefined>;
  /** Counts a request as its caller's, as so many as `count` says (default 1). @throws {FhirError} 401, 429, 503 */
  readonly counted: (request: Request, response: Response, count?: number) => Promise<Caller | undefined>;
  /** Answers a failure, of a caller who is known or not. */
  readonly refuse: (request: Request, response: Response, caller: Caller | undefined, error: unknown) => Promise<void>;
}

/** Files of the app by their names: its own modules, and fhirclient as it was installed when Cobalt was built. */
const MODULES = ['launch.js', 'app.js', 'session.js', 'api.js', 'record.js', 'opened.js', 'sections.js', 'words.js', 'page.js'] as const;
const FILES: Readonly<Record<string, readonly string[]>> = {
  'app.css': ['src', 'web', 'app.css'],
  'fhir-client.js': ['dist', 'generated', 'fhir-client.js'],
  ...Object.fromEntries(MODULES.map((name) => [name, ['dist', 'web', name]])),
};

const TYPES: Readonly<Record<string, string>> = { css: 'css', js: 'js' };
/** A handle of a launch is opaque; no record's is longer. */
const MOST_CHARACTERS = 4_096;
const MOST_REFERENCES = 100;
const MOST_BYTES = 65_536;

/**
 * The browser app (SMART App Launch 2.2): `/launch`, to which health records send their users and where it begins by
 * itself, and `/app`, to which the sign-in comes back. Who is not on the list of those that launch it is asked nothing.
 */
export function launchRouter({ baseUrl, launches, here, counted, refuse }: LaunchPages): Router {
  const router = Router();
  const { origin } = new URL(baseUrl);
  const files = new Map<string, string>();

  router.get('/launch', async ({ query }, response) => {
    const [iss, launch] = [query['iss'], query['launch']];
    if (![iss, launch].every(isOneText)) return problem(response, 400, 'This link is broken', ['It says more than once, or too long, from where it comes. Open the app from the patient’s chart again.']);
    if (launches.offers.length === 0) return problem(response, 404, 'Nobody can sign in here', ['This server has no health record to sign in at. Whoever runs it names one in COBALT_ISSUERS (launch).']);
    if (iss === undefined && launch !== undefined) return problem(response, 400, 'This link is broken', ['It does not say from which health record it comes (iss). Open the app from the patient’s chart again.']);
    const [only, another] = launches.offers;
    if (iss === undefined && another) return send(response, 200, choicePage(launches.offers));
    const offer = iss === undefined ? only : launches.find(iss as string);
    if (!offer) return problem(response, 403, 'This health record is not known here', ['The link comes from a server that may not open this app. Nothing was sent to it.', 'If it is yours, whoever runs Cobalt adds it to COBALT_ISSUERS (fhirBase, launch).']);
    try {
      const endpoints = await launches.endpoints(offer);
      const given = (iss as string | undefined) ?? offer.iss;
      send(response, 200, launchPage({ offer, iss: given, launch: launch as string | undefined, endpoints, redirectUri: `${origin}/app` }), { reaches: [new URL(offer.iss).origin], framedBy: offer.framedBy });
    } catch (error) {
      if (!(error instanceof LaunchRefused)) throw error;
      problem(response, 502, 'Nobody can sign in now', [`${error.message}.`], { framedBy: offer.framedBy });
    }
  });

  /** Whoever's frame it is in, is settled before it knows who signed in: so its address names a record, and the page shows no other's session. */
  router.get('/app', async ({ query }, response) => {
    const offer = launches.at(recordIn(query));
    send(response, 200, appPage(baseUrl, offer), { reaches: [origin, ...(await launches.tokenOrigins(offer ? [offer] : launches.offers))], framedBy: offer?.framedBy ?? [] });
  });

  /** What the launch context names, by the names that it has here: a health record's own ids are not ours. */
  router.post('/app/context', async (request, response) => {
    let caller: Caller | undefined;
    try {
      caller = await counted(request, response);
      if (caller?.scopes.length === 0) throw insufficientScope(caller, [{ type: 'Patient', permissions: ['r'] }]);
      const references = referencesIn(await readJson(request, response, MOST_BYTES));
      // Each is a look of its own.
      if (references.length > 1) await counted(request, response, references.length - 1);
      response.set('Cache-Control', 'no-store').json({ references: await Promise.all(references.map(async (reference) => (await here(request, reference)) ?? null)) });
    } catch (error) {
      await refuse(request, response, caller, error);
    }
  });

  router.get('/app/:file', ({ params: { file } }, response, next) => {
    const path = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (!path) return next();
    const text = files.get(file) ?? readFileSync(inProject(...path), 'utf8');
    files.set(file, text);
    response.type(TYPES[file.split('.').at(-1) ?? ''] ?? 'text').set('Cache-Control', 'no-cache').send(text);
  });
  return router;
}

/** The short name of a record in the address of the app: where it comes back from the sign-in, at the end of `state`; later, as the page leaves it there. */
const recordIn = ({ state, at }: Request['query']): string | undefined => (typeof state === 'string' ? state.split('.')[1] : typeof at === 'string' ? at : undefined);

const isOneText = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value.length <= MOST_CHARACTERS);

/** Other origins that a page has to do with. */
interface Others {
  /** It may send requests there. */
  readonly reaches?: readonly string[];
  /** It may be shown in a frame of theirs. */
  readonly framedBy?: readonly string[];
}

/** Own styles and scripts; requests to this server and to those named; in a frame of those named alone. Nothing inline, nothing from elsewhere. */
const policy = ({ reaches = [], framedBy = [] }: Others): string =>
  `default-src 'none'; style-src 'self'; script-src 'self'; connect-src ${["'self'", ...new Set(reaches)].join(' ')}; frame-ancestors ${framedBy.length > 0 ? [...new Set(framedBy)].join(' ') : "'none'"}; base-uri 'none'; form-action 'none'`;

/** The address of the page holds a code for a moment: nobody keeps it. */
function send(response: Response, status: number, text: string, others: Others = {}): void {
  // X-Frame-Options knows nobody or everybody of one origin (RFC 7034): where the policy names somebody, it alone says it.
  if (others.framedBy && others.framedBy.length > 0) response.removeHeader('X-Frame-Options');
  response.status(status).set({ 'Content-Security-Policy': policy(others), 'Cache-Control': 'no-store' }).type('html').send(text);
}

const problem = (response: Response, status: number, title: string, sentences: readonly string[], others?: Others): void => send(response, status, problemPage(title, sentences), others);

function referencesIn({ references }: Readonly<Record<string, unknown>>): readonly string[] {
  if (!Array.isArray(references) || references.length > MOST_REFERENCES || !references.every((each) => typeof each === 'string')) {
    throw errors.structure(`references is a list of at most ${MOST_REFERENCES} texts such as Patient/1`, 'references');
  }
  return references as readonly string[];
}
