import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type autocannon from 'autocannon';
import { inProject } from '../../src/root.js';
import type { Recording } from './bare-server.js';
import { firstMatch, startCobalt, stopAll } from './process.js';
import { median, type Row } from './table.js';
import { explanationOfBenefit } from './fixtures.js';

const CONNECTIONS = 32;
const ROUNDS = 7;
const SECONDS = 2;
const PATIENTS = 100;
const EOBS = 5_000;
const run = promisify(execFile);

interface Case {
  readonly name: string;
  readonly bar: number;
  readonly request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string };
}

/** Read, search and durable create beside a bare listener that sends the same headers and bytes, taking turns. */
export async function benchRest(): Promise<Row[]> {
  const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { base } = await startCobalt(join(data, 'store'), 'none', children);
    const id = await fill(base);
    const cases: Case[] = [
      { name: 'read by id', bar: 0.5, request: { method: 'GET', path: `/fhir/ExplanationOfBenefit/${id}` } },
      { name: 'search, page of 20 by patient', bar: 0.3, request: { method: 'GET', path: '/fhir/ExplanationOfBenefit?patient=Patient/bench-7&_count=20' } },
      { name: 'durable create, validated and indexed', bar: 0.15, request: { method: 'POST', path: '/fhir/ExplanationOfBenefit', body: JSON.stringify(explanationOfBenefit(7)) } },
    ];
    const recordings = Object.fromEntries(await Promise.all(cases.map(async ({ request }) => [`${request.method} ${request.path}`, await record(base, request)])));
    const recordingsFile = join(data, 'recordings.json');
    writeFileSync(recordingsFile, JSON.stringify(recordings));
    const bare = await startBare(recordingsFile, children);
    const rows: Row[] = [];
    for (const one of cases) rows.push(await compare(one, new URL(base).origin, bare));
    return rows;
  } finally {
    await stopAll(children);
    rmSync(data, { recursive: true, force: true });
  }
}

async function compare({ name, bar, request }: Case, cobalt: string, bare: string): Promise<Row> {
  const rounds: { mine: number; yardstick: number }[] = [];
  await load(cobalt, request, 1);
  await load(bare, request, 1);
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ mine: await load(cobalt, request, SECONDS), yardstick: await load(bare, request, SECONDS) });
  }
  const mine = median(rounds.map((round) => round.mine));
  const yardstick = median(rounds.map((round) => round.yardstick));
  return { name, mine: `${Math.round(mine)}/s`, yardstick: `bare node:http ${Math.round(yardstick)}/s`, ratio: mine / yardstick, bar, better: 'higher' };
}

async function load(origin: string, request: Case['request'], seconds: number): Promise<number> {
  const options: autocannon.Options = {
    url: origin + request.path,
    method: request.method,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' },
    ...(request.body ? { body: request.body } : {}),
  };
  const { stdout } = await run(process.execPath, [inProject('dist/test/bench/load.js'), JSON.stringify(options)]);
  return Number(stdout);
}

async function record(base: string, request: Case['request']): Promise<Recording> {
  const origin = new URL(base).origin;
  const answer = await fetch(origin + request.path, { method: request.method, headers: { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' }, ...(request.body ? { body: request.body } : {}) });
  if (!answer.ok) throw new Error(`${request.method} ${request.path} answered ${answer.status}: ${await answer.text()}`);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !['connection', 'keep-alive', 'date', 'content-length', 'transfer-encoding'].includes(name)));
  return { status: answer.status, headers, body: await answer.text() };
}

async function fill(base: string): Promise<string> {
  const patients = Array.from({ length: PATIENTS }, (_, n) => ({
    request: { method: 'PUT', url: `Patient/bench-${n}` },
    resource: { resourceType: 'Patient', id: `bench-${n}`, name: [{ family: `Bench${n}` }] },
  }));
  await post(base, patients);
  let id = '';
  for (let start = 0; start < EOBS; start += 500) {
    const entries = Array.from({ length: 500 }, (_, n) => ({ request: { method: 'POST', url: 'ExplanationOfBenefit' }, resource: explanationOfBenefit((start + n) % PATIENTS) }));
    const answer = (await post(base, entries)) as { entry: { response: { location: string } }[] };
    id = answer.entry[0]?.response.location.split('/').at(-3) ?? id;
  }
  return id;
}

async function post(base: string, entry: object[]): Promise<unknown> {
  const answer = await fetch(base, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }) });
  if (!answer.ok) throw new Error(`the bench's data was refused: ${await answer.text()}`);
  return answer.json();
}

async function startBare(recordingsFile: string, children: ChildProcess[]): Promise<string> {
  const child = spawn(process.execPath, [inProject('dist/test/bench/bare-server.js'), recordingsFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return `http://127.0.0.1:${await firstMatch(child, /^\d+$/)}`;
}
