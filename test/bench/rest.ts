import { besideBare } from './beside-bare.js';
import { explanationOfBenefit } from './fixtures.js';
import { transact } from './process.js';
import type { Row } from './table.js';

const PATIENTS = 100;
const EOBS = 5_000;

/** Read, search and durable create: alone, and with an AuditEvent and a line of the log of each, as by default. */
export const benchRest = async (): Promise<Row[]> => [
  ...(await rest('', {}, [0.5, 0.3, 0.15])),
  ...(await rest(', recorded and logged', { COBALT_AUDIT: 'on', COBALT_LOG: 'info' }, [0.15, 0.15, 0.08])),
];

const rest = (how: string, settings: Readonly<Record<string, string>>, [reads, searches, creates]: readonly [number, number, number]): Promise<Row[]> =>
  besideBare(async (base) => {
    const id = await fill(base);
    return [
      { name: `read by id${how}`, bar: reads, request: { method: 'GET', path: `/fhir/ExplanationOfBenefit/${id}` } },
      { name: `search, page of 20 by patient${how}`, bar: searches, request: { method: 'GET', path: '/fhir/ExplanationOfBenefit?patient=Patient/bench-7&_count=20' } },
      { name: `durable create, validated and indexed${how}`, bar: creates, request: { method: 'POST', path: '/fhir/ExplanationOfBenefit', body: JSON.stringify(explanationOfBenefit(7)) } },
    ];
  }, settings);

/** Patients and their decisions; answers the id of one. `headers`: beside the usual ones. */
export async function fill(base: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const patients = Array.from({ length: PATIENTS }, (_, n) => ({
    request: { method: 'PUT', url: `Patient/bench-${n}` },
    resource: { resourceType: 'Patient', id: `bench-${n}`, name: [{ family: `Bench${n}` }] },
  }));
  await post(base, patients, headers);
  let id = '';
  for (let start = 0; start < EOBS; start += 500) {
    const entries = Array.from({ length: 500 }, (_, n) => ({ request: { method: 'POST', url: 'ExplanationOfBenefit' }, resource: explanationOfBenefit((start + n) % PATIENTS) }));
    const answer = await post(base, entries, headers);
    id = answer.entry[0]?.response.location.split('/').at(-3) ?? id;
  }
  return id;
}

const post = (base: string, entry: readonly object[], headers: Readonly<Record<string, string>>): ReturnType<typeof transact> => transact(base, JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }), headers);
