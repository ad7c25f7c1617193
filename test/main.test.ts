import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inProject } from '../src/root.js';

/** The process as an operator meets it: `node dist/src/main.js`. */
const children: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'cobalt-main-'));
  folders.push(path);
  return path;
};

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly ended: Promise<number | null>;
}

function start(environment: Record<string, string>): Running {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COBALT_') && !['HOST', 'PORT', 'NODE_ENV'].includes(name)));
  const child = spawn(process.execPath, [inProject('dist/src/main.js')], { env: { ...inherited, PORT: '0', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return { child, output: () => output, errors: () => errors, ended: new Promise((done) => child.once('exit', done)) };
}

async function served(running: Running): Promise<string> {
  for (;;) {
    const base = /http:\/\/\S+\/fhir(?=\n)/.exec(running.output())?.[0];
    if (base) return base;
    const ended = await Promise.race([running.ended, new Promise((later) => setTimeout(later, 20, 'runs'))]);
    if (ended !== 'runs') throw new Error(`the server ended: ${running.errors()}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const stop = (running: Running): Promise<number | null> => {
  running.child.kill('SIGTERM');
  return running.ended;
};

describe('the process', () => {
  it.each([
    [{ COBALT_DTA: '/tmp/x' }, 'COBALT_DTA is not a setting of Cobalt'],
    [{ PORT: 'http' }, 'PORT must be a port number'],
    [{ COBALT_SEED: 'big' }, 'COBALT_SEED must be one of demo, none'],
    [{ HOST: '0.0.0.0' }, 'HOST must be a loopback address'],
  ])('does not start with %j, and says why in one sentence', async (environment, sentence) => {
    const running = start({ COBALT_DATA: folder(), ...environment });
    expect(await running.ended).toBe(78);
    expect(running.errors()).toContain(sentence);
    expect(running.errors().trim().split('\n')).toHaveLength(1);
    expect(running.output()).toBe('');
  });

  it('is alive and ready once it serves, and ends on SIGTERM with 0', async () => {
    const running = start({ COBALT_DATA: folder() });
    const base = await served(running);
    expect((await fetch(new URL('/livez', base))).status).toBe(200);
    expect((await fetch(new URL('/readyz', base))).status).toBe(200);
    expect(await stop(running)).toBe(0);
    expect(running.errors()).toBe('');
  });

  it('ends on SIGTERM with 0 in the middle of its start, too', async () => {
    const port = await freePort();
    const running = start({ COBALT_DATA: folder(), PORT: String(port) });
    while (!(await fetch(`http://127.0.0.1:${port}/livez`).then(({ ok }) => ok, () => false)));
    expect(await stop(running)).toBe(0);
    expect(running.errors()).toBe('');
  });

  it('seeds an empty store once: what was deleted stays deleted after a restart', async () => {
    const data = folder();
    const first = start({ COBALT_DATA: data });
    expect((await fetch(`${await served(first)}/Patient/pat-moresby`, { method: 'DELETE' })).status).toBe(204);
    expect(await stop(first)).toBe(0);
    const second = start({ COBALT_DATA: data });
    const base = await served(second);
    expect((await fetch(`${base}/Patient/pat-moresby`)).status).toBe(410);
    expect((await fetch(`${base}/Patient/pat-lindqvist`)).status).toBe(200);
    expect(await stop(second)).toBe(0);
  });

  it('loads nothing with COBALT_SEED=none, and shows COBALT_BASE_URL to clients', async () => {
    const running = start({ COBALT_DATA: folder(), COBALT_SEED: 'none', COBALT_BASE_URL: 'http://cobalt.example:9/fhir', PORT: '0' });
    await served(running);
    expect(running.output()).toContain('http://cobalt.example:9/fhir');
    expect(await stop(running)).toBe(0);
  });

  it('finishes the request that is in flight at SIGTERM', async () => {
    const data = folder();
    const running = start({ COBALT_DATA: data, COBALT_SEED: 'none' });
    const { hostname, port } = new URL(await served(running));
    const body = Buffer.from(JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Inflight' }] }));
    const answer = new Promise<number | undefined>((done, failed) => {
      const outgoing = request({ hostname, port, path: '/fhir/Patient', method: 'POST', headers: { 'Content-Type': 'application/fhir+json', 'Content-Length': body.length } }, (response) => {
        response.resume();
        response.once('end', () => done(response.statusCode));
      });
      outgoing.once('error', failed);
      outgoing.write(body.subarray(0, 10), () => {
        setTimeout(() => running.child.kill('SIGTERM'), 100);
        setTimeout(() => outgoing.end(body.subarray(10)), 500);
      });
    });
    expect(await answer).toBe(201);
    expect(await running.ended).toBe(0);
    const again = start({ COBALT_DATA: data, COBALT_SEED: 'none' });
    const found = (await (await fetch(`${await served(again)}/Patient?family=inflight&_total=accurate`)).json()) as { total: number };
    expect(found.total).toBe(1);
    await stop(again);
  });

  it('refuses a data folder that another process has open', async () => {
    const data = folder();
    const first = start({ COBALT_DATA: data, COBALT_SEED: 'none' });
    await served(first);
    const second = start({ COBALT_DATA: data, COBALT_SEED: 'none' });
    expect(await second.ended).toBe(69);
    expect(second.errors()).toContain('another folder');
    await stop(first);
  });
});
