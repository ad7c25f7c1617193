import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Parameters } from 'fhir/r4.js';
import { Client } from 'fhir-kit-client';
import { inProject } from '../../src/root.js';
import { endpoint } from '../sync/household.js';
import { firstMatch, startCobalt, stopAll } from './process.js';
import { median, type Row } from './table.js';

const COVERAGES = 10_000;
const ROUNDS = 3;

/**
 * Coverages synchronised a second, each durable with the checkpoint of its page, from a FHIR server of another maker that
 * holds them in memory; beside it fhir-kit-client alone, which asks for the same pages and throws them away.
 */
export async function benchSync(): Promise<Row[]> {
  const children: ChildProcess[] = [];
  try {
    const peer = spawn(process.execPath, [inProject('dist/test/bench/sync-peer.js'), String(COVERAGES)], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(peer);
    const base = await firstMatch(peer, /http:\/\/\S+\/fhir/);
    const [mine, bare]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await paged(base));
      mine.push(await synchronised(base));
    }
    const perSecond = (values: readonly number[]): number => COVERAGES / median(values);
    const [own, yardstick] = [perSecond(mine), perSecond(bare)];
    return [{ name: 'coverages synchronised, durable', mine: `${own.toFixed(0)}/s`, yardstick: `${yardstick.toFixed(0)}/s paged and discarded by fhir-kit-client`, ratio: own / yardstick, bar: 0.5, better: 'higher' }];
  } finally {
    await stopAll(children);
  }
}

/** Seconds. */
async function paged(base: string): Promise<number> {
  const client = new Client({ baseUrl: base });
  const started = performance.now();
  let seen = 0;
  let bundle = (await client.search({ resourceType: 'Coverage', searchParams: { _count: 200 } })) as unknown as Bundle | undefined;
  while (bundle) {
    seen += bundle.entry?.length ?? 0;
    bundle = (await client.nextPage({ bundle: bundle as never })) as unknown as Bundle | undefined;
  }
  if (seen !== COVERAGES) throw new Error(`the yardstick saw ${seen} coverages`);
  return (performance.now() - started) / 1_000;
}

/** Seconds, of a first run into an empty store. */
async function synchronised(base: string): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { base: ours } = await startCobalt(join(data, 'store'), 'none', children, { COBALT_AUTOMATION: 'off' });
    const headers = { 'Content-Type': 'application/fhir+json' };
    await fetch(`${ours}/Endpoint/peer`, { method: 'PUT', headers, body: JSON.stringify(endpoint(base, { types: ['Coverage'] })) });
    const started = performance.now();
    const answer = await fetch(`${ours}/Endpoint/peer/$sync`, { method: 'POST', headers, body: JSON.stringify({ resourceType: 'Parameters' }) });
    const seconds = (performance.now() - started) / 1_000;
    const { parameter = [] } = (await answer.json()) as Parameters;
    if (parameter.find(({ name }) => name === 'written')?.valueUnsignedInt !== COVERAGES) throw new Error(`not all was synchronised: ${JSON.stringify(parameter)}`);
    return seconds;
  } finally {
    await stopAll(children);
    rmSync(data, { recursive: true, force: true });
  }
}
