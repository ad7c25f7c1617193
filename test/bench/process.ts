import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inProject } from '../../src/root.js';

/** Starts the built server on a free port over `data`; resolves with its FHIR base when it says that it serves. */
export async function startCobalt(data: string, seed: 'demo' | 'none', children: ChildProcess[], settings: Readonly<Record<string, string>> = {}): Promise<{ base: string; pid: number }> {
  const child = spawn(process.execPath, [inProject('dist/src/main.js')], {
    env: { PATH: process.env['PATH'], PORT: '0', COBALT_DATA: data, COBALT_SEED: seed, COBALT_LOG: 'warn', COBALT_AUDIT: 'off', ...settings },
    // A line for each request would bury the table.
    stdio: ['ignore', 'pipe', settings['COBALT_LOG'] === 'info' ? 'ignore' : 'inherit'],
  });
  children.push(child);
  return { base: await firstMatch(child, /http:\/\/\S+\/fhir/), pid: child.pid ?? 0 };
}

export interface Running {
  readonly base: string;
  /** A folder for the bench, removed at its end. */
  readonly data: string;
  /** Processes to be stopped at its end. */
  readonly children: ChildProcess[];
}

/** Runs a bench on a server of its own, which reviews no decisions and records no accesses: what that costs is measured by itself. `kept`: where its store stays; default: it begins empty and is removed. */
export async function withCobalt<T>(bench: (running: Running) => Promise<T>, { kept, settings = {} }: { readonly kept?: string | undefined; readonly settings?: Readonly<Record<string, string>> } = {}): Promise<T> {
  const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { base } = await startCobalt(kept ?? join(data, 'store'), 'none', children, { COBALT_AUTOMATION: 'off', ...settings });
    return await bench({ base, data, children });
  } finally {
    await stopAll(children);
    rmSync(data, { recursive: true, force: true });
  }
}

/** Sends a transaction. @throws {Error} when it is refused */
export async function transact(base: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly entry: readonly { readonly response: { readonly location: string } }[] }> {
  const answer = await fetch(base, { method: 'POST', headers: { 'content-type': 'application/fhir+json', ...headers }, body });
  if (!answer.ok) throw new Error(`the bench's data was refused: ${await answer.text()}`);
  return (await answer.json()) as Awaited<ReturnType<typeof transact>>;
}

/** The first match in what a child prints. */
export async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (!child.stdout) throw new Error('the child has no output');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const match = pattern.exec(line);
    if (match) {
      child.stdout.resume();
      return match[0];
    }
  }
  throw new Error('a process of the bench ended before it was ready');
}

export async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map((child) => new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(undefined)))));
}

export const residentMegabytes = (pid: number): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
