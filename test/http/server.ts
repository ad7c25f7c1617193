import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import type { OperationOutcome } from 'fhir/r4.js';
import { compose, type Parts } from '../../src/compose.js';
import { Conformance } from '../../src/fhir/conformance.js';
import { createFhir } from '../../src/fhir/fhir.js';
import type { LogEntry } from '../../src/fhir/interactions/interaction.js';
import { OperationRegistry } from '../../src/fhir/operation/registry.js';
import { createSearch } from '../../src/fhir/search/index.js';
import { HeldTerminology } from '../../src/fhir/terminology/index.js';
import { prepareValidation } from '../../src/fhir/validation/index.js';
import { createApp } from '../../src/http/app.js';
import { loopbackHosts } from '../../src/http/hosts.js';
import { Answered } from './answered.js';
import { createListener, type Seen } from '../../src/http/listener.js';
import { listen } from '../../src/http/server.js';
import type { OutboundRules } from '../../src/outbound/index.js';
import { inProject } from '../../src/root.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import type { Worker } from '../../src/work/worker.js';

export interface TestServerOptions {
  /** The server's clock; default: the system's. */
  readonly now?: () => Date;
  /** Default: random UUIDs. */
  readonly newId?: () => string;
  /** What the empty store is filled with beside the conformance resources; default `none`. */
  readonly seed?: 'demo' | 'none';
  /** Whether decisions that arrive bring Tasks; who has them done calls `drain`. Default false. */
  readonly automation?: boolean;
  /** Whether every access and change leaves an AuditEvent, and closing fails where one is missing; default true. */
  readonly audit?: boolean;
  /** Requests that a caller may make in a minute; default: any number. */
  readonly rateLimit?: number;
  /** What writes are held to; default `base`. */
  readonly validate?: 'base' | 'profile';
  /** Other operations than Cobalt's own; the store then begins empty, without conformance resources. */
  readonly operations?: OperationRegistry | 'none';
  /** Default `single`. */
  readonly conditionalDelete?: 'single' | 'multiple' | undefined;
  /** The machines that the server may call; default: this one. */
  readonly outbound?: OutboundRules;
  /** Where claims are left for a clearinghouse; default: nowhere. */
  readonly claimFolder?: string;
  /** Whose tokens are accepted, for the FHIR base; default: nobody is asked for one. */
  readonly issuers?: Parts['issuers'] | ((base: string) => Parts['issuers']);
  /** Whose CDS Hooks are answered. */
  readonly cdsClients?: Parts['cdsClients'];
  readonly clientKeys?: Parts['clientKeys'];
  /** With `tickMs` it looks at its sources by their schedules. */
  readonly syncing?: Parts['syncing'];
  /** Serves subscriptions and bulk jobs, with these times; default: not at all. */
  readonly exchange?: Parts['exchange'];
  /** Milliseconds that one search may take; default: as the store has it. */
  readonly maxSearchMs?: number;
  /** How long they are collected into one file; default: 0. */
  readonly claimWindowMs?: number;
  /** Whether closing counts its answers and AuditEvents; default: where it records any. For a store that is made to take no writes: false. */
  readonly counted?: boolean;
  /** Put between the FHIR layer and the store, e.g. to make it fail. */
  readonly wrapStore?: (store: Store) => Store;
}

/** An answer with its body read: `body` is parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into answers of every type; the assertions say what they must be.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface TestServer {
  /** `http://127.0.0.1:12345/fhir` */
  readonly base: string;
  readonly origin: string;
  /** The same server for those who mount it themselves. */
  readonly listener: RequestListener;
  readonly store: Store;
  /** Resolves when every request that was answered has its AuditEvent. */
  readonly flushAudit: () => Promise<void>;
  /** What was logged. */
  readonly log: LogEntry[];
  /** The requests as a log of accesses tells them. */
  readonly seen: readonly Seen[];
  /** `path` is below the base (`Patient/1`), or absolute. A body that is no string goes as JSON. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Has the server do what it does itself, until nothing is left; answers how many Tasks that were. */
  drain(): Promise<number>;
  close(): Promise<void>;
}

/** The real server over an SQLite store in a folder of its own, on a free port: composed as in `main`, unless operations are given. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { now = () => new Date(), newId = randomUUID, seed = 'none', automation = false, audit = true, counted = audit, validate = 'base', wrapStore = (store) => store, rateLimit, conditionalDelete, claimFolder: folder, claimWindowMs: windowMs = 0, issuers: trusted, cdsClients, clientKeys, syncing, exchange, operations, maxSearchMs, outbound = { hosts: [], networks: [], loopback: true } } = options;
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-test-'));
  const store = wrapStore(await openSqliteStore({ directory, now: () => now().getTime(), maxSearchMs }));
  const entries: LogEntry[] = [];
  const seen: Seen[] = [];
  const log = (entry: LogEntry): void => void entries.push(entry);
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const answered = new Answered(counted);
  const server = await listen({
    host: '127.0.0.1', port: 0,
    listener: (request, response) => {
      if (counted) answered.watch(request, response);
      listener(request, response);
    },
  });
  const base = `${server.url}/fhir`;
  const claimFolder = folder === undefined ? undefined : { folder, windowMs };
  const issuers = typeof trusted === 'function' ? trusted(base) : trusted;
  const parts = { store, baseUrl: base, issuers, cdsClients, clientKeys, syncing, exchange, seed, automation, audit, validate, rateLimit, conditionalDelete, claimFolder, now, newId, log, seen: (each: Seen) => void seen.push(each), outbound, isReady: () => true };
  let workers: readonly (Worker | undefined)[] = [];
  let services: readonly { start(): void; stop(): Promise<void> }[] = [];
  let stopSync: () => Promise<void> = () => Promise.resolve();
  let flushAudit: () => Promise<void>;
  if (operations === undefined) {
    const cobalt = await compose(parts);
    ({ listener, flushAudit } = cobalt);
    workers = [cobalt.worker, cobalt.sender, cobalt.stockTaker];
    stopSync = () => cobalt.sync.stop();
    services = [...(exchange ? [cobalt.subscriptions, cobalt.jobs] : []), ...(syncing?.tickMs === undefined ? [] : [cobalt.synchronizer])];
    for (const service of services) service.start();
  } else ({ listener, flushAudit } = await withOperations(operations === 'none' ? new OperationRegistry([]) : operations, parts));

  const request: TestServer['request'] = async (method, path, body, headers = {}) => {
    const url = /^https?:/.test(path) ? path : path === '' ? base : `${base}${path.startsWith('?') ? '' : '/'}${path}`;
    const content = body === undefined ? {} : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) };
    const response = await fetch(url, { method, ...content, headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/fhir+json' }), ...headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text.startsWith('{') && !/ndjson/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined };
  };
  return {
    base, origin: server.url, listener, store, log: entries, seen, flushAudit, request,
    get: (path, headers) => request('GET', path, undefined, headers),
    post: (path, body, headers) => request('POST', path, body, headers),
    put: (path, body, headers) => request('PUT', path, body, headers),
    delete: (path, headers) => request('DELETE', path, undefined, headers),
    async drain() {
      let taken = 0;
      for (const worker of workers) taken += (await worker?.drain()) ?? 0;
      return taken;
    },
    async close() {
      await Promise.all([stopSync(), ...[...workers, ...services].map((one) => one?.stop())]);
      await server.close(5_000);
      await flushAudit();
      const unrecorded = await answered.withoutAuditEvent(store);
      await store.close();
      rmSync(directory, { recursive: true, force: true });
      if (unrecorded.length > 0) throw new Error(`no AuditEvent tells of these: ${unrecorded.join(', ')}`);
    },
  };
}

async function withOperations(operations: OperationRegistry, { store, baseUrl, audit, validate = 'base', conditionalDelete, now, newId, log, isReady }: Parts): Promise<{ listener: RequestListener; flushAudit: () => Promise<void> }> {
  await prepareValidation();
  const conformance = Conformance.read(inProject('profiles'));
  const terminology = new HeldTerminology(conformance.resources);
  const search = await createSearch({ baseUrl, extraParameters: conformance.ofType('SearchParameter'), terminology, now: () => now().getTime() });
  const fhir = await createFhir({ store, search, operations, conformance, terminology, audit: audit ? { device: 'Device/cobalt' } : undefined, validate, conditionalDelete, baseUrl, software: { version: 'test' }, now, newId, log });
  const docs = { baseUrl, operations: operations.operations, codesOf: fhir.codesOf, describe: fhir.describe, examplesOf: () => [] };
  const app = createApp({ page: { baseUrl, version: 'test', operations: [] }, docs, isReady, probe: () => store.probe(), log });
  return { listener: createListener({ fhir, app, newId, acceptsHost: loopbackHosts(baseUrl) }), flushAudit: fhir.flushAudit };
}

/** The issues of an OperationOutcome, or of an answer that should be one. */
export const issuesOf = (answer: Answer): OperationOutcome['issue'] => (answer.body as OperationOutcome).issue;

