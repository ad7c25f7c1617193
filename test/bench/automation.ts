import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../src/root.js';
import { startCobalt, stopAll, transact } from './process.js';
import type { Row } from './table.js';

const ADJUDICATIONS = 400;
const AT_ONCE = 16;
/** A decision of the demo clinic whose next claim goes to Medicaid. */
const PATIENT = 'ashdown';

interface Entry {
  readonly resource: { readonly resourceType: string };
  readonly request: { readonly url: string };
}

/**
 * Adjudications a second, from the first POST until the last next payer's claim stands as a draft with its Task; beside it
 * the same decisions stored, and nothing done with them. A review reads the chain, its coverages and its people, and
 * writes a claim, its Provenance and the versions of two Tasks, where the yardstick writes one resource; and while that goes
 * on each decision is posted to its ledger, for which the chain is read again.
 */
export async function benchAutomation(): Promise<Row[]> {
  const stored = await flow('off');
  const derived = await flow('on');
  const perSecond = (value: number): string => `${value.toFixed(0)}/s`;
  return [{ name: 'adjudications, from POST to the next claim', mine: perSecond(derived), yardstick: `${perSecond(stored)} stored only`, ratio: derived / stored, bar: 0.06, better: 'higher' }];
}

async function flow(automation: 'on' | 'off'): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { base } = await startCobalt(join(data, 'store'), 'none', children, { COBALT_AUTOMATION: automation });
    await transact(base, seed('00-clinic.json'));
    for (let n = 0; n < ADJUDICATIONS; n++) await transact(base, bundle(entriesOf(n).filter((entry) => !isDecision(entry))));
    const started = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, lane) => {
      for (let n = lane; n < ADJUDICATIONS; n += AT_ONCE) await transact(base, bundle(entriesOf(n).filter(isDecision)));
    }));
    if (automation === 'on') await untilDrafted(base);
    return ADJUDICATIONS / ((performance.now() - started) / 1_000);
  } finally {
    await stopAll(children);
    rmSync(data, { recursive: true, force: true });
  }
}

async function untilDrafted(base: string): Promise<void> {
  for (let drafts = 0; drafts < ADJUDICATIONS; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = (await (await fetch(`${base}/Claim?status=draft&_summary=count`)).json()) as { total: number };
    drafts = answer.total;
  }
}

const seed = (name: string): string => readFileSync(inProject('seed', name), 'utf8');
const source = seed(`01-${PATIENT}.json`);
/** The claim's number is another for each, as two claims never share one. */
const entriesOf = (n: number): Entry[] => (JSON.parse(source.replaceAll(PATIENT, `bench-${n}`).replaceAll(/"value": "(LFC\d+)"/g, `"value": "$1N${n}"`)) as { entry: Entry[] }).entry;
const isDecision = ({ resource }: Entry): boolean => resource.resourceType === 'ClaimResponse';
const bundle = (entry: readonly Entry[]): string => JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
