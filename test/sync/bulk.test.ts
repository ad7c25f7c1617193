import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Basic, Bundle, Coverage, FhirResource, OperationOutcome, Parameters } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { coverage, endpoint, household } from './household.js';

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
}

/** A bulk data server (Bulk Data Access 2): a kick-off, a status page, files; what goes wrong is the test's to say. */
class BulkServer {
  readonly asked: Asked[] = [];
  /** Of the files of the next export. */
  resources: readonly FhirResource[] = [];
  deleted: readonly string[] = [];
  /** OperationOutcomes of what could not be exported. */
  errors: readonly OperationOutcome[] = [];
  /** Ids of the Group's patients; undefined: it does not say. */
  members: readonly string[] | undefined;
  /** Looks at the status page that are answered 202 before it is ready, with these headers. */
  notReady: readonly Record<string, string>[] = [];
  isGzipped = false;
  /** The manifest comes in two parts. */
  /** Where the manifest goes on. */
  next: string | undefined;
  /** Files break off after so many bytes, once. */
  breaksAfter: number | undefined;
  /** The status page says so that the export has failed, with an issue of this code. */
  failsWith: string | undefined;
  /** The status page is gone, once. */
  isForgotten = false;
  readonly #server: Server;
  #looks = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
  }

  static async start(): Promise<BulkServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new BulkServer(server);
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fhir`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  kickOffs = (): Asked[] => this.asked.filter(({ url }) => url.pathname.endsWith('$export'));

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', this.base);
    this.asked.push({ method: request.method ?? '', url, headers: request.headers });
    const json = (status: number, body: unknown, headers: Record<string, string> = {}): void => void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    switch (url.pathname) {
      case '/fhir/metadata':
        return json(200, { resourceType: 'CapabilityStatement', rest: [{ mode: 'server', resource: [...['Patient', 'Coverage'].map((type) => ({ type, interaction: [{ code: 'read' }] })), { type: 'Group', operation: [{ name: 'export', definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export' }] }] }] });
      case '/fhir/Group/ours':
        if (!this.members) return json(403, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'forbidden' }] });
        return json(200, { resourceType: 'Group', id: 'ours', type: 'person', actual: true, member: this.members.map((id) => ({ entity: { reference: `Patient/${id}` } })) });
      case '/fhir/Group/ours/$export':
        this.#looks = 0;
        return json(202, {}, { 'Content-Location': `${this.base}/status/1` });
      case '/fhir/status/1':
        return this.#status(request, json);
      case '/fhir/status/2':
        return json(200, this.#manifest(['Coverage'], undefined));
      default:
        return this.#file(url.pathname.split('/').at(-1) ?? '', response, json);
    }
  }

  #status({ method }: IncomingMessage, json: (status: number, body: unknown, headers?: Record<string, string>) => void): void {
    if (method === 'DELETE') return json(202, {});
    if (this.isForgotten) {
      this.isForgotten = false;
      return json(404, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] });
    }
    if (this.failsWith !== undefined) return json(500, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: this.failsWith }] });
    const headers = this.notReady[this.#looks++];
    if (headers) return json(202, {}, headers);
    json(200, this.next !== undefined ? this.#manifest(['Patient'], this.next) : this.#manifest(['Patient', 'Coverage'], undefined));
  }

  #manifest(types: readonly string[], next: string | undefined): unknown {
    return {
      transactionTime: '2026-11-22T09:00:00Z', request: `${this.base}/Group/ours/$export`, requiresAccessToken: false,
      output: types.map((type) => ({ type, url: `${this.base}/files/${type}` })), deleted: this.deleted.length > 0 ? [{ type: 'Bundle', url: `${this.base}/files/deleted` }] : [], error: this.errors.length > 0 ? [{ type: 'OperationOutcome', url: `${this.base}/files/errors` }] : [],
      ...(next === undefined ? {} : { link: [{ relation: 'next', url: next }] }),
    };
  }

  #file(name: string, response: ServerResponse, json: (status: number, body: unknown) => void): void {
    if (!['Patient', 'Coverage', 'deleted', 'errors'].includes(name)) return json(404, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] });
    const lines = name === 'errors' ? this.errors.map((outcome) => JSON.stringify(outcome)) : name === 'deleted'
      ? [JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: this.deleted.map((url) => ({ request: { method: 'DELETE', url } })) })]
      : this.resources.filter(({ resourceType }) => resourceType === name).map((resource) => JSON.stringify(resource));
    const body = Buffer.from(`${lines.join('\n')}\n`);
    const cut = name === 'Coverage' ? this.breaksAfter : undefined;
    if (cut !== undefined) {
      this.breaksAfter = undefined;
      response.writeHead(200, { 'Content-Type': 'application/fhir+ndjson', 'Content-Length': String(body.length) });
      response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/fhir+ndjson', ...(this.isGzipped ? { 'Content-Encoding': 'gzip' } : {}) });
    response.end(this.isGzipped ? gzipSync(body) : body);
  }
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function world(count: number): Promise<{ readonly source: BulkServer; readonly server: TestServer }> {
  const source = await BulkServer.start();
  const server = await startTestServer({ syncing: { waits: { baseMs: 1, mostMs: 2 }, leaseMs: 1_000 } });
  open.push(source, server);
  source.resources = Array.from({ length: count }, (_, n) => household(n)).flat().map((resource) => ({ ...resource, meta: { versionId: '1', lastUpdated: '2026-11-21T00:00:00Z' } }) as FhirResource);
  await server.put('Endpoint/peer', endpoint(source.base, { types: ['Patient', 'Coverage'], group: 'ours' }));
  return { source, server };
}

async function sync(server: TestServer, full = false): Promise<{ readonly written: number | undefined; readonly code: string | undefined }> {
  const answer = await server.post('Endpoint/peer/$sync', { resourceType: 'Parameters', ...(full ? { parameter: [{ name: 'full', valueBoolean: true }] } : {}) });
  expect(answer.status, answer.text).toBe(200);
  const { parameter = [] } = answer.body as Parameters;
  const outcome = parameter.find(({ name }) => name === 'outcome')?.resource as OperationOutcome | undefined;
  return { written: parameter.find(({ name }) => name === 'written')?.valueUnsignedInt, code: outcome?.issue[0]?.details?.coding?.[0]?.code };
}

const count = async (server: TestServer, search: string): Promise<number | undefined> => ((await server.get(`${search}${search.includes('?') ? '&' : '?'}_summary=count`)).body as Bundle).total;

describe('a source that exports the members of a Group', () => {
  it('is asked once for all types, followed to its files, and told when they are not needed any more', async () => {
    const { source, server } = await world(250);
    expect(await sync(server)).toEqual({ written: 500, code: undefined });
    expect([await count(server, 'Patient'), await count(server, 'Coverage')]).toEqual([250, 250]);
    const [kickOff] = source.kickOffs();
    expect(kickOff?.headers).toMatchObject({ accept: 'application/fhir+json', prefer: 'respond-async' });
    expect(Object.fromEntries(kickOff?.url.searchParams ?? [])).toEqual({ _type: 'Patient,Coverage', _outputFormat: 'application/fhir+ndjson' });
    expect(source.asked.filter(({ url }) => url.pathname === '/fhir/status/1').at(-1)).toMatchObject({ method: 'DELETE' });
    expect(source.asked.filter(({ url }) => url.pathname.includes('/files/')).map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('the next time for what changed since its own moment', async () => {
    const { source, server } = await world(3);
    await sync(server);
    source.resources = [{ ...coverage(1, { status: 'cancelled' }), meta: { versionId: '2', lastUpdated: '2026-11-22T08:59:00Z' } }];
    expect(await sync(server)).toEqual({ written: 1, code: undefined });
    expect(source.kickOffs()[1]?.url.searchParams.get('_since')).toBe('2026-11-22T08:50:00.000Z');
  });

  it.each([
    ['gzipped files', (source: BulkServer) => void (source.isGzipped = true)],
    ['a manifest in parts', (source: BulkServer) => void (source.next = `${source.base}/status/2`)],
    ['a manifest in parts whose link is relative', (source: BulkServer) => void (source.next = '2')],
    ['not ready, and absurd about when', (source: BulkServer) => void (source.notReady = [{ 'retry-after': '0' }, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }])],
  ])('%s', async (_what, prepare) => {
    const { source, server } = await world(5);
    prepare(source);
    expect(await sync(server)).toEqual({ written: 10, code: undefined });
  });

  it('what it deleted is marked, and stays', async () => {
    const { source, server } = await world(3);
    await sync(server);
    source.resources = [];
    source.deleted = ['Coverage/c1'];
    await sync(server);
    const marked = (await server.get(`Coverage/${localId(source.base, 'Coverage', 'c1')}`)).body as Coverage;
    expect(upstreamOf(marked)?.missingSince).toBeDefined();
    expect(await count(server, 'Coverage')).toBe(3);
  });

  it('a file that breaks off is gone on with where it was, from the same export', async () => {
    const { source, server } = await world(450);
    source.breaksAfter = 100_000;
    expect((await sync(server)).code).toBe('source-unreachable');
    const before = await count(server, 'Coverage');
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(450);
    expect((await sync(server)).code).toBeUndefined();
    expect(await count(server, 'Coverage')).toBe(450);
    expect(source.kickOffs()).toHaveLength(1);
  });

  it('an export that it has forgotten is asked for again', async () => {
    const { source, server } = await world(4);
    source.isForgotten = true;
    expect((await sync(server)).code).toBe('source-refused');
    expect(await sync(server)).toEqual({ written: 8, code: undefined });
    expect(source.kickOffs()).toHaveLength(2);
  });

  it('what it could not export is a dead letter, by its codes alone, until an export has no errors', async () => {
    const { source, server } = await world(2);
    source.errors = [{ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception', diagnostics: 'Erika Mustermann' }] }, { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] }];
    expect(await sync(server)).toEqual({ written: 4, code: undefined });
    const [letter] = ((await server.get('Basic?code=dead-letter')).body as Bundle<Basic>).entry ?? [];
    expect((letter?.resource?.contained?.[0] as OperationOutcome).issue[0]?.details?.text).toBe('The source could not export everything: 1 errors (exception)');
    expect(JSON.stringify([letter, server.log])).not.toContain('Mustermann');
    source.errors = [];
    await sync(server);
    expect(await count(server, 'Basic?code=dead-letter')).toBe(0);
  });

  it.each([['exception', 2], ['transient', 1]])('one that ended at the source with %s is asked for anew, or asked about again', async (code, kickOffs) => {
    const { source, server } = await world(1);
    source.failsWith = code;
    expect((await sync(server)).code).toBe(code === 'transient' ? 'source-unreachable' : 'source-refused');
    source.failsWith = undefined;
    expect([await sync(server), source.kickOffs().length]).toEqual([{ written: 2, code: undefined }, kickOffs]);
  });

  it('what a full one does not name any more is asked for by itself, and marked', async () => {
    const { source, server } = await world(3);
    await sync(server);
    source.resources = source.resources.filter(({ id }) => id !== 'c1');
    await sync(server);
    const missing = async (): Promise<(string | undefined)[]> => (((await server.get('Coverage?_count=100')).body as Bundle<Coverage>).entry ?? []).flatMap(({ resource }) => (resource && upstreamOf(resource)?.missingSince !== undefined ? [upstreamOf(resource)?.target] : []));
    expect(await missing()).toEqual([]);
    const before = source.asked.length;
    await sync(server, true);
    expect([await missing(), source.asked.slice(before).filter(({ url }) => /Coverage\/|Patient\//.test(url.pathname)).map(({ url }) => url.pathname)]).toEqual([['Coverage/c1'], ['/fhir/Coverage/c1']]);
  });

  it('new members are exported with all they had before, once', async () => {
    const { source, server } = await world(3);
    source.members = ['p0', 'p1', 'p2'];
    await sync(server);
    await sync(server);
    source.members = ['p0', 'p1', 'p2', 'p3'];
    source.resources = [...source.resources, ...household(3).map((resource) => ({ ...resource, meta: { versionId: '1', lastUpdated: '2020-01-01T00:00:00Z' } }) as FhirResource)];
    await sync(server);
    expect(source.kickOffs().map(({ url }) => url.searchParams.has('_since'))).toEqual([false, true, false]);
    expect(await count(server, 'Coverage')).toBe(4);
    // Whom not even a full export brings is no reason for another one.
    source.members = [...source.members, 'nobody'];
    for (let runs = 0; runs < 3; runs++) await sync(server);
    expect(source.kickOffs().map(({ url }) => url.searchParams.has('_since'))).toEqual([false, true, false, false, true, true]);
  });
});
