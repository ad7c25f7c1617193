import type { Basic, Coverage, FhirResource } from 'fhir/r4.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { difference, forEach, STOCK_SYSTEM, StockTaking } from '../stock/stock.js';
import { fromBasic, toBasic, type MissedSecondary } from './entry.js';
import { missedOf } from './patient.js';
import { CONCERNED_TYPES, patientsTouched } from './touched.js';

const ROWS = `code=${STOCK_SYSTEM}|missed-secondary`;

/**
 * The backlog of missed secondaries, kept beside the claims. Whether a claim is missed follows from its chain, its
 * decisions, the family’s coverages and the payers’ rules, so that no index over single resources tells it, and working
 * it out for every claim that was ever sent takes minutes for a million. So each claim that is missed has a `Basic` of
 * its own, as many as there are missed ones and no more, and what is stored since the last look says whose patients’ are
 * worked out anew.
 */
export class MissedStock {
  readonly #taking = new StockTaking({ mark: 'missed-secondary-stock-taken', types: CONCERNED_TYPES, renew });

  /** Brings the backlog up to now. */
  take(resources: Resources): Promise<void> {
    return this.#taking.take(resources);
  }

  /** All that is missed, in no order. */
  async all(resources: Resources): Promise<MissedSecondary[]> {
    const found: MissedSecondary[] = [];
    for await (const page of resources.pages<Basic>('Basic', ROWS)) found.push(...page.flatMap((basic) => fromBasic(basic) ?? []));
    return found;
  }
}

/** What is missed of one patient, as it was worked out last. */
export const missedRowsOf = async (patient: string, resources: Resources): Promise<MissedSecondary[]> =>
  (await resources.search<Basic>('Basic', `${ROWS}&subject=${patient}`)).flatMap((basic) => fromBasic(basic) ?? []);

async function renew(changed: readonly FhirResource[] | undefined, resources: Resources): Promise<number> {
  const patients = changed ? await patientsTouched(changed, resources) : await patientsWithSeveral(resources);
  await forEach(patients, (patient) => renewPatient(patient, resources));
  return patients.size;
}

/** Patients who have more than one coverage, and those with something in the backlog. */
async function patientsWithSeveral(resources: Resources): Promise<Set<string>> {
  const once = new Set<string>();
  const several = new Set<string>();
  for await (const page of resources.pages<Coverage>('Coverage', '')) {
    for (const { beneficiary: { reference = '' } } of page) (once.has(reference) ? several : once).add(reference);
  }
  for await (const page of resources.pages<Basic>('Basic', ROWS)) for (const { subject } of page) several.add(subject?.reference ?? '');
  return new Set([...several].filter((reference) => reference.startsWith('Patient/')));
}

/** Writes what is missed of a patient, and takes away what is not missed any more. */
async function renewPatient(patient: string, resources: Resources): Promise<void> {
  const [missed, kept] = await Promise.all([missedOrNone(patient, resources), resources.search<Basic>('Basic', `${ROWS}&subject=${patient}`)]);
  const changes = difference(missed.map(toBasic), kept, (basic) => JSON.stringify(fromBasic(basic)));
  if (changes.length > 0) await resources.commit(changes, { orInOrder: true });
}

/** What can't be worked out for one patient keeps nobody else's from being told. */
async function missedOrNone(patient: string, resources: Resources): Promise<MissedSecondary[]> {
  try {
    return await missedOf(patient, resources);
  } catch (error) {
    if (error instanceof FhirError && error.status === 422) return [];
    throw error;
  }
}
