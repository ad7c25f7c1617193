import { expect } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { pause } from './subscriber.js';

export const ASYNC = { Accept: 'application/fhir+json', Prefer: 'respond-async' };

/** The manifest of an export, or of an import. */
export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[];
  readonly deleted?: readonly { readonly type: string; readonly url: string; readonly count: number }[];
  readonly error: readonly { readonly type: string; readonly url: string; readonly count: number }[];
}

/** What is needed of a server to ask it for bulk data. */
export type Asking = Pick<TestServer, 'get' | 'post'>;

export const startBulkServer = (options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> => startTestServer({ exchange: { bulk: { pollMs: 50, backOff: { baseMs: 10, mostMs: 50 } } }, ...options });

/** Where to ask for what a kick-off began. */
export function locationOf(answer: Answer): string {
  expect(answer.status, answer.text).toBe(202);
  return answer.headers.get('content-location') ?? '';
}

/** Asks, as often as it is told to, until the job is done. */
export async function completed(location: string, server: Asking): Promise<Manifest> {
  for (;;) {
    const answer = await server.get(location);
    if (answer.status !== 202) {
      expect(answer.status, answer.text).toBe(200);
      return answer.body as Manifest;
    }
    await pause(Math.min(50, Number(answer.headers.get('retry-after')) * 1_000));
  }
}

/** The lines of files, together. */
export async function linesOf(files: readonly { readonly url: string; readonly count: number }[], server: Asking): Promise<string[]> {
  const lines: string[] = [];
  for (const { url, count } of files) {
    const { status, text } = await server.get(url);
    expect(status).toBe(200);
    const own = text.split('\n').filter((line) => line !== '');
    expect(own).toHaveLength(count);
    lines.push(...own);
  }
  return lines;
}

export const exported = async (path: string, server: Asking): Promise<{ readonly manifest: Manifest; readonly lines: readonly string[] }> => {
  const manifest = await completed(locationOf(await server.get(path, ASYNC)), server);
  return { manifest, lines: await linesOf(manifest.output, server) };
};

/** `Type/id` of each line. */
export const namesOf = (lines: readonly string[]): string[] => lines.map((line) => JSON.parse(line) as { resourceType: string; id: string }).map(({ resourceType, id }) => `${resourceType}/${id}`).sort();
