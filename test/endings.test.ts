import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import type { AuditEvent, Bundle } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { inProject } from '../src/root.js';
import { requestIdsOf } from './http/answered.js';

/** How the process ends under load, by SIGTERM and by kill -9. `COBALT_TEST_ENDINGS=100` ends it so often. */
const ENDINGS = Number(process.env['COBALT_TEST_ENDINGS'] ?? 3);
const LANES = 8;
const LOAD_MS = 400;
const PER_ENDING_MS = 20_000;

const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly base: string;
  readonly ended: Promise<number | null>;
}

async function start(data: string): Promise<Running> {
  const child = spawn(process.execPath, [inProject('dist/src/main.js')], { env: { PATH: process.env['PATH'], PORT: '0', COBALT_DATA: data, COBALT_SEED: 'none', COBALT_LOG: 'error' }, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  let output = '';
  for await (const chunk of child.stdout!) {
    output += String(chunk);
    const base = /http:\/\/\S+\/fhir(?=\n)/.exec(output)?.[0];
    if (base) return { child, base, ended };
  }
  throw new Error('the server ended before it served');
}

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cobalt-endings-'));
  folders.push(folder);
  return folder;
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Sent {
  readonly requestId: string;
  /** The server invited the body: it had begun. */
  readonly begun: boolean;
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  readonly location: string | undefined;
}

/** A create that asks first whether the server takes it, so that a request that was begun can be told from one that never arrived. */
function create(base: string, family: string, headers: Record<string, string> = {}): Promise<Sent> {
  const body = JSON.stringify({ resourceType: 'Patient', name: [{ family }] });
  const requestId = randomUUID();
  return new Promise((done) => {
    let begun = false;
    const failed = (): void => done({ requestId, begun, status: undefined, location: undefined });
    const outgoing = request(`${base}/Patient`, { method: 'POST', agent: false, headers: { 'Content-Type': 'application/fhir+json', 'Content-Length': Buffer.byteLength(body), 'X-Request-Id': requestId, Expect: '100-continue', ...headers } });
    outgoing.on('continue', () => {
      begun = true;
      outgoing.end(body);
    });
    outgoing.on('response', (response) => {
      response.resume();
      response.once('end', () => done({ requestId, begun, status: response.statusCode, location: response.headers.location }));
      response.once('error', failed);
    });
    outgoing.on('error', failed);
  });
}

/** The requests of which AuditEvents tell. */
async function recordedRequests(base: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let url: string | undefined = `${base}/AuditEvent?_count=1000`;
  while (url !== undefined) {
    const page = (await (await fetch(url)).json()) as Bundle<AuditEvent>;
    for (const { resource } of page.entry ?? []) for (const id of resource ? requestIdsOf(resource) : []) ids.add(id);
    url = page.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return ids;
}

const countOf = async (base: string, family: string): Promise<number> => ((await (await fetch(`${base}/Patient?family:exact=${family}&_summary=count`)).json()) as { total: number }).total;

describe(`SIGTERM under load, ${ENDINGS} times`, () => {
  it('no request that was begun fails, nothing that was acknowledged is lost, and all of it is recorded', async () => {
    const data = newFolder();
    for (let ending = 0; ending < ENDINGS; ending++) {
      const { child, base, ended } = await start(data);
      const sent: Sent[] = [];
      const reads: string[] = [];
      let over = false;
      const writing = Array.from({ length: LANES }, async () => {
        while (!over) {
          const one = await create(base, `E${ending}`);
          if (!one.begun && one.status === undefined) return;
          sent.push(one);
        }
      });
      const reading = (async () => {
        while (!over) {
          const requestId = randomUUID();
          const answer = await fetch(`${base}/Patient?_count=1`, { headers: { 'X-Request-Id': requestId } }).catch(() => undefined);
          if (answer?.ok && (await answer.text().then(() => true, () => false))) reads.push(requestId);
          else if (!answer) return;
        }
      })();
      while (sent.length === 0) await wait(10);
      await wait(LOAD_MS * Math.random());
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      over = true;
      await Promise.all([...writing, reading]);
      expect(sent.length).toBeGreaterThan(0);
      expect(sent.filter(({ status }) => status !== 201)).toEqual([]);
      const after = await start(data);
      expect(await countOf(after.base, `E${ending}`)).toBe(sent.length);
      const recorded = await recordedRequests(after.base);
      expect([...sent.map(({ requestId }) => requestId), ...reads].filter((id) => !recorded.has(id))).toEqual([]);
      after.child.kill('SIGTERM');
      expect(await after.ended).toBe(0);
    }
  }, 30_000 + ENDINGS * PER_ENDING_MS);
});

describe(`kill -9 under load, ${ENDINGS} times`, () => {
  it('a POST under a key is done once, however often it is sent; nothing that was acknowledged is lost, and each change is recorded', async () => {
    const data = newFolder();
    for (let ending = 0; ending < ENDINGS; ending++) {
      const { child, base, ended } = await start(data);
      const all: { readonly key: string; readonly family: string; sent: Sent }[] = [];
      const lanes = Array.from({ length: LANES }, async (_, lane) => {
        for (let n = 0; ; n++) {
          const family = `K${ending}x${lane}x${n}`;
          const key = randomUUID();
          const sent = await create(base, family, { 'Idempotency-Key': key });
          all.push({ key, family, sent });
          if (sent.status === undefined) return;
        }
      });
      while (!all.some(({ sent }) => sent.status === 201)) await wait(10);
      await wait(LOAD_MS * Math.random());
      child.kill('SIGKILL');
      await ended;
      await Promise.all(lanes);
      const after = await start(data);
      const recorded = await recordedRequests(after.base);
      for (const { key, family, sent } of all) {
        if (sent.status === 201) expect(recorded.has(sent.requestId)).toBe(true);
        const again = [await create(after.base, family, { 'Idempotency-Key': key }), await create(after.base, family, { 'Idempotency-Key': key })];
        expect(again.map(({ status }) => status)).toEqual([201, 201]);
        const versions = [sent, ...again].flatMap(({ location }) => (location === undefined ? [] : [location.replace(/^.*\/Patient\//, '')]));
        expect(new Set(versions).size).toBe(1);
        expect(await countOf(after.base, family)).toBe(1);
      }
      expect(all.some(({ sent }) => sent.status === 201)).toBe(true);
      after.child.kill('SIGTERM');
      expect(await after.ended).toBe(0);
    }
  }, 30_000 + ENDINGS * PER_ENDING_MS);
});
