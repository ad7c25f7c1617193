#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { compose } from './compose.js';
import { ConfigError, readConfig, type Config } from './config.js';
import { EXIT } from './exit-codes.js';
import type { Seen } from './http/listener.js';
import { listen, type Listening } from './http/server.js';
import { openLog, type Log } from './log.js';
import { openStore } from './store/open.js';
import { StoreUnavailableError, type Store } from './store/store.js';
import type { Worker } from './work/worker.js';

/** What is in flight at a SIGTERM has this long to finish. */
const GRACE_MS = 10_000;

async function start(config: Config): Promise<void> {
  const { write: log, flush } = openLog(config.log);
  let listener: RequestListener = starting;
  let ready = false;
  const store = await openStore(config.store, { maxSearchMs: config.maxSearchMs });
  const server = await listen({ host: config.host, port: config.port, listener: (request, response) => listener(request, response) });
  const baseUrl = config.baseUrl ?? `${server.url}/fhir`;
  let workers: readonly (Pick<Worker, 'start' | 'stop'> | undefined)[] = [];
  let stopSync: () => Promise<void> = () => Promise.resolve();
  let flushAudit = async (): Promise<void> => undefined;
  const begin = (): Promise<unknown> => {
    ready = false;
    return Promise.all([stopSync(), ...workers.map((worker) => worker?.stop())]);
  };
  const finish = async (): Promise<void> => {
    await flushAudit();
    flush();
  };
  stopOnSignals(server, store, { begin, finish });
  const cobalt = await compose({ store, baseUrl, seed: config.seed, validate: config.validate, conditionalDelete: config.conditionalDelete, outbound: config.outbound, automation: config.automation, audit: config.audit, escalationDays: config.escalationDays, unreadDays: config.unreadDays, eraFolder: config.eraFolder, writeOffPolicy: config.writeOffPolicy, claimFolder: config.claimFolder, issuers: config.issuers, cdsClients: config.cdsClients, clientKeys: config.clientKeys, now: () => new Date(), newId: randomUUID, log, seen: (seen) => logAccess(seen, log), rateLimit: config.rateLimit, isReady: () => ready });
  listener = cobalt.listener;
  flushAudit = cobalt.flushAudit;
  stopSync = () => cobalt.sync.stop();
  workers = [cobalt.worker, cobalt.sender, cobalt.keeper, config.automation ? cobalt.stockTaker : undefined, cobalt.synchronizer, cobalt.subscriptions, cobalt.jobs];
  ready = true;
  for (const worker of workers) worker?.start();
  process.stdout.write(welcome(baseUrl, server.url, config));
}

/** Health checks and scrapes are asked all the time, and tell nothing. */
const UNLOGGED: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

function logAccess({ milliseconds, ...seen }: Seen, log: Log['write']): void {
  if (!UNLOGGED.has(seen.route)) log({ level: 'info', event: 'request', ...seen, milliseconds: Math.round(milliseconds * 10) / 10 });
}

/** Answers until everything is loaded: alive, not ready. */
const starting: RequestListener = (request, response) => {
  const alive = request.url === '/livez';
  response.writeHead(alive ? 200 : 503, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...(alive ? {} : { 'Retry-After': '1' }) });
  response.end(JSON.stringify({ status: alive ? 'alive' : 'not ready' }));
};

/** Ends the process; undefined while it is to run. */
let stopping: Promise<void> | undefined;

/** `begin` is told first, and what it began to end is waited for; `finish` when no request is left. */
function stopOnSignals(server: Listening, store: Store, { begin, finish }: Readonly<Record<'begin' | 'finish', () => Promise<unknown>>>): void {
  const stop = async (): Promise<void> => {
    const begun = begin();
    await server.close(GRACE_MS);
    await begun;
    await finish();
    await store.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopping ??= stop().catch((error: unknown) => fail(error, EXIT.unavailable));
    });
  }
}

function welcome(baseUrl: string, url: string, { seed, issuers }: Config): string {
  const lines = [
    `Cobalt serves FHIR R4 at ${baseUrl}`,
    `Documentation: ${url}/docs`,
    issuers ? `It asks for access tokens of ${issuers.map(({ issuer }) => issuer).join(', ')}` : 'No issuers are configured: it serves this machine only, and asks for no token.',
  ];
  if (seed === 'demo' && !issuers) lines.push('', 'Try the main job on the demo clinic:', ...tryThis(baseUrl).map((line) => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

/** Who pays first, what the first payer decided, and the claim to the next. */
const tryThis = (baseUrl: string): readonly string[] => [
  `curl -s -X POST '${baseUrl}/Patient/pat-ashdown/$cob-order'`,
  `curl -s -X POST '${baseUrl}/ClaimResponse/cr-ashdown-1/$interpret-adjudication'`,
  `curl -s -X POST '${baseUrl}/Claim/clm-ashdown-1/$derive-secondary'`,
];

function fail(error: unknown, code: number): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(code);
}

try {
  await start(readConfig(process.env));
} catch (error) {
  // Told to stop in the middle of its start, it finds its store closed.
  await stopping;
  if (error instanceof ConfigError) fail(error, EXIT.config);
  if (error instanceof StoreUnavailableError) fail(error, EXIT.unavailable);
  throw error;
}
