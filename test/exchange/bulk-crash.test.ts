import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { Mortal } from '../work/automation/killing.js';
import type { Manifest } from './bulk.js';

/** Resources, and so how long the processes live between two kills: `COBALT_TEST_RESOURCES=100000` for the whole of it. */
const RESOURCES = Number(process.env['COBALT_TEST_RESOURCES'] ?? 2_000);
const KILLS = RESOURCES >= 100_000 ? 8 : 2;
const PROCESS_MB = 700;
const ASYNC = { Accept: 'application/fhir+json', Prefer: 'respond-async' };

/** A coverage of some size, with digits that must stay. */
const coverage = (n: number): string =>
  `{"resourceType":"Coverage","id":"c${n}","status":"active","subscriberId":"S${n}",  "beneficiary":{"reference":"Patient/p${n % 500}"},"payor":[{"reference":"Organization/o${n % 7}"}],"costToBeneficiary":[{"type":{"text":"copay"},"valueMoney":{"value":${n % 90}.10,"currency":"USD"}}],"network":"${'n'.repeat(1 + (n % 200))}"}`;

/** The lines of the files of a manifest, each as a hash of what it says beside meta, by id. */
async function hashes(manifest: Manifest): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { url, count } of manifest.output) {
    const response = await fetch(url);
    let lines = 0;
    for await (const line of createInterface({ input: Readable.fromWeb(response.body as never), crlfDelay: Infinity })) {
      lines++;
      found.set(/"id":"([^"]+)"/.exec(line)?.[1] ?? '', createHash('sha256').update(line.replace(/"meta":\{[^}]*\}/, '"meta":{}')).digest('base64'));
    }
    expect(lines).toBe(count);
  }
  return found;
}

/** Asks whichever process serves until the job is done; a process that is gone is asked again. */
async function completed(location: string, server: Mortal): Promise<Manifest> {
  const path = new URL(location).pathname.replace(/^\/fhir/, '');
  for (;;) {
    try {
      const answer = await fetch(`${await server.base}${path}`);
      if (answer.status === 200) return JSON.parse((await answer.text()).replaceAll(/http:\/\/127\.0\.0\.1:\d+\/fhir\/\$job/g, `${await server.base}/$job`)) as Manifest;
      if (answer.status !== 202) throw new TypeError(`the job answered ${answer.status}: ${await answer.text()}`);
    } catch (error) {
      if (error instanceof TypeError && error.message.startsWith('the job')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function begin(path: string, server: Mortal, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(`${await server.base}/${path}`, { headers: ASYNC, ...init });
  expect(answer.status, await answer.clone().text()).toBe(202);
  return answer.headers.get('content-location') ?? '';
}

/** Kills the process now and then until something is done. */
async function killing<T>(server: Mortal, kills: number, afterMs: number, work: Promise<T>): Promise<T> {
  let done = false;
  const watched = work.finally(() => (done = true));
  for (let kill = 0; kill < kills; kill++) {
    await new Promise((resolve) => setTimeout(resolve, afterMs * (0.5 + Math.random())));
    if (done) break;
    await server.killAndRestart();
  }
  return watched;
}

const memoryOf = (pid: number | undefined): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

it(`${RESOURCES} resources, imported from a file, exported, and imported by another server, each killed (SIGKILL) meanwhile: equal byte for byte but for meta`, async () => {
  const directories = ['from', 'to'].map((name) => mkdtempSync(join(tmpdir(), `cobalt-bulk-${name}-`)));
  const [from, to] = directories.map((directory) => new Mortal({ COBALT_DATA: directory, COBALT_AUTOMATION: 'off' })) as [Mortal, Mortal];
  try {
    await Promise.all([from.base, to.base]);
    const parts: string[][] = [];
    for (let n = 0; n < RESOURCES; n += 50_000) parts.push(Array.from({ length: Math.min(50_000, RESOURCES - n) }, (_, i) => coverage(n + i)));
    for (const lines of parts) {
      const location = await begin('$import', from, { method: 'POST', headers: { ...ASYNC, 'Content-Type': 'application/fhir+ndjson' }, body: lines.join('\n') });
      const manifest = await killing(from, KILLS / 2, RESOURCES / 20 + 200, completed(location, from));
      expect(manifest.error).toEqual([]);
      expect(manifest.output).toEqual([{ count: lines.length }]);
    }
    const exporting = await begin('$export?_type=Coverage', from);
    const out = await killing(from, 1, 100, completed(exporting, from));
    expect(out.output.reduce((sum, { count }) => sum + count, 0)).toBe(RESOURCES);
    const original = await hashes(out);
    expect(original.size).toBe(RESOURCES);

    const body = JSON.stringify({ resourceType: 'Parameters', parameter: out.output.map(({ type, url }) => ({ name: 'input', part: [{ name: 'type', valueCode: type }, { name: 'url', valueUrl: url }] })) });
    const importing = await begin('$import', to, { method: 'POST', headers: { ...ASYNC, 'Content-Type': 'application/fhir+json' }, body });
    const taken = await killing(to, KILLS, RESOURCES / 40 + 200, completed(importing, to));
    expect(taken.error).toEqual([]);
    expect(taken.output.reduce((sum, { count }) => sum + count, 0)).toBe(RESOURCES);
    const copy = await hashes(await completed(await begin('$export?_type=Coverage', to), to));
    expect(copy.size).toBe(RESOURCES);
    expect([...original].filter(([id, hash]) => copy.get(id) !== hash)).toEqual([]);
    expect(from.kills + to.kills).toBeGreaterThan(0);
    for (const { pid } of [from, to]) expect(memoryOf(pid)).toBeLessThan(PROCESS_MB);
  } finally {
    await Promise.all([from.kill(), to.kill()]);
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  }
}, 900_000);
