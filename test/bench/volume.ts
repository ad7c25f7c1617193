import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOf, RESOURCES } from './household.js';
import { load } from './loader.js';
import { transact, withCobalt } from './process.js';
import type { Row } from './table.js';

const BUNDLE = 1_000;
const LARGE_BUNDLE = 5_000;
const READS_A_SECOND = 200;
const SECONDS = 15;
const LIMIT_MS = 50;
/** Every decision is looked at: for what its claim's patient is not called. */
const SLOW = 'ExplanationOfBenefit?claim.patient:Patient.name:contains=nobody&_sort=-created&_total=accurate';

/** The import of so many resources, and then reads by id beside a large transaction and a slow search. */
export const benchVolume = (resources: number): Promise<Row[]> =>
  withCobalt(async ({ base, data }) => {
    const { row, patients } = await importAll(base, resources, join(data, 'yardstick'));
    return [row, await readsBeside(base, patients, resources / RESOURCES)];
  });

async function importAll(base: string, resources: number, file: string): Promise<{ row: Row; patients: string[] }> {
  const patients: string[] = [];
  const descriptor = openSync(file, 'w');
  const seconds = { mine: 0, yardstick: 0 };
  for (let done = 0; done < resources; done += BUNDLE) {
    const text = bundleOf(done / RESOURCES, BUNDLE);
    const began = performance.now();
    const { entry } = await transact(base, text);
    seconds.mine += (performance.now() - began) / 1000;
    patients.push(entry[0]?.response.location.split('/').at(-3) ?? '');
    seconds.yardstick += appended(descriptor, text);
  }
  closeSync(descriptor);
  const [mine, yardstick] = [resources / seconds.mine, resources / seconds.yardstick];
  return { patients, row: { name: `transaction import of ${resources} resources, ${BUNDLE} a Bundle`, mine: `${Math.round(mine)}/s`, yardstick: `parse, append to a file, fsync ${Math.round(yardstick)}/s`, ratio: mine / yardstick, bar: 0.1, better: 'higher' } };
}

/** Seconds to parse a Bundle, write its resources to a file and flush it. */
function appended(descriptor: number, text: string): number {
  const began = performance.now();
  const { entry } = JSON.parse(text) as { entry: readonly { resource: object }[] };
  writeSync(descriptor, entry.map(({ resource }) => `${JSON.stringify(resource)}\n`).join(''));
  fsyncSync(descriptor);
  return (performance.now() - began) / 1000;
}

async function readsBeside(base: string, patients: readonly string[], households: number): Promise<Row> {
  const meanwhile = { transactions: 0, searches: [] as number[] };
  let over = false;
  const transacting = async (): Promise<void> => {
    for (let first = households; !over; first += LARGE_BUNDLE / RESOURCES) {
      await transact(base, bundleOf(first, LARGE_BUNDLE));
      meanwhile.transactions += 1;
    }
  };
  const searching = async (): Promise<void> => {
    while (!over) {
      const began = performance.now();
      await (await fetch(`${base}/${SLOW}`)).text();
      meanwhile.searches.push(performance.now() - began);
    }
  };
  const others = [transacting(), searching()];
  const { p99 } = await load(new URL(base).origin, patients.slice(0, 200).map((id) => ({ method: 'GET', path: `/fhir/Patient/${id}` })), { connections: 8, seconds: SECONDS, rate: READS_A_SECOND });
  over = true;
  await Promise.all(others);
  const slowest = Math.round(Math.max(...meanwhile.searches));
  return { name: `reads by id, p99, beside ${meanwhile.transactions} transactions of ${LARGE_BUNDLE} entries and a search of ${slowest} ms`, mine: `${p99} ms`, yardstick: `limit ${LIMIT_MS} ms`, ratio: p99 / LIMIT_MS, bar: 1, better: 'lower' };
}
