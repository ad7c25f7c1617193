import { spawn, type ChildProcess } from 'node:child_process';
import type { Basic, Claim, Task } from 'fhir/r4.js';
import { inProject } from '../../../src/root.js';
import { AUTOMATION, workCodeOf } from '../../../src/work/task.js';
import { decided, put, visit } from './visit.js';

/** Real processes that are killed (SIGKILL) and started again while decisions flow through them. */
export class Mortal {
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #base: Promise<string>;
  kills = 0;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
    this.#base = this.#start();
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The FHIR base, once it serves. */
  get base(): Promise<string> {
    return this.#base;
  }

  /** Dies at once, and is started again on the same data. */
  async killAndRestart(): Promise<void> {
    await this.kill();
    this.kills++;
    this.#base = this.#start();
    await this.#base;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }

  #start(): Promise<string> {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [inProject('dist/src/main.js')], { env: { PATH, HOME, PORT: '0', COBALT_SEED: 'none', ...this.#environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    return new Promise((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const base = /http:\/\/\S+\/fhir(?=\n)/.exec(output)?.[0];
        if (base) resolve(base);
      });
      child.once('exit', (code) => reject(new Error(`the process ended with ${code}:\n${errors}`)));
    });
  }
}

/** What becomes of a visit: by its number, so that each kind is among any twelve. */
const KINDS = [
  { outcome: 'claim', change: {}, decision: {} },
  { outcome: 'resolve-balance no-next-coverage', change: { second: 'none' }, decision: {} },
  { outcome: 'follow-up unbalanced', change: {}, decision: { total: [['submitted', 160], ['benefit', 127.99]] } },
] as const;
const kindOf = (n: number): (typeof KINDS)[number] => KINDS[n % 4 === 3 ? 1 : n % 6 === 4 ? 2 : 0] as (typeof KINDS)[number];

const answersOf = async (response: Response): Promise<{ readonly entry?: readonly { readonly resource: Task | Claim | Basic }[]; readonly total?: number }> => (await response.json()) as { entry?: { resource: Task | Claim | Basic }[]; total?: number };

/** Sends visits with their decisions through whichever process serves, each until it is acknowledged. */
export async function feed(processes: readonly Mortal[], count: number): Promise<void> {
  await eachOf(count, async (n) => {
    const { change, decision } = kindOf(n);
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [...visit(`k${n}`, change), decided(`k${n}`, decision)].map(put) });
    for (let tries = 0; ; tries++) {
      try {
        const base = await processes[(n + tries) % processes.length]!.base;
        const { status } = await fetch(base, { method: 'POST', body, headers: { 'Content-Type': 'application/fhir+json' } });
        if (status === 200) break;
      } catch {
        // It was killed before it answered: whether it was stored is not known, and sending it again changes nothing.
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** The numbers below `count` in order, eight side by side. */
async function eachOf(count: number, task: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await task(n);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** Resolves when nothing is left that the server does itself. */
export async function settled(base: string): Promise<void> {
  for (;;) {
    const { total } = await answersOf(await fetch(`${base}/Task?owner=${AUTOMATION}&status=ready,in-progress,on-hold&_summary=count`));
    if (total === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The visits that did not come to exactly one next payer's claim with its Task, or one coded reason, and to each line charged once in the ledger. */
export async function wrong(base: string, count: number): Promise<string[]> {
  const found: string[] = [];
  await eachOf(count, async (n) => {
    const of = async <T extends Task | Claim | Basic>(query: string): Promise<T[]> => ((await answersOf(await fetch(`${base}/${query}`))).entry ?? []).map(({ resource }) => resource as T);
    const [drafts, tasks, charges] = await Promise.all([of<Claim>(`Claim?patient=Patient/k${n}-p&status=draft`), of<Task>(`Task?patient=Patient/k${n}-p`), of<Basic>(`Basic?entry-source=Claim/k${n}-c&code=charge`)]);
    const people = tasks.filter(({ owner }) => owner?.reference !== AUTOMATION).map((task) => `${workCodeOf(task)} ${task.statusReason?.coding?.[0]?.code}`);
    const own = tasks.filter(({ owner }) => owner?.reference === AUTOMATION).map((task) => `${workCodeOf(task)} ${task.status}`).sort();
    const { outcome } = kindOf(n);
    const expected = `${outcome === 'claim' ? '1 submit-claim derived' : `0 ${outcome}`} post-payment completed review-adjudication completed, 2 lines charged`;
    const actual = `${[drafts.length, ...people, ...own].join(' ')}, ${charges.length} lines charged`;
    if (actual !== expected) found.push(`${n}: ${actual} instead of ${expected}`);
  });
  return found;
}
