import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { feed, Mortal, settled, wrong } from './killing.js';

/** Decisions that flow; a release is tested with `COBALT_TEST_ROUNDS=1000`. */
const COUNT = Math.max(120, Number(process.env['COBALT_TEST_ROUNDS'] ?? 0));
const LEAST_KILLS = 3;

it(`killed at random moments while ${COUNT} decisions flow: one next claim or one coded reason each`, { timeout: 600_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-crash-'));
  const server = new Mortal({ COBALT_DATA: directory });
  try {
    await server.base;
    let isFed = false;
    const feeding = feed([server], COUNT).then(() => (isFed = true));
    while (server.kills < LEAST_KILLS || (!isFed && server.kills < COUNT / 20)) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 700));
      await server.killAndRestart();
    }
    await feeding;
    const base = await server.base;
    await settled(base);
    expect(await wrong(base, COUNT)).toEqual([]);
  } finally {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});
