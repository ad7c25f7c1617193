import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../src/root.js';
import { startCobalt, stopAll, transact } from './process.js';
import type { Row } from './table.js';

const CLAIMS = 200;
const AT_ONCE = 16;
/** A patient of the demo clinic whose first payer has decided: two lines, each with charge, payment and contractual adjustment. */
const PATIENT = 'ashdown';
const APPLY = JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'apply', valueBoolean: true }] });

interface Stored {
  readonly resource: { readonly resourceType: string; readonly id: string };
}

/**
 * Postings a second ($resolve-balance with apply: the chain read, its entries, the account and the Provenance
 * written in one commit); beside it transactions that store as many entries, and work nothing out.
 */
export async function benchPosting(): Promise<Row[]> {
  const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { base } = await startCobalt(join(data, 'store'), 'none', children, { COBALT_AUTOMATION: 'off' });
    await transact(base, seed('00-clinic.json'));
    for (let n = 0; n < CLAIMS; n++) await transact(base, numbered(n));
    const settled = await perSecond((n) => settle(base, n));
    const entries = await entriesOf(base);
    const stored = await perSecond((n) => transact(base, copies(entries, n)));
    return [{ name: 'decisions posted to ledgers', mine: `${settled.toFixed(0)}/s`, yardstick: `${stored.toFixed(0)}/s the same entries stored`, ratio: settled / stored, bar: 0.1, better: 'higher' }];
  } finally {
    await stopAll(children);
    rmSync(data, { recursive: true, force: true });
  }
}

async function perSecond(work: (n: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let n = lane; n < CLAIMS; n += AT_ONCE) await work(n);
  }));
  return CLAIMS / ((performance.now() - started) / 1_000);
}

async function settle(base: string, n: number): Promise<void> {
  const answer = await fetch(`${base}/Claim/clm-bench-${n}-1/$resolve-balance`, { method: 'POST', headers: { 'Content-Type': 'application/fhir+json' }, body: APPLY });
  if (answer.status !== 200) throw new Error(await answer.text());
}

/** The entries of the first claim. */
async function entriesOf(base: string): Promise<Stored['resource'][]> {
  const answer = (await (await fetch(`${base}/Basic?entry-source=Claim/clm-bench-0-1,ClaimResponse/cr-bench-0-1`)).json()) as { entry: Stored[] };
  return answer.entry.map(({ resource }) => resource);
}

const copies = (entries: readonly Stored['resource'][], n: number): string =>
  JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries.map((resource, position) => ({ resource: { ...resource, id: `copy-${n}-${position}` }, request: { method: 'PUT', url: `Basic/copy-${n}-${position}` } })) });

const seed = (name: string): string => readFileSync(inProject('seed', name), 'utf8');
const source = seed(`01-${PATIENT}.json`);
const numbered = (n: number): string => source.replaceAll(PATIENT, `bench-${n}`).replaceAll(/"value": "(LFC\d+)"/g, `"value": "$1N${n}"`);
