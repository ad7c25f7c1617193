import { createServer, request as forward, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle } from 'fhir/r4.js';

/** What may go wrong with one answer. */
export const FAULTS = [
  'dropped before the answer', 'dropped in the middle', '401', '429 with milliseconds since 1970', '429 with a date in the past', '429 with seconds', '500', '503 without a body', '502 with HTML', 'cut JSON',
  'forgotten pages', 'twice in a page', 'of the page before', 'next on another host', 'next without a host', 'a page served twice', 'an hour ahead', 'an hour behind', 'no clock', 'an outcome among the matches',
] as const;
export type Fault = (typeof FAULTS)[number] | Refusal;
/** What is done to a request (`GET /fhir/Coverage?…`), perhaps after a while. */
export type Plan = (request: string) => Fault | undefined | Promise<Fault | undefined>;

/** An answer that the server behind is not asked for. */
export interface Refusal {
  readonly status: number;
  readonly headers?: IncomingHttpHeaders;
  /** Of the issue's details. */
  readonly code?: string;
  /** Instead of an OperationOutcome. */
  readonly body?: unknown;
  /** The same, letter by letter. */
  readonly text?: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Stands before a FHIR server, passes requests on, and does to the answers what a plan says. */
export class FaultProxy {
  /** How often each fault was done. */
  readonly done = new Map<(typeof FAULTS)[number], number>();
  /** Requests to the host that faults point to: there must be none. */
  elsewhere = 0;
  readonly #server: Server;
  readonly #other: Server;
  readonly #target: () => string;
  readonly #plan: Plan;
  readonly #forget: () => void;
  #before: Bundle['entry'] = [];

  private constructor(target: () => string, plan: Plan, forget: () => void) {
    this.#target = target;
    this.#plan = plan;
    this.#forget = forget;
    this.#server = createServer((request, response) => void this.#pass(request, response));
    this.#other = createServer((_request, response) => {
      this.elsewhere++;
      response.end('{}');
    });
  }

  /** `plan` is asked for each request to the FHIR server, as `GET /fhir/Coverage?…`. `forget` makes the server forget its pages. */
  static async start(target: () => string, plan: Plan, forget: () => void = () => undefined): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, plan, forget);
    for (const server of [proxy.#server, proxy.#other]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fhir`;
  }

  async close(): Promise<void> {
    for (const server of [this.#server, this.#other]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fault = await this.#plan(`${request.method} ${request.url}`);
    if (typeof fault === 'object') return refuse(response, fault);
    if (fault !== undefined) this.done.set(fault, (this.done.get(fault) ?? 0) + 1);
    if (fault === 'dropped before the answer') return void request.socket.destroy();
    if (fault === 'forgotten pages') this.#forget();
    const answer = BEFORE[fault ?? ''] ?? await this.#ask(request, Buffer.concat(chunks));
    const changed = fault === undefined ? answer : this.#changed(answer, fault);
    this.#remember(answer);
    const headers = endToEnd(changed.headers);
    if (fault === 'no clock') response.sendDate = false;
    if (fault === 'dropped in the middle') {
      response.writeHead(changed.status, { ...headers, 'content-length': String(changed.body.length) });
      response.write(changed.body.subarray(0, Math.floor(changed.body.length / 2)), () => request.socket.destroy());
      return;
    }
    response.writeHead(changed.status, headers);
    response.end(changed.body);
  }

  #ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = forward(new URL(url ?? '', this.#target()), { method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) })).on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #changed(answer: Answer, fault: (typeof FAULTS)[number]): Answer {
    switch (fault) {
      case 'cut JSON':
        return { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length * 0.7)) };
      case 'an hour ahead':
        return { ...answer, headers: { ...answer.headers, date: new Date(Date.now() + 3_600_000).toUTCString() } };
      case 'an hour behind':
        return { ...answer, headers: { ...answer.headers, date: new Date(Date.now() - 3_600_000).toUTCString() } };
      case 'no clock':
        return { ...answer, headers: withoutDate(answer.headers) };
      case 'twice in a page':
        return inBundle(answer, (bundle) => void bundle.entry?.push(...(bundle.entry.slice(0, 3))));
      case 'of the page before':
        return inBundle(answer, (bundle) => void bundle.entry?.unshift(...(this.#before ?? [])));
      case 'next on another host':
        return inBundle(answer, (bundle) => {
          for (const link of bundle.link ?? []) if (link.relation === 'next') link.url = `http://127.0.0.1:${(this.#other.address() as AddressInfo).port}/fhir?page=2`;
        });
      case 'next without a host':
        return inBundle(answer, (bundle) => {
          for (const link of bundle.link ?? []) if (link.relation === 'next') link.url = link.url.slice(new URL(link.url).origin.length);
        });
      case 'a page served twice':
        return inBundle(answer, (bundle) => {
          for (const link of bundle.link ?? []) if (link.relation === 'next') link.url = link.url.replace(/from=(\d+)&size=(\d+)/, (_, from: string, size: string) => `from=${Math.max(0, Number(from) - Number(size))}&size=${size}&again=1`);
        });
      case 'an outcome among the matches':
        return inBundle(answer, (bundle) => void bundle.entry?.push({ search: { mode: 'outcome' }, resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'processing' }] } as never }));
      default:
        return answer;
    }
  }

  #remember({ body, status }: Answer): void {
    if (status !== 200 || body[0] !== 0x7b) return;
    const { resourceType, entry } = JSON.parse(body.toString()) as Bundle;
    if (resourceType === 'Bundle') this.#before = entry?.slice(0, 3);
  }
}

function refuse(response: ServerResponse, { status, headers = {}, code = 'none', body = refusalOf(code), text = JSON.stringify(body) }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
  response.end(text);
}

const refusalOf = (code: string): unknown => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'processing', details: { coding: [{ system: 'urn:peer', code }] } }] });

const endToEnd = ({ 'content-length': _length, 'transfer-encoding': _encoding, connection: _connection, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders => headers;

const withoutDate = ({ date: _date, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders => headers;

const json = (status: number, headers: IncomingHttpHeaders = {}): Answer => ({ status, headers: { 'content-type': 'application/fhir+json', ...headers }, body: Buffer.from('{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient"}]}') });

/** Faults that the server behind is not asked for. */
const BEFORE: Readonly<Record<string, Answer>> = {
  401: json(401),
  500: json(500),
  '503 without a body': { ...json(503), body: Buffer.alloc(0) },
  '502 with HTML': { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Bad Gateway</h1>') },
  '429 with milliseconds since 1970': json(429, { 'retry-after': '1790000000000' }),
  '429 with a date in the past': json(429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
  '429 with seconds': json(429, { 'retry-after': '0' }),
};

function inBundle(answer: Answer, change: (bundle: Bundle) => void): Answer {
  if (answer.status !== 200) return answer;
  const bundle = JSON.parse(answer.body.toString()) as Bundle;
  if (bundle.resourceType !== 'Bundle') return answer;
  change(bundle);
  return { ...answer, body: Buffer.from(JSON.stringify(bundle)) };
}
