import type { Bundle, Claim, ClaimResponse, FhirResource, Patient, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPayer, type RunningPayer } from '../../src/payer/server.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { AS_OF, bundles, ofType, remittanceOf, scenarios, type Scenario } from '../seed/seed.js';
import { found, put, responsesTo, submit, verified } from '../work/submission/clinic.js';

/**
 * One patient of the demo clinic after another, over HTTP: the decision of the payer before arrives, the server makes the
 * next payer's claim or the work that stands in its way, a person sees to the checklist, the claim goes to the simulated
 * payer, and its decision comes back.
 */
let server: TestServer;
let payer: RunningPayer;
const now = (): Date => new Date(`${AS_OF}T12:00:00Z`);
const isDecision = ({ resource }: NonNullable<Bundle['entry']>[number]): boolean => ['ClaimResponse', 'ExplanationOfBenefit'].includes(resource?.resourceType ?? '');

beforeAll(async () => {
  payer = await startPayer({ host: '127.0.0.1', port: 0, delayMs: 0, now });
  server = await startTestServer({ now, automation: true });
  for (const [, bundle] of bundles) {
    const entry = bundle.entry!.filter((each) => !isDecision(each));
    expect((await server.post('', { ...bundle, entry })).status).toBe(200);
  }
  await put(server, { ...ofType('Endpoint')[0]!, address: payer.base });
});
afterAll(async () => {
  await server.close();
  await payer.close();
});

/** The decisions of a patient, in the order in which the payers made them. */
async function decide({ file }: Scenario): Promise<void> {
  const [, bundle] = bundles.find(([name]) => name === `${file}.json`)!;
  for (const { resource } of bundle.entry!.filter(isDecision)) {
    await put(server, resource as FhirResource);
    await server.drain();
  }
  const remittance = remittanceOf(file);
  if (remittance) expect((await server.post('$import-835', remittance.toString('utf8'), { 'Content-Type': 'application/edi-x12' })).status).toBe(200);
  await server.drain();
}

const openTasks = (patient: string): Promise<Task[]> => found<Task>(server, `Task?patient=${patient}&status=ready,on-hold,in-progress`);
/** Drafts that rest on what stands. */
const drafts = async (patient: string): Promise<Claim[]> =>
  (await found<Claim>(server, `Claim?patient=${patient}&status=draft`)).filter(({ extension = [] }) => !extension.some(({ url }) => url.endsWith('/stale')));
const isMissed = async (coverage: string): Promise<boolean> => (await server.post('Claim/$missed-secondary', undefined)).text.includes(`"${coverage}"`);
const work = ({ code, statusReason }: Task): string => `${code?.coding?.[0]?.code} ${statusReason?.coding?.[0]?.code}`;

describe.each(scenarios.filter(({ next }) => next).map((scenario) => [scenario.file, scenario.shows, scenario] as const))('%s: %s', (_file, _shows, scenario) => {
  test('from the decision to the next payer’s answer', async () => {
    const { patient, next } = scenario;
    await decide(scenario);
    const [draft, ...others] = await drafts(patient);
    expect([draft?.insurance.find(({ focal }) => focal)?.coverage.reference, others]).toEqual([next!.coverage, []]);
    const [task] = (await openTasks(patient)).filter(({ focus }) => focus?.reference === `Claim/${draft!.id}`);
    expect([work(task!), task!.restriction?.period?.end]).toEqual(['submit-claim derived', next!.deadline]);
    expect(await isMissed(next!.coverage)).toBe(true);

    expect((await submit(server, draft!.id!)).status).toBe(422);
    await verified({ server, today: () => AS_OF }, patient.slice('Patient/'.length), next!.coverage.slice('Coverage/'.length));
    const answer = await submit(server, draft!.id!);
    expect(answer.status, answer.text).toBe(200);
    expect((answer.body as ClaimResponse).payment?.amount.value?.toFixed(2)).toBe(next!.residual);

    const sent = JSON.parse(payer.received.at(-1)!) as Bundle;
    expect((sent.entry!.map(({ resource }) => resource).find((resource): resource is Patient => resource?.resourceType === 'Patient'))?.id).toBe(patient.slice('Patient/'.length));
    await server.drain();
    expect(await responsesTo(server, draft!.id!)).toHaveLength(1);
    expect([(await drafts(patient)).filter(({ id }) => id === draft!.id), await isMissed(next!.coverage)]).toEqual([[], false]);
  });
});

/** What there is to do instead, where no claim can go to a next payer. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  '02-birchall': ['follow-up crossed-over'],
  '06-fairbourne': [],
  '07-garrick': ['verify-cob order-undetermined'],
  '09-ibbotson': [],
  '13-moresby': ['resolve-balance no-next-coverage'],
  '17-quillfeather': ['work-denial filing-limit-passed'],
  '18-rookwood': ['prepare-claim payer-paper-only'],
};

describe.each(scenarios.filter(({ next }) => !next).map((scenario) => [scenario.file, scenario.shows, scenario] as const))('%s: %s', (file, _shows, scenario) => {
  test('from the decision to the work that stands in the way', async () => {
    await decide(scenario);
    expect((await openTasks(scenario.patient)).map(work).sort()).toEqual(INSTEAD[file]);
    expect(await drafts(scenario.patient)).toEqual([]);
  });
});
