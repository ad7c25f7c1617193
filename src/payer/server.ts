import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FhirResource, OperationOutcome } from 'fhir/r4.js';
import { readPacket, Refused } from './packet.js';
import { SimulatedPayer } from './payer.js';

export interface PayerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** FHIR base that later answers are pushed to; without it they wait to be asked for. */
  readonly callback?: string | undefined;
  /** How long after the claim later answers are there. */
  readonly delayMs: number;
  readonly now: () => Date;
}

export interface RunningPayer {
  /** `http://127.0.0.1:8090/fhir` */
  readonly base: string;
  /** Bodies of `Claim/$submit` as they came, in their order. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const MOST_BYTES = 32_000_000;

/** Serves the simulated payer: Claim/$submit and Claim, ClaimResponse by id, `request` and `identifier`, and Communication for documents. */
export async function startPayer({ host, port, callback, delayMs, now }: PayerOptions): Promise<RunningPayer> {
  const payer = new SimulatedPayer({ delayMs, now });
  const received: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const push = (claim: string): void => {
    const later = callback === undefined ? undefined : payer.laterAbout(claim);
    if (!later) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void pushAll(later.responses, callback as string);
    }, later.inMs);
    timers.add(timer);
  };
  const server = createServer((request, response) => {
    void replyTo(request, payer, received, push).catch((): Reply => outcome(500, 'exception', 'The payer failed')).then(({ status, body, headers }) => {
      response.writeHead(status, { 'Content-Type': 'application/fhir+json', ...headers }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    base: `http://${host}:${(server.address() as AddressInfo).port}/fhir`,
    received,
    close: () => close(server, timers),
  };
}

async function replyTo(request: IncomingMessage, payer: SimulatedPayer, received: string[], push: (claim: string) => void): Promise<Reply> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://payer');
  const route = `${request.method ?? ''} ${pathname.replace(/^\/fhir\/?/, '')}`;
  if (route === 'POST Claim/$submit' || route === 'POST Claim') {
    const text = await bodyOf(request);
    received.push(text);
    return submitted(text, request, payer, push);
  }
  if (route === 'POST Communication') {
    const sent = parsed(await bodyOf(request)) as { readonly about?: readonly { readonly reference?: string }[] } | undefined;
    for (const { reference } of sent?.about ?? []) {
      if (reference === undefined) continue;
      payer.receiveDocuments(reference);
      push(reference);
    }
    return { status: 201, body: sent ?? {} };
  }
  if (route === 'GET ClaimResponse') {
    const names = [...searchParams.getAll('request'), ...searchParams.getAll('identifier')].map((name) => name.split('|').at(-1) ?? '');
    return { status: 200, body: { resourceType: 'Bundle', type: 'searchset', entry: payer.answersAbout(names).map((resource) => ({ resource })) } };
  }
  const [, id] = /^GET ClaimResponse\/([A-Za-z0-9.-]{1,64})$/.exec(route) ?? [];
  const found = id === undefined ? undefined : payer.answer(id);
  return found ? { status: 200, body: found } : outcome(404, 'not-found', 'The payer knows Claim/$submit, Claim, ClaimResponse and Communication');
}

function submitted(text: string, request: IncomingMessage, payer: SimulatedPayer, push: (claim: string) => void): Reply {
  try {
    const { packet, key } = readPacket(parsed(text));
    const header = request.headers['idempotency-key'];
    const reception = payer.receive(packet, key ?? (typeof header === 'string' ? header : createHash('sha256').update(text).digest('hex')));
    if (reception.kind === 'refused') return outcome(422, 'business-rule', reception.text);
    if (reception.kind === 'out-of-order') return outcome(503, 'transient', 'Out of order', { 'Retry-After': '1' });
    push(`Claim/${packet.claim.id ?? ''}`);
    return { status: 200, body: reception.response };
  } catch (error) {
    if (error instanceof Refused) return outcome(400, 'invalid', error.message);
    throw error;
  }
}

/** One after the other; what the other side does not take now it can still ask for. */
async function pushAll(responses: readonly FhirResource[], callback: string): Promise<void> {
  for (const response of responses) {
    await fetch(`${callback}/ClaimResponse`, { method: 'POST', headers: { 'Content-Type': 'application/fhir+json' }, body: JSON.stringify({ ...response, id: undefined }) }).catch(() => undefined);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function outcome(status: number, code: OperationOutcome['issue'][number]['code'], text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body: OperationOutcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, details: { text } }] };
  return { status, body, headers };
}

function close(server: Server, timers: ReadonlySet<NodeJS.Timeout>): Promise<void> {
  for (const timer of timers) clearTimeout(timer);
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
