/**
 * `npm run bench:growth [sizes]`: what indexed searches cost while the store grows (default 10,000, 100,000 and 1,000,000
 * resources). Writes `test/bench/growth.svg` (a log-log picture) and `growth.json` (the figures). `--stores=FOLDER` keeps the
 * stores there, and fills only those that are not there yet.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, Patient } from 'fhir/r4.js';
import { inProject } from '../../src/root.js';
import { startBare } from './beside-bare.js';
import { growthPicture, type Line } from './growth-picture.js';
import { birthDateOf, familyOf, IDENTIFIERS, importHouseholds, RESOURCES, serviceDateOf } from './household.js';
import { load, type BenchRequest } from './loader.js';
import { withCobalt, type Running } from './process.js';
import { median, printTable, type Row } from './table.js';

const SIZES = [10_000, 100_000, 1_000_000];
const BAR = 2;
const CONNECTIONS = 8;
const ROUNDS = 5;
const SECONDS = 2;
/** Each search is asked of so many households in turn. */
const ASKED = 200;

/** The number of a household and the id of its patient. */
interface Household {
  readonly n: number;
  readonly id: string;
}

type Search = (n: number, id: string) => string;

const searchOfPatient = (n: number): string => `Patient?identifier=${encodeURIComponent(`${IDENTIFIERS}|${n}`)}`;

const SEARCHES: Readonly<Record<string, Search>> = {
  'read by id': (_, id) => `Patient/${id}`,
  'Patient by identifier': searchOfPatient,
  'Patient by family and birthdate': (n) => `Patient?family=${familyOf(n)}&birthdate=${birthDateOf(n)}`,
  'EOBs of a patient': (_, id) => `ExplanationOfBenefit?patient=Patient/${id}`,
  'EOBs of a patient with claim and coverage': (_, id) => `ExplanationOfBenefit?patient=Patient/${id}&_include=ExplanationOfBenefit:claim&_include=ExplanationOfBenefit:coverage`,
  'claims of a patient, newest first': (_, id) => `Claim?patient=Patient/${id}&_sort=-created`,
  'claims by the identifier of the patient': (n) => `Claim?patient.identifier=${encodeURIComponent(`${IDENTIFIERS}|${n}`)}`,
  '20 claims of a day': (n) => `Claim?created=${serviceDateOf(n)}&_count=20`,
};

const folder = process.argv.find((argument) => argument.startsWith('--stores='))?.slice('--stores='.length);
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--')).map(Number);
const sizes = named.length > 0 ? named : SIZES;
if (!sizes.every((size, index) => Number.isInteger(size / RESOURCES) && size > (sizes[index - 1] ?? 0))) throw new Error(`sizes are multiples of ${RESOURCES}, each larger than the one before`);

/** A server whose store holds so many resources. */
interface Filled {
  readonly size: number;
  readonly running: Running;
  readonly asked: readonly Household[];
}

const lines = await filled(sizes, async (stores) => {
  const [{ running, asked: [{ id } = { id: '' }] }] = stores;
  const same: readonly BenchRequest[] = [{ method: 'GET', path: `/fhir/ExplanationOfBenefit?patient=Patient/${id}` }];
  const bare = await startBare(running.base, same, running.data, running.children);
  const measured: Line[] = [await measure('yardstick: bare node:http, the bytes of a search', stores.map(({ size }) => ({ size, origin: bare, requests: same })))];
  for (const [name, search] of Object.entries(SEARCHES)) {
    measured.push(await measure(name, stores.map((store) => ({ size: store.size, origin: new URL(store.running.base).origin, requests: store.asked.map(({ n, id }): BenchRequest => ({ method: 'GET', path: `/fhir/${search(n, id)}` })) }))));
  }
  return measured;
});
writeFileSync(inProject('test/bench/growth.json'), `${JSON.stringify(lines, undefined, 2)}\n`);
writeFileSync(inProject('test/bench/growth.svg'), growthPicture(lines, { title: 'Cost of indexed searches', x: 'resources stored', y: 'milliseconds a search' }));
printTable(lines.map(toRow));

/** Fills a server for each size; all of them run side by side, so that they can be measured in turns. */
async function filled<T>(wanted: readonly number[], use: (stores: [Filled, ...Filled[]]) => Promise<T>): Promise<T> {
  const [size, ...others] = wanted;
  if (size === undefined) throw new Error('name at least one size');
  return withCobalt(async (running) => {
    const store = { size, running, asked: await askedHouseholds(running.base, size) };
    console.log(`${size} resources are stored`);
    return others.length === 0 ? use([store]) : filled(others, (more) => use([store, ...more]));
  }, { kept: folder && join(folder, String(size)) });
}

/** Those that the searches are about, from all over the store, which is filled where it is empty. */
async function askedHouseholds(base: string, size: number): Promise<Household[]> {
  const households = size / RESOURCES;
  const step = Math.max(1, Math.floor(households / ASKED));
  const numbers = Array.from({ length: Math.min(ASKED, households) }, (_, index) => index * step);
  if ((await patientOf(base, 0)) === undefined) await importHouseholds(base, 0, households);
  return Promise.all(numbers.map(async (n) => ({ n, id: (await patientOf(base, n)) ?? '' })));
}

async function patientOf(base: string, n: number): Promise<string | undefined> {
  const found = (await (await fetch(`${base}/${searchOfPatient(n)}`)).json()) as Bundle<Patient>;
  return found.entry?.[0]?.resource?.id;
}

/** Milliseconds of the server for one request, when as many are asked as it can answer; the sizes take turns. */
async function measure(name: string, servers: readonly { size: number; origin: string; requests: readonly BenchRequest[] }[]): Promise<Line> {
  const costs = servers.map(({ size }) => ({ size, rounds: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, { origin, requests }] of servers.entries()) {
      const { perSecond } = await load(origin, requests, { connections: CONNECTIONS, seconds: SECONDS });
      // The first round warms up.
      if (round > 0) costs[index]?.rounds.push(1000 / perSecond);
    }
  }
  const points = costs.map(({ size, rounds }) => ({ x: size, y: median(rounds) }));
  console.log(`${name}: ${points.map(({ x, y }) => `${y.toFixed(3)} ms at ${x}`).join(', ')}`);
  return { name, points };
}

function toRow({ name, points }: Line): Row {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) throw new Error('nothing was measured');
  return { name, mine: `${last.y.toFixed(2)} ms at ${last.x}`, yardstick: `${first.y.toFixed(2)} ms at ${first.x}`, ratio: last.y / first.y, bar: BAR, better: 'lower' };
}
