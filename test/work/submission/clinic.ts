import { readFileSync } from 'node:fs';
import type { Bundle, Claim, ClaimResponse, Coverage, DocumentReference, FhirResource, OperationOutcome, Task } from 'fhir/r4.js';
import { expect } from 'vitest';
import { inProject } from '../../../src/root.js';
import { startPayer, type RunningPayer } from '../../../src/payer/server.js';
import { startTestServer, type Answer, type TestServer, type TestServerOptions } from '../../http/server.js';
import { AS_OF, bundles, ofType } from '../../seed/seed.js';

/** The demo clinic, a simulated payer, and a clock that both go by. */
export interface Clinic {
  readonly server: TestServer;
  readonly payer: RunningPayer;
  /** By the clock, YYYY-MM-DD. */
  today(): string;
  /** Moves the clock. */
  later(days: number): void;
  close(): Promise<void>;
}

export async function startClinic(options: TestServerOptions & { readonly delayMs?: number } = {}): Promise<Clinic> {
  let now = new Date(`${AS_OF}T12:00:00Z`).getTime();
  const clock = (): Date => new Date(now);
  const payer = await startPayer({ host: '127.0.0.1', port: 0, delayMs: options.delayMs ?? 0, now: clock });
  const server = await startTestServer({ now: clock, ...options });
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
  await put(server, { ...ofType('Endpoint')[0]!, address: payer.base });
  return {
    server, payer,
    today: () => clock().toISOString().slice(0, 10),
    later: (days) => void (now += days * 86_400_000),
    async close() {
      await server.close();
      await payer.close();
    },
  };
}

export async function put(server: TestServer, resource: FhirResource): Promise<void> {
  const { status, text } = await server.put(`${resource.resourceType}/${resource.id ?? ''}`, resource);
  expect([200, 201], text).toContain(status);
}

/** A patient of the seed once more, under other ids and numbers, with every digit; a payer's mere receipt is left out. Answers the ids by those of the seed. */
export async function again(server: TestServer, name: string, suffix: string): Promise<(id: string) => string> {
  const [file, bundle] = bundles.find(([each]) => each.endsWith(`-${name}.json`))!;
  const copy = (text: string): string => text.replaceAll(name, `${name}-${suffix}`);
  const { status, text } = await server.post('', copy(readFileSync(inProject('seed', file), 'utf8')).replace(/LFC26\d{4}/g, `$&${suffix}`));
  expect(status, text).toBe(200);
  const receipts = bundle.entry!.map(({ resource }) => resource as FhirResource).filter((resource) => resource.resourceType === 'ClaimResponse' && resource.outcome === 'queued');
  for (const { id } of receipts) expect((await server.delete(`ClaimResponse/${copy(id!)}`)).status).toBe(204);
  return copy;
}

export const found = async <T extends FhirResource>(server: TestServer, query: string): Promise<T[]> =>
  (((await server.get(query)).body as Bundle).entry ?? []).map(({ resource }) => resource as T);

/** Gives a member of a payer the number that tells the simulated payer what to do; the decisions on file name no number. */
export async function withMember(server: TestServer, coverage: string, suffix: string): Promise<void> {
  const stored = (await server.get(`Coverage/${coverage}`)).body as Coverage;
  const number = `${stored.subscriberId ?? 'X'}-${suffix}`;
  await put(server, { ...stored, subscriberId: number, identifier: (stored.identifier ?? []).map((identifier) => ({ ...identifier, value: number })) });
}

/** The payer of a coverage says that it is in force today. */
export const verified = ({ server, today }: Pick<Clinic, 'server' | 'today'>, patient: string, coverage: string): Promise<void> => put(server, {
  resourceType: 'CoverageEligibilityResponse', id: `verified-${coverage}`, status: 'active', purpose: ['validation'], patient: { reference: `Patient/${patient}` }, created: today(),
  request: { display: 'portal' }, outcome: 'complete', insurer: { display: 'payer' }, insurance: [{ coverage: { reference: `Coverage/${coverage}` }, inforce: true }],
});

/** The next payer's claim as a stored draft. */
export async function draftAfter(server: TestServer, claim: string): Promise<Claim> {
  const answer = await server.post(`Claim/${claim}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'persist', valueBoolean: true }] });
  const derived = (answer.body.parameter as { name: string; resource?: Claim }[]).find(({ name }) => name === 'claim')?.resource;
  expect(derived, answer.text).toBeDefined();
  return derived!;
}

export const submit = (server: TestServer, claim: string): Promise<Answer> => server.post(`Claim/${claim}/$submit`, undefined);

export const responsesTo = (server: TestServer, claim: string): Promise<ClaimResponse[]> => found<ClaimResponse>(server, `ClaimResponse?request=Claim/${claim}&_sort=_lastUpdated`);
export const documentsOf = (server: TestServer, claim: string, type: string): Promise<DocumentReference[]> => found<DocumentReference>(server, `DocumentReference?related=Claim/${claim}&type=${type}`);
export const tasksOf = (server: TestServer, claim: string, code: string): Promise<Task[]> => found<Task>(server, `Task?focus=Claim/${claim}&code=${code}`);
export const textsOf = (answer: Answer): string[] => (answer.body as OperationOutcome).issue.map(({ details }) => details?.text ?? '');
