import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { cdsRouter, type CdsHooks } from './cds/router.js';
import { docsRouter, type Docs } from './docs/router.js';
import { isLoopback } from './hosts.js';
import { launchRouter, type LaunchPages } from './launch/router.js';
import type { Metrics } from './metrics.js';
import { pageSecurity } from './security-headers.js';
import { landingPage, type LandingPage } from './landing.js';

export interface AppParts {
  readonly page: LandingPage;
  readonly docs: Docs;
  /** The browser app and how it is launched; default: neither. */
  readonly launch?: LaunchPages;
  /** CDS Hooks; default: none. */
  readonly cds?: CdsHooks;
  /** Our public keys as a client of other servers (RFC 7517); default: none. */
  readonly keys?: () => readonly object[];
  /** False until the seed is in, and again during a shutdown. */
  readonly isReady: () => boolean;
  /** Resolves when a write has gone through the store. */
  readonly probe: () => Promise<void>;
  /** What `/metrics` shows; default: nothing. */
  readonly metrics?: Metrics;
  readonly log: (entry: LogEntry) => void;
}

/** A store that takes longer than this is not ready. */
const PROBE_MS = 2_000;

/** What stands around the FHIR API: health, pages, the browser app and CDS Hooks, which ask for tokens themselves. */
export function createApp({ page, docs, launch, cds, keys = () => [], isReady, probe, metrics, log }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(pageSecurity);
  const html = landingPage(page);
  app.get('/', (_request, response) => {
    response.type('html').send(html);
  });
  app.use(docsRouter(docs));
  if (launch) app.use(launchRouter(launch));
  if (cds) app.use(cdsRouter(cds));
  /** Long enough to spare the requests, short enough that a new key is known soon after it was published. */
  app.get('/.well-known/jwks.json', (_request, response) => {
    response.set({ 'Cache-Control': 'public, max-age=300', 'Access-Control-Allow-Origin': '*' }).json({ keys: keys() });
  });
  /** The process runs. */
  app.get('/livez', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'alive' });
  });
  /** It can do its work: the data is loaded and the store takes writes. */
  app.get('/readyz', async (_request, response) => {
    const ready = isReady() && (await answersInTime(probe));
    response.set('Cache-Control', 'no-store').status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
  });
  /** For a scraper on this machine; what a proxy passes on is not from here. */
  app.get('/metrics', async ({ socket, headers }, response, next) => {
    const isHere = isLoopback(socket.remoteAddress?.replace(/^::ffff:/, '') ?? '') && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
    if (!isHere || !metrics) return next();
    response.set({ 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' }).send(await metrics.text());
  });
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here. The FHIR API is at /fhir\n');
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    log({ level: 'error', event: 'page failed', error: error instanceof Error ? error.name : typeof error });
    if (response.headersSent) next(error);
    else response.status(500).type('text').send('The server failed on this request\n');
  });
  return app;
}

async function answersInTime(probe: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, PROBE_MS, false)));
  try {
    return await Promise.race([probe().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
