import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, Basic, Bundle, Claim, ClaimResponse, Coverage, FhirResource, Task } from 'fhir/r4.js';
import { addDays } from '../../src/claims/calendar.js';
import { toBasic, type LedgerEntry } from '../../src/claims/ledger/entry.js';
import { centsOf } from '../../src/claims/money.js';
import { compose, type Cobalt } from '../../src/compose.js';
import { listen } from '../../src/http/server.js';
import { inProject } from '../../src/root.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { detail, toTask } from '../../src/work/task.js';

/** Claims of one patient: primaries, each but the missed ones with its secondary. */
const PRIMARIES_OF_PATIENT = 10;
/** Of the primaries, one in so many was never sent on. */
const MISSED_OF = 100;
/** Of the primaries, one in so many was refused in part. */
const DENIED_OF = 20;
/** Of the patients, one in so many has a ledger and work that somebody did. */
const WORKED_OF = 10;
/** Days over which the services are spread. */
const SPREAD = 1_000;
const AT_ONCE = 500;

/** A server over so many claims. */
export interface LoadedClaims {
  readonly cobalt: Cobalt;
  readonly base: string;
  readonly claims: number;
  readonly missed: number;
  /** A decision of the last claim that is missed: a new version of it is something new. */
  readonly last: ClaimResponse;
}

/** Loads so many claims with their decisions into an empty store, has them measured, and throws them away. */
export async function withClaims<T>(claims: number, measure: (loaded: LoadedClaims) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-bench-'));
  const store = await openSqliteStore({ directory });
  const server = await listen({ host: '127.0.0.1', port: 0, listener: (request, response) => cobalt?.listener(request, response) });
  let cobalt: Cobalt | undefined;
  try {
    const base = `${server.url}/fhir`;
    cobalt = await compose({ store, baseUrl: base, seed: 'none', now: () => new Date(), newId: randomUUID, log: () => undefined, isReady: () => true });
    const started = performance.now();
    const { missed, last } = await load(claims, cobalt);
    console.error(`${claims} claims: loaded in ${secondsSince(started)} s, ${missed} are missed`);
    return await measure({ cobalt, base, claims, missed, last });
  } finally {
    await server.close(1_000);
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

export const secondsSince = (started: number): string => ((performance.now() - started) / 1_000).toFixed(0);

/** Asks until it is not answered 503 any more, as it is while what was loaded is worked out for the first time. */
export async function firstLook(ask: () => Promise<{ readonly status: number; text(): Promise<string> }>): Promise<void> {
  for (;;) {
    const answer = await ask();
    await answer.text();
    if (answer.status !== 503) return;
  }
}

const resourcesIn = (file: string): FhirResource[] => ((JSON.parse(readFileSync(inProject('seed', file), 'utf8')) as Bundle).entry ?? []).map(({ resource }) => resource as FhirResource);

/** Copies of a patient of the demo clinic whose claim goes to Medicaid after the own plan. */
const clinic = resourcesIn('00-clinic.json');
const family = resourcesIn('01-ashdown.json');
const primary = family.find((resource): resource is Claim => resource.resourceType === 'Claim') as Claim;
const decision = family.find((resource): resource is ClaimResponse => resource.resourceType === 'ClaimResponse') as ClaimResponse;
const people = family.filter(({ resourceType }) => resourceType !== 'Claim' && resourceType !== 'ClaimResponse').map((resource) => (resource.resourceType === 'Coverage' ? ({ ...resource, period: { start: '2020-01-01' } } as Coverage) : resource));

/** So many days earlier, wherever a day stands. */
const earlier = <T extends FhirResource>(resource: T, days: number): T => JSON.parse(JSON.stringify(resource).replaceAll(/"(\d{4}-\d{2}-\d{2})"/g, (_, day: string) => `"${addDays(day, -days)}"`)) as T;
/** The contractual part refused instead. */
const refused = (given: ClaimResponse): ClaimResponse => JSON.parse(JSON.stringify(given).replace('"code":"45"', '"code":"16"')) as ClaimResponse;

async function load(claims: number, { resources }: Cobalt): Promise<{ readonly missed: number; readonly last: ClaimResponse }> {
  let batch: FhirResource[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<void> => {
    const changes = batch.map((put) => ({ put }));
    batch = [];
    await writing;
    // One commit is written while the next is prepared.
    writing = resources.commit(changes);
  };
  const put = async (...more: readonly FhirResource[]): Promise<void> => {
    batch.push(...more);
    if (batch.length >= AT_ONCE) await write();
  };
  await put(...clinic);
  let missed = 0;
  let made = 0;
  let last = decision;
  for (let patient = 0; made < claims; patient++) {
    const named = <T extends FhirResource>(resource: T): T => JSON.parse(JSON.stringify(resource).replaceAll('ashdown', `bench-${patient}`)) as T;
    const [own, ownDecision] = [named(primary), named(decision)];
    const isWorked = patient % WORKED_OF === 0;
    await put(...people.map(named), ...(isWorked ? [accountOf(patient)] : []));
    for (let n = 0; n < PRIMARIES_OF_PATIENT && made < claims; n++) {
      const number = patient * PRIMARIES_OF_PATIENT + n;
      const id = `bench-${patient}-${n}`;
      const days = (number * 37) % SPREAD;
      const claim = earlier({ ...own, id }, days);
      const answer = earlier({ ...ownDecision, id: `d-${id}`, request: { reference: `Claim/${id}` } }, days);
      const decided = number % DENIED_OF === 7 ? refused(answer) : answer;
      await put(claim, decided);
      made++;
      const isMissed = number % MISSED_OF === 0 || made >= claims;
      if (isMissed) {
        missed++;
        last = decided;
      } else {
        await put(...secondary(claim, id, decided));
        made++;
      }
      if (isWorked) await put(...worked(claim, id, patient, !isMissed));
    }
  }
  await write();
  await writing;
  return { missed, last };
}

/** The claim to the second payer, and that it has paid all that was left. */
function secondary(before: Claim, id: string, decided: ClaimResponse): FhirResource[] {
  const [own, medicaid] = before.insurance.map(({ coverage }) => coverage);
  if (!own || !medicaid) throw new Error('the claim of the bench has two insurance rows');
  const [sent, answered] = [addDays(decided.created, 3), addDays(decided.created, 27)];
  const claim: Claim = {
    ...before, id: `s-${id}`, created: sent, insurer: { reference: 'Organization/payer-arroyo-medicaid' },
    related: [{ claim: { reference: `Claim/${id}` }, relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'associated' }] } }],
    insurance: [{ sequence: 1, focal: false, coverage: own, claimResponse: { reference: `ClaimResponse/${decided.id ?? ''}` } }, { sequence: 2, focal: true, coverage: medicaid }],
  };
  const amount = (value: number) => ({ value, currency: 'USD' as const });
  const adjudication = (charge: number): NonNullable<ClaimResponse['item']>[number]['adjudication'] => [
    { category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'submitted' }] }, amount: amount(charge) },
    { category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'benefit' }] }, amount: amount(charge) },
  ];
  const paid: ClaimResponse = {
    resourceType: 'ClaimResponse', id: `sd-${id}`, status: 'active', type: before.type, use: 'claim', patient: before.patient, created: answered, insurer: { reference: 'Organization/payer-arroyo-medicaid' },
    request: { reference: `Claim/s-${id}` }, outcome: 'complete', insurance: [{ sequence: 1, focal: true, coverage: medicaid }],
    item: (before.item ?? []).map(({ sequence, net }) => ({ itemSequence: sequence, adjudication: adjudication(net?.value ?? 0) })), payment: { type: { text: 'complete' }, amount: amount(257), date: answered },
  };
  return [claim, paid];
}

const accountOf = (patient: number): Account => ({ resourceType: 'Account', id: `bench-${patient}`, status: 'active', subject: [{ reference: `Patient/pat-bench-${patient}` }] });

/** Its entries in the ledger, and the work that somebody did. */
function worked(claim: Claim, id: string, patient: number, isSent: boolean): (Basic | Task)[] {
  const day = addDays(claim.created, 24);
  const entry = (code: LedgerEntry['code'], amount: number, source: string): Basic =>
    toBasic({ id: `${source.slice(source.indexOf('/') + 1)}-${code}`, code, amount: centsOf(amount), account: `Account/bench-${patient}`, root: `Claim/${id}`, place: `${id}-${source}`, source, created: day });
  const entries = [entry('charge', 25_700, `Claim/${id}`), entry('payer-payment', -9_650, `ClaimResponse/d-${id}`), entry('contractual-adjustment', -10_580, `ClaimResponse/d-${id}`)];
  if (!isSent) return entries;
  const task = toTask({ code: 'work-denial', cause: [id], focus: `Claim/s-${id}`, patient: claim.patient.reference, group: `Claim/${id}`, owner: 'Practitioner/dr-amaro', deadline: addDays(day, 60), description: 'Work it', authoredOn: `${addDays(day, -2)}T08:00:00Z` });
  const effort = { ...detail('effort'), valueDuration: { value: 4, unit: 'min', system: 'http://unitsofmeasure.org', code: 'min' } };
  return [...entries, entry('payer-payment', -25_700, `ClaimResponse/sd-${id}`), { ...task, status: 'completed', executionPeriod: { start: `${day}T09:00:00Z`, end: `${day}T09:04:00Z` }, output: [effort] }];
}
