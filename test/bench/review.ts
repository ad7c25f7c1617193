import type { MeasureReport, Parameters } from 'fhir/r4.js';
import { addDays } from '../../src/claims/calendar.js';
import { firstLook, secondsSince, withClaims, type LoadedClaims } from './claims.js';
import { benchMissed } from './missed.js';
import { median, printTable, type Row } from './table.js';

const ROUNDS = 7;
/** A review of the last month, whatever lies before it. */
const MONTH_GOAL_MS = 2_000;
/** A review of everything that ever was: what is kept is read once. */
const ALL_GOAL_MS_A_MILLION = 20_000;

/**
 * `$billing-review` over claims that were loaded at once, with a new decision before each question, beside goals: of the
 * last 30 days, and of everything. Alone, with `$missed-secondary` over the same claims:
 * `node dist/test/bench/review.js 100000`.
 */
export async function benchReview({ cobalt, base, claims, last }: LoadedClaims): Promise<Row[]> {
  const started = performance.now();
  await firstLook(() => ask(base, { start: '2026-11-01' }));
  console.error(`${claims} claims: the first look for reviews took ${secondsSince(started)} s`);
  const today = new Date().toISOString().slice(0, 10);
  const times = async (period: object, rounds: number, least: number): Promise<number> => {
    const found: number[] = [];
    const worked: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await cobalt.resources.commit([{ put: { ...last, disposition: `reviewed ${round} ${JSON.stringify(period)}` } }]);
      const [before, cpu] = [performance.now(), process.cpuUsage()];
      const answer = await ask(base, period);
      const counted = decidedIn((await answer.json()) as Parameters);
      found.push(performance.now() - before);
      const { user, system } = process.cpuUsage(cpu);
      worked.push((user + system) / 1_000);
      if (counted < least) throw new Error(`${counted} first decisions were told, of ${claims} claims`);
    }
    console.error(`${claims} claims: a review since ${(period as { start: string }).start} took ${median(worked).toFixed(0)} ms of processor time`);
    return median(found);
  };
  const month = await times({ start: addDays(today, -30) }, ROUNDS, 1);
  const peak = watchHeap();
  const all = await times({ start: '2020' }, 3, claims);
  console.error(`${claims} claims: the heap grew by ${(peak() / 2 ** 20).toFixed(0)} MB while all were added up`);
  const goal = Math.max(MONTH_GOAL_MS, (ALL_GOAL_MS_A_MILLION * claims) / 1_000_000);
  return [
    { name: `$billing-review of a month of ${claims} claims`, mine: `${month.toFixed(0)} ms`, yardstick: `goal ${MONTH_GOAL_MS} ms`, ratio: month / MONTH_GOAL_MS, bar: 1, better: 'lower' },
    { name: `$billing-review of all ${claims} claims`, mine: `${all.toFixed(0)} ms`, yardstick: `goal ${goal.toFixed(0)} ms`, ratio: all / goal, bar: 1, better: 'lower' },
  ];
}

const ask = (base: string, period: object): Promise<Response> =>
  fetch(`${base}/$billing-review`, {
    method: 'POST', headers: { 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'period', valuePeriod: period }] }),
  });

/** First decisions that were counted: every claim has one. */
function decidedIn({ parameter = [] }: Parameters): number {
  const report = parameter.map(({ resource }) => resource as MeasureReport | undefined).find((one) => one?.measure.includes('/first-pass|'));
  return report?.group?.[0]?.measureScore?.value ?? 0;
}

/** How far the heap grows from now on, at most, as far as looking every 20 ms shows. */
function watchHeap(): () => number {
  const before = process.memoryUsage().heapUsed;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 20);
  return () => {
    clearInterval(timer);
    return most - before;
  };
}

if (process.argv[1]?.endsWith('review.js')) printTable(await withClaims(Number(process.argv[2] ?? 10_000), async (loaded) => [...(await benchMissed(loaded)), ...(await benchReview(loaded))]));
