import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Claim, ClaimResponse, FhirResource } from 'fhir/r4.js';
import { compose, type Cobalt } from '../../src/compose.js';
import { listen } from '../../src/http/server.js';
import { inProject } from '../../src/root.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { median, printTable, type Row } from './table.js';

/** Claims of one patient: primaries, each but the missed ones with its secondary. */
const PRIMARIES_OF_PATIENT = 10;
/** Of the primaries, one in so many was never sent on. */
const MISSED_OF = 100;
const AT_ONCE = 500;
const ROUNDS = 9;
const GOAL_MS = 2_000;

/**
 * `$missed-secondary` over so many claims that were loaded at once, with a new decision before each question, beside the
 * goal. Alone, for any number: `node dist/test/bench/missed.js 100000`.
 */
export async function benchMissed(claims: number): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const store = await openSqliteStore({ directory });
  const server = await listen({ host: '127.0.0.1', port: 0, listener: (request, response) => cobalt?.listener(request, response) });
  let cobalt: Cobalt | undefined;
  try {
    const base = `${server.url}/fhir`;
    cobalt = await compose({ store, baseUrl: base, seed: 'none', now: () => new Date(), newId: randomUUID, log: () => undefined, isReady: () => true });
    const started = performance.now();
    const { missed, last } = await load(claims, cobalt);
    const loaded = performance.now();
    await cobalt.stockTaker.drain();
    await firstLook(base);
    const looked = performance.now();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await cobalt.resources.commit([{ put: { ...last, disposition: `seen ${round}` } }]);
      const before = performance.now();
      const count = await ask(base);
      times.push(performance.now() - before);
      if (count !== missed) throw new Error(`${count} missed claims were told, ${missed} are there`);
    }
    const seconds = (from: number, to: number): string => ((to - from) / 1_000).toFixed(0);
    console.error(`${claims} claims: loaded in ${seconds(started, loaded)} s, the first look took ${seconds(loaded, looked)} s, ${missed} are missed`);
    const mine = median(times);
    return [{ name: `$missed-secondary of ${claims} claims (${missed} missed)`, mine: `${mine.toFixed(0)} ms`, yardstick: `goal ${GOAL_MS} ms`, ratio: mine / GOAL_MS, bar: 1, better: 'lower' }];
  } finally {
    await server.close(1_000);
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Answered 503 while the backlog is worked out for the first time. */
async function firstLook(base: string): Promise<void> {
  for (;;) {
    const { status } = await fetch(`${base}/Claim/$missed-secondary`);
    if (status !== 503) return;
  }
}

async function ask(base: string): Promise<number> {
  const { parameter } = (await (await fetch(`${base}/Claim/$missed-secondary`)).json()) as { parameter: { name: string; valueUnsignedInt?: number }[] };
  return parameter.find(({ name }) => name === 'count')?.valueUnsignedInt ?? NaN;
}

const resourcesIn = (file: string): FhirResource[] => ((JSON.parse(readFileSync(inProject('seed', file), 'utf8')) as Bundle).entry ?? []).map(({ resource }) => resource as FhirResource);

/** Copies of a patient of the demo clinic whose claim goes to Medicaid after the own plan. */
const clinic = resourcesIn('00-clinic.json');
const family = resourcesIn('01-ashdown.json');
const primary = family.find((resource): resource is Claim => resource.resourceType === 'Claim') as Claim;
const decision = family.find((resource): resource is ClaimResponse => resource.resourceType === 'ClaimResponse') as ClaimResponse;

async function load(claims: number, { resources }: Cobalt): Promise<{ readonly missed: number; readonly last: ClaimResponse }> {
  let batch: FhirResource[] = [];
  const put = async (...more: readonly FhirResource[]): Promise<void> => {
    batch.push(...more);
    if (batch.length < AT_ONCE) return;
    await resources.commit(batch.map((resource) => ({ put: resource })));
    batch = [];
  };
  await put(...clinic);
  let missed = 0;
  let made = 0;
  let last = decision;
  for (let patient = 0; made < claims; patient++) {
    const named = <T extends FhirResource>(resource: T): T => JSON.parse(JSON.stringify(resource).replaceAll('ashdown', `bench-${patient}`)) as T;
    await put(...family.filter(({ resourceType }) => resourceType !== 'Claim' && resourceType !== 'ClaimResponse').map(named));
    for (let n = 0; n < PRIMARIES_OF_PATIENT && made < claims; n++) {
      const id = `bench-${patient}-${n}`;
      const decided = { ...named(decision), id: `d-${id}`, request: { reference: `Claim/${id}` } };
      await put({ ...named(primary), id }, decided);
      made++;
      if ((patient * PRIMARIES_OF_PATIENT + n) % MISSED_OF === 0) {
        missed++;
        last = decided;
      } else if (made < claims) {
        await put(...secondary(named(primary), id, decided));
        made++;
      } else missed++;
    }
  }
  if (batch.length > 0) await resources.commit(batch.map((resource) => ({ put: resource })));
  return { missed, last };
}

/** The claim to the second payer, and that it has paid all that was left. */
function secondary(before: Claim, id: string, decided: ClaimResponse): FhirResource[] {
  const [own, medicaid] = before.insurance.map(({ coverage }) => coverage);
  if (!own || !medicaid) throw new Error('the claim of the bench has two insurance rows');
  const claim: Claim = {
    ...before, id: `s-${id}`, insurer: { reference: 'Organization/payer-arroyo-medicaid' },
    related: [{ claim: { reference: `Claim/${id}` }, relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'associated' }] } }],
    insurance: [{ sequence: 1, focal: false, coverage: own, claimResponse: { reference: `ClaimResponse/${decided.id ?? ''}` } }, { sequence: 2, focal: true, coverage: medicaid }],
  };
  const amount = (value: number) => ({ value, currency: 'USD' as const });
  const adjudication = (charge: number): NonNullable<ClaimResponse['item']>[number]['adjudication'] => [
    { category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'submitted' }] }, amount: amount(charge) },
    { category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'benefit' }] }, amount: amount(charge) },
  ];
  const paid: ClaimResponse = {
    resourceType: 'ClaimResponse', id: `sd-${id}`, status: 'active', type: before.type, use: 'claim', patient: before.patient, created: '2026-11-01', insurer: { reference: 'Organization/payer-arroyo-medicaid' },
    request: { reference: `Claim/s-${id}` }, outcome: 'complete', insurance: [{ sequence: 1, focal: true, coverage: medicaid }],
    item: (before.item ?? []).map(({ sequence, net }) => ({ itemSequence: sequence, adjudication: adjudication(net?.value ?? 0) })), payment: { type: { text: 'complete' }, amount: amount(257), date: '2026-11-01' },
  };
  return [claim, paid];
}

if (process.argv[1]?.endsWith('missed.js')) printTable(await benchMissed(Number(process.argv[2] ?? 10_000)));
