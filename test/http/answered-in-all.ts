import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TALLY } from './answered.js';

/**
 * Adds up, over a whole run of the tests, what the servers in them answered and what of that has its AuditEvent. Not
 * counted are: the CapabilityStatement, preflights and `.well-known` (nobody's data), what the quota refused (a metric),
 * servers that are made to record nothing or whose store is made to take no writes, and processes of their own, which are
 * killed: `test/endings.test.ts` counts theirs.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cobalt-answered-'));
  const file = join(folder, 'tally');
  writeFileSync(file, '');
  process.env[TALLY] = file;
  return () => {
    const sums = new Map<string, number>();
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [what = '', count = '0'] = line.split(' ');
      sums.set(what, (sums.get(what) ?? 0) + Number(count));
    }
    rmSync(folder, { recursive: true, force: true });
    const of = (what: string): number => sums.get(what) ?? 0;
    if (of('begun') === 0) return;
    console.log(`AuditEvents: ${of('answers') - of('unrecorded')} of ${of('answers')} answers of ${of('counted')} servers have theirs; ${of('uncounted')} servers are not counted`);
    if (of('unrecorded') > 0) throw new Error(`${of('unrecorded')} answers have no AuditEvent`);
    if (of('counted') < of('begun')) throw new Error(`${of('begun') - of('counted')} servers were never closed, or closing them failed: what they answered was not counted`);
  };
}
