import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentMegabytes, startCobalt, stopAll } from './process.js';
import { median, type Row } from './table.js';

const STARTS = 5;
const LIMIT_SECONDS = 3;
const LIMIT_MEGABYTES = 250;

/** From the process' start until it is ready, with a warm build and an empty store to be seeded; and its memory then. */
export async function benchStart(): Promise<Row[]> {
  const seconds: number[] = [];
  const megabytes: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const data = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
    const children: ChildProcess[] = [];
    try {
      const began = performance.now();
      const { pid } = await startCobalt(data, 'demo', children, { COBALT_AUDIT: 'on' });
      seconds.push((performance.now() - began) / 1000);
      megabytes.push(residentMegabytes(pid));
    } finally {
      await stopAll(children);
      rmSync(data, { recursive: true, force: true });
    }
  }
  return [
    { name: 'start to ready, seeding', mine: `${median(seconds).toFixed(1)} s`, yardstick: `limit ${LIMIT_SECONDS} s`, ratio: median(seconds) / LIMIT_SECONDS, bar: 1, better: 'lower' },
    { name: 'memory after start (RSS)', mine: `${Math.round(median(megabytes))} MB`, yardstick: `limit ${LIMIT_MEGABYTES} MB`, ratio: median(megabytes) / LIMIT_MEGABYTES, bar: 1, better: 'lower' },
  ];
}
