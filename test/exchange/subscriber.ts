import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request that a subscriber got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed when there is something. */
  // Tests look into notifications of every kind; the assertions say what they must be.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
  /** What it was answered; 0: nothing, the connection was cut. */
  readonly answered: number;
}

/** What becomes of a request: a status, after some milliseconds; 0 cuts the connection. */
export type Behaviour = (nth: number) => { readonly status: number; readonly afterMs?: number; readonly headers?: Record<string, string> };

export interface Subscriber {
  readonly url: string;
  /** What came, in its order; only what was answered with 2xx counts as taken. */
  readonly received: Received[];
  readonly taken: () => Received[];
  behave(behaviour: Behaviour): void;
  /** Takes no connections for a while; then the same address again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** An endpoint of our own that drops, delays, answers 500 and restarts as it is told. */
export async function startSubscriber(): Promise<Subscriber> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let behaviour: Behaviour = () => ({ status: 200 });
  let port = 0;
  let nth = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { status, afterMs = 0, headers = {} } = behaviour(nth++);
      const text = Buffer.concat(parts).toString('utf8');
      received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, text, body: text === '' ? undefined : JSON.parse(text), answered: status });
      const answer = (): unknown => (status === 0 ? request.socket.destroy() : response.writeHead(status, headers).end());
      if (afterMs > 0) setTimeout(answer, afterMs);
      else answer();
    });
    request.on('error', () => undefined);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const start = async (): Promise<void> => {
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    const stopped = new Promise((done) => server.close(done));
    for (const socket of sockets) socket.destroy();
    await stopped;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}/hook`, received, start, stop,
    taken: () => received.filter(({ answered }) => answered >= 200 && answered < 300),
    behave: (next) => {
      behaviour = next;
      nth = 0;
    },
    close: () => stop().catch(() => undefined),
  };
}

/** Waits until it holds. @throws {Error} after the time */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it did not come about in ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
