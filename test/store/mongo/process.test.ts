import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inProject } from '../../../src/root.js';
import { databaseUrl, dropDatabase, hasTransactions, serverUrl } from '../mongo-server.js';

vi.setConfig({ testTimeout: 60_000 });

const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => new Promise((done) => (child.exitCode === null ? child.once('exit', done) && child.kill('SIGTERM') : done(undefined)))));
});

interface Outcome {
  /** The FHIR base, once it serves. */
  readonly base?: string;
  readonly code?: number | null;
  readonly errors: string;
}

/** `node dist/src/main.js`, until it serves or ends. */
function start(environment: Readonly<Record<string, string>>): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [inProject('dist/src/main.js')], { env: { PATH, HOME, PORT: '0', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [output, errors] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const base = /http:\/\/\S+\/fhir(?=\n)/.exec(output)?.[0];
      if (base) resolve({ base, errors });
    });
    child.once('exit', (code) => resolve({ code, errors }));
  });
}

if (serverUrl === undefined) {
  describe('the process on MongoDB', () => {
    it('is tested where COBALT_TEST_MONGODB names a server', () => expect(serverUrl).toBeUndefined());
  });
} else {
  const server = serverUrl;
  const transactions = await hasTransactions(server);

  describe('the process on MongoDB', () => {
    if (transactions) {
      it('shares the database with others that start at the same time: what one wrote, all answer', async () => {
        const url = databaseUrl(server);
        const both = await Promise.all([1, 2].map(() => start({ COBALT_STORE: url })));
        const [a, b] = both.map(({ base, errors }) => base ?? expect.fail(errors)) as [string, string];
        const created = await fetch(`${a}/Patient`, { method: 'POST', headers: { 'Content-Type': 'application/fhir+json' }, body: '{"resourceType":"Patient","identifier":[{"system":"http://mrn","value":"7"}]}' });
        const { id } = (await created.json()) as { id: string };
        expect([created.status, (await fetch(`${b}/Patient/${id}`)).status]).toEqual([201, 200]);
        const found = (await (await fetch(`${b}/Patient?identifier=http://mrn|7&_total=accurate`)).json()) as { total: number };
        const seeded = (await (await fetch(`${b}/Patient/pat-ashdown/_history`)).json()) as { total: number };
        expect([found.total, seeded.total]).toEqual([1, 1]);
        const order = await fetch(`${b}/Patient/pat-ashdown/$cob-order`, { method: 'POST' });
        expect(await order.text()).toContain('"valueCode":"determined"');
        await dropDatabase(url);
      });
    } else {
      it('says what is missing when the server has no transactions, and ends', async () => {
        const url = databaseUrl(server);
        const { code, errors } = await start({ COBALT_STORE: url });
        expect([code, errors.trim()]).toEqual([69, expect.stringMatching(/^This MongoDB server has no transactions.*replica set.*$/)]);
        await dropDatabase(url);
      });
    }
  });
}
