import { firstLook, secondsSince, withClaims, type LoadedClaims } from './claims.js';
import { median, printTable, type Row } from './table.js';

const ROUNDS = 9;
const GOAL_MS = 2_000;

/** `$missed-secondary` over claims that were loaded at once, with a new decision before each question, beside the goal. */
export async function benchMissed({ cobalt, base, claims, missed, last }: LoadedClaims): Promise<Row[]> {
  const started = performance.now();
  await cobalt.stockTaker.drain();
  await firstLook(() => fetch(`${base}/Claim/$missed-secondary`));
  console.error(`${claims} claims: the first look at the missed ones took ${secondsSince(started)} s`);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await cobalt.resources.commit([{ put: { ...last, disposition: `seen ${round}` } }]);
    const before = performance.now();
    const count = await ask(base);
    times.push(performance.now() - before);
    if (count !== missed) throw new Error(`${count} missed claims were told, ${missed} are there`);
  }
  const mine = median(times);
  return [{ name: `$missed-secondary of ${claims} claims (${missed} missed)`, mine: `${mine.toFixed(0)} ms`, yardstick: `goal ${GOAL_MS} ms`, ratio: mine / GOAL_MS, bar: 1, better: 'lower' }];
}

async function ask(base: string): Promise<number> {
  const { parameter } = (await (await fetch(`${base}/Claim/$missed-secondary`)).json()) as { parameter: { name: string; valueUnsignedInt?: number }[] };
  return parameter.find(({ name }) => name === 'count')?.valueUnsignedInt ?? NaN;
}

if (process.argv[1]?.endsWith('missed.js')) printTable(await withClaims(Number(process.argv[2] ?? 10_000), benchMissed));
