import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../../src/root.js';
import type { Recording } from './bare-server.js';
import { JSON_HEADERS, load, type BenchRequest } from './loader.js';
import { firstMatch, withCobalt } from './process.js';
import { median, type Row } from './table.js';

const CONNECTIONS = 32;
const ROUNDS = 7;
const SECONDS = 2;

export interface Case {
  readonly name: string;
  readonly bar: number;
  readonly request: BenchRequest;
}

/** Requests to a server that `fill` filled beside a bare listener that sends the same headers and bytes, taking turns. */
export const besideBare = (fill: (base: string) => Promise<readonly Case[]>, settings: Readonly<Record<string, string>> = {}): Promise<Row[]> =>
  withCobalt(async ({ base, data, children }) => {
    const cases = await fill(base);
    const bare = await startBare(base, cases.map(({ request }) => request), data, children);
    const rows: Row[] = [];
    for (const one of cases) rows.push(await compare(one, new URL(base).origin, bare));
    return rows;
  }, { settings });

async function compare({ name, bar, request }: Case, cobalt: string, bare: string): Promise<Row> {
  const perSecond = async (origin: string, seconds: number) => (await load(origin, [request], { connections: CONNECTIONS, seconds })).perSecond;
  const rounds: { mine: number; yardstick: number }[] = [];
  await perSecond(cobalt, 1);
  await perSecond(bare, 1);
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ mine: await perSecond(cobalt, SECONDS), yardstick: await perSecond(bare, SECONDS) });
  }
  const mine = median(rounds.map((round) => round.mine));
  const yardstick = median(rounds.map((round) => round.yardstick));
  return { name, mine: `${Math.round(mine)}/s`, yardstick: `bare node:http ${Math.round(yardstick)}/s`, ratio: mine / yardstick, bar, better: 'higher' };
}

/** A bare listener that answers the requests as Cobalt at `base` does now. */
export async function startBare(base: string, requests: readonly BenchRequest[], data: string, children: ChildProcess[]): Promise<string> {
  const recordings = Object.fromEntries(await Promise.all(requests.map(async (request) => [`${request.method} ${request.path}`, await record(base, request)])));
  const file = join(data, 'recordings.json');
  writeFileSync(file, JSON.stringify(recordings));
  const child = spawn(process.execPath, [inProject('dist/test/bench/bare-server.js'), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return `http://127.0.0.1:${await firstMatch(child, /^\d+$/)}`;
}

async function record(base: string, { method, path, body }: BenchRequest): Promise<Recording> {
  const answer = await fetch(new URL(base).origin + path, { method, headers: JSON_HEADERS, ...(body ? { body } : {}) });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !['connection', 'keep-alive', 'date', 'content-length', 'transfer-encoding'].includes(name)));
  return { status: answer.status, headers, body: await answer.text() };
}
