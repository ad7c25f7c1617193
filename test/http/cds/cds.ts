import { readFileSync } from 'node:fs';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { expect } from 'vitest';
import { inProject } from '../../../src/root.js';
import type { Answer, TestServer } from '../server.js';

/** Helpers of the tests of CDS Hooks. */
export const ENCOUNTER = 'payer-order-at-encounter';
export const BOOKING = 'payer-order-at-booking';
export const HOOK_INSTANCE = 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea';

export const encounterStart = (patientId: string, rest: object = {}): Record<string, unknown> =>
  ({ hook: 'encounter-start', hookInstance: HOOK_INSTANCE, context: { userId: 'Practitioner/p1', patientId, encounterId: 'e1' }, ...rest });

export const appointmentBook = (patientId: string, start: string, rest: object = {}): Record<string, unknown> => ({
  hook: 'appointment-book', hookInstance: HOOK_INSTANCE,
  context: { userId: 'Practitioner/p1', patientId, appointments: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Appointment', status: 'proposed', start, participant: [{ status: 'tentative', actor: { reference: `Patient/${patientId}` } }] } }] } },
  ...rest,
});

export const call = (server: TestServer, service: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  server.post(`${server.origin}/cds-services/${service}`, body, { 'Content-Type': 'application/json', ...headers });

/** The resources of a patient of the demo clinic, by the file's name. */
export const seeded = (file: string): FhirResource[] =>
  ((JSON.parse(readFileSync(inProject('seed', `${file}.json`), 'utf8')) as Bundle<FhirResource>).entry ?? []).flatMap(({ resource }) => resource ?? []);

/** What a health record would prefetch of such a patient. */
export function prefetchOf(file: string, payers = true): Record<string, unknown> {
  const all = seeded(file);
  const of = (type: string): FhirResource[] => all.filter(({ resourceType }) => resourceType === type);
  const clinic = payers ? seeded('00-clinic').filter(({ resourceType }) => resourceType === 'Organization') : [];
  return { patient: of('Patient').find(({ id }) => id === `pat-${file.slice(3)}`), coverages: searchset([...of('Coverage'), ...clinic]), relatedPersons: of('RelatedPerson').length === 0 ? null : searchset(of('RelatedPerson')) };
}

/** A page of a search. */
export const searchset = (resources: readonly object[], next?: string): object => ({ resourceType: 'Bundle', type: 'searchset', ...(next === undefined ? {} : { link: [{ relation: 'next', url: next }] }), entry: resources.map((resource) => ({ resource })) });

/** The cards of an answer that must be one. */
export const cardsOf = (answer: Answer): { summary: string; detail: string; [name: string]: unknown }[] => {
  expect(answer.status, answer.text).toBe(200);
  return (answer.body as { cards: never }).cards;
};
