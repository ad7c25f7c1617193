import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Parameters } from 'fhir/r4.js';
import { Client } from 'fhir-kit-client';
import { inProject } from '../../src/root.js';
import { endpoint } from '../sync/household.js';
import { firstMatch, startCobalt, stopAll } from './process.js';
import { median, printTable, type Row } from './table.js';

const COVERAGES = 10_000;
const ROUNDS = 5;
/** As the synchronisation asks for them. */
const PAGE = 200;

/** What a yardstick and a run ask for beside the size of a page. */
const ALL: Readonly<Record<string, string>> = {};
const RECENT: Readonly<Record<string, string>> = { _lastUpdated: 'ge2000-01-01T00:00:00.000Z' };

/** How the source comes by its pages, and from which ratio on the bench is met. */
const SOURCES = [
  { pages: 'searched', name: 'each page searched for by the source', bars: [0.5, 0.5], rounds: 3 },
  // No health record gives pages that fast: what is compared is all that Cobalt does with a coverage, and JSON.parse.
  { pages: 'kept', name: 'pages kept ready by the source', bars: [0.08, 0.4], rounds: ROUNDS },
] as const;

/**
 * Coverages synchronised a second, each durable with the checkpoint of its page, from a FHIR server of another maker that
 * holds them in memory, in a process of its own; beside it fhir-kit-client alone, which asks the same server for the same
 * pages, parses them and throws them away. Both take turns. Then the same again, when nothing has changed.
 */
export async function benchSync(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const source of SOURCES) rows.push(...(await benchSource(source)));
  return rows;
}

async function benchSource({ pages, name, bars, rounds }: (typeof SOURCES)[number]): Promise<Row[]> {
  const children: ChildProcess[] = [];
  try {
    const [base, another] = [await startPeer(children, pages), await startPeer(children, pages)];
    const seconds = { first: [] as number[], again: [] as number[], all: [] as number[], recent: [] as number[] };
    await paged(base, ALL);
    for (let round = 0; round < rounds; round++) {
      seconds.all.push(await paged(base, ALL));
      const { first, again } = await synchronised(base, another, async () => void seconds.recent.push(await paged(base, RECENT)));
      seconds.first.push(first);
      seconds.again.push(again);
    }
    return [
      row(`coverages synchronised, durable; ${name}`, seconds.first, seconds.all, bars[0]),
      row(`coverages looked at again, unchanged; ${name}`, seconds.again, seconds.recent, bars[1]),
    ];
  } finally {
    await stopAll(children);
  }
}

async function startPeer(children: ChildProcess[], pages: string): Promise<string> {
  const peer = spawn(process.execPath, [inProject('dist/test/bench/sync-peer.js'), String(COVERAGES), pages], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(peer);
  return firstMatch(peer, /http:\/\/\S+\/fhir/);
}

function row(name: string, mine: readonly number[], bare: readonly number[], bar: number): Row {
  const [own, yardstick] = [COVERAGES / median(mine), COVERAGES / median(bare)];
  return { name, mine: `${own.toFixed(0)}/s`, yardstick: `${yardstick.toFixed(0)}/s paged and discarded by fhir-kit-client`, ratio: own / yardstick, bar, better: 'higher' };
}

/** Seconds. */
async function paged(base: string, more: Readonly<Record<string, string>>): Promise<number> {
  const client = new Client({ baseUrl: base });
  const started = performance.now();
  let seen = 0;
  let bundle = (await client.search({ resourceType: 'Coverage', searchParams: { ...more, _count: PAGE } })) as unknown as Bundle | undefined;
  while (bundle) {
    seen += bundle.entry?.length ?? 0;
    bundle = (await client.nextPage({ bundle: bundle as never })) as unknown as Bundle | undefined;
  }
  if (seen !== COVERAGES) throw new Error(`the yardstick saw ${seen} coverages`);
  return (performance.now() - started) / 1_000;
}

/** Seconds of a first run into an empty store, and of one more; `between` takes its turn between both. */
async function synchronised(base: string, another: string, between: () => Promise<void>): Promise<{ readonly first: number; readonly again: number }> {
  const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { base: ours } = await startCobalt(join(data, 'store'), 'none', children, { COBALT_AUTOMATION: 'off' });
    // A server that has just started compiles while it works, which the yardstick has done: another source first.
    await run(ours, 'another', another, 'written');
    const first = await run(ours, 'peer', base, 'written');
    await between();
    return { first, again: await run(ours, 'peer', base, 'unchanged') };
  } finally {
    await stopAll(children);
    rmSync(data, { recursive: true, force: true });
  }
}

const JSON_HEADERS = { 'Content-Type': 'application/fhir+json' };

/** Seconds. @throws {Error} unless all came to what is expected */
async function run(ours: string, id: string, address: string, expected: 'written' | 'unchanged'): Promise<number> {
  await fetch(`${ours}/Endpoint/${id}`, { method: 'PUT', headers: JSON_HEADERS, body: JSON.stringify({ ...endpoint(address, { types: ['Coverage'] }), id }) });
  const started = performance.now();
  const answer = await fetch(`${ours}/Endpoint/${id}/$sync`, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ resourceType: 'Parameters' }) });
  const seconds = (performance.now() - started) / 1_000;
  const { parameter = [] } = (await answer.json()) as Parameters;
  if (parameter.find(({ name }) => name === expected)?.valueUnsignedInt !== COVERAGES) throw new Error(`not all was ${expected}: ${JSON.stringify(parameter)}`);
  return seconds;
}

if (process.argv[1]?.endsWith('sync.js')) printTable(await benchSync());
