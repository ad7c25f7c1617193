import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type autocannon from 'autocannon';
import { inProject } from '../../src/root.js';

/** What a round of load came to: requests a second, and milliseconds below which 99 of 100 were answered. */
export interface Measured {
  readonly perSecond: number;
  readonly p99: number;
}

export interface BenchRequest {
  readonly method: 'GET' | 'POST';
  /** From the root of the server: `/fhir/Patient/1`. */
  readonly path: string;
  readonly body?: string;
  /** Beside those that all have. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const JSON_HEADERS = { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' };

const run = promisify(execFile);

/** Asks the requests in turn for some seconds, from a process of its own. `rate`: requests a second; default as many as go. */
export async function load(origin: string, requests: readonly BenchRequest[], options: { connections: number; seconds: number; rate?: number }): Promise<Measured> {
  const asked: autocannon.Options = {
    url: origin,
    connections: options.connections,
    duration: options.seconds,
    headers: JSON_HEADERS,
    requests: requests.map((request) => (request.headers ? { ...request, headers: { ...JSON_HEADERS, ...request.headers } } : request)),
    ...(options.rate ? { overallRate: options.rate } : {}),
  };
  const { stdout } = await run(process.execPath, [inProject('dist/test/bench/load.js'), JSON.stringify(asked)]);
  return JSON.parse(stdout) as Measured;
}
