import type { Basic, FhirResource, Organization, Patient, Task } from 'fhir/r4.js';
import type { FileFacts } from '../../claims/review/tally.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { recordEffort } from '../effort/record.js';
import { fromBasic as missedFrom } from '../missed/entry.js';
import type { MissedStock } from '../missed/stock.js';
import { PATIENTS_BY_TYPE, patientsTouched, type Find } from '../missed/touched.js';
import { difference, forEach, StockTaking } from '../stock/stock.js';
import { WORK_SYSTEM, workCodeOf } from '../task.js';
import { patientFile, taskFile, type FindPayer } from './file.js';
import { fromRow, OPEN_ROWS, ROWS, rowsOf, toRows } from './row.js';

/** Whose facts may be others when a resource is: of each type that they rest on, the patients. */
const PATIENTS: Readonly<Record<string, Find>> = {
  ...Object.fromEntries(['Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Coverage', 'Organization'].map((type) => [type, PATIENTS_BY_TYPE[type] as Find])),
  Account: (resource) => (resource as { readonly subject?: readonly { readonly reference?: string }[] }).subject?.map(({ reference }) => reference) ?? [],
  DocumentReference: (resource) => [(resource as { readonly subject?: { readonly reference?: string } }).subject?.reference],
  Task: (resource) => [(resource as Task).for?.reference],
  // What is missed is kept by the patient; an entry of the ledger is found by what caused it.
  Basic: (resource, resources) => { const missed = missedFrom(resource as Basic); return missed ? [missed.patient] : (PATIENTS_BY_TYPE['Basic'] as Find)(resource, resources); },
};

/**
 * The facts that a review adds up, kept beside what they rest on: a `Basic` for each patient and year of service
 * (`row.ts`), and one for each sitting of somebody at a Task. Working them out needs a patient’s claims, decisions, ledger
 * and Tasks, some milliseconds each; adding them up needs none of these. What was stored since the last look says whose
 * are worked out anew.
 */
export class ReviewStock {
  readonly #missed: MissedStock;
  readonly #taking = new StockTaking({ mark: 'review-stock-taken', types: new Set(Object.keys(PATIENTS)), renew });

  constructor(missed: MissedStock) {
    this.#missed = missed;
  }

  /** Brings the facts, and the backlog that is part of them, up to now. */
  async take(resources: Resources): Promise<void> {
    await this.#missed.take(resources);
    await this.#taking.take(resources);
  }

  /** The facts in which something happened on or after a day, or is open. A file at a time, in no order. */
  async *files(since: string, resources: Resources): AsyncGenerator<FileFacts> {
    for (const query of [`${ROWS}&created=ge${since}`, `${OPEN_ROWS}&created=lt${since}`, `${OPEN_ROWS}&created:missing=true`]) {
      for await (const page of resources.pages<Basic>('Basic', query, { isPlain: true })) for (const basic of page) yield fromRow(basic);
    }
  }
}

async function renew(changed: readonly FhirResource[] | undefined, resources: Resources): Promise<number> {
  const tasks = changed ? changed.filter((resource): resource is Task => resource.resourceType === 'Task') : undefined;
  const payer = payersIn(resources);
  if (tasks && changed) {
    await forEach(tasks, (task) => recordEffort(task, resources));
    const patients = await patientsTouched(changed, resources, PATIENTS);
    // What a remittance was matched to has a patient from then on.
    const alone = tasks.filter((task) => (task.for === undefined && workCodeOf(task) !== undefined) || workCodeOf(task) === 'match-remittance');
    await forEach(patients, (patient) => keep(patient, () => patientFile(patient, resources, payer), resources));
    await forEach(alone, (task) => keep(`Task/${task.id ?? ''}`, () => taskFile(task, resources), resources));
    return patients.size + alone.length;
  }
  for await (const page of resources.pages<Task>('Task', `code=${WORK_SYSTEM}|`)) {
    await forEach(page, (task) => recordEffort(task, resources));
    await forEach(page.filter((task) => task.for === undefined), (task) => keep(`Task/${task.id ?? ''}`, () => taskFile(task, resources), resources));
  }
  let patients = 0;
  for await (const page of resources.pages<Patient>('Patient', '')) {
    patients += page.length;
    await forEach(page.map(({ id = '' }) => `Patient/${id}`), (patient) => keep(patient, () => patientFile(patient, resources, payer), resources));
  }
  return patients;
}

/** Works out the facts of a patient, or of a Task of none, and keeps them. What can't be worked out for one keeps nobody else's from being told. */
async function keep(subject: string, facts: () => Promise<FileFacts>, resources: Resources): Promise<void> {
  try {
    const wanted = toRows(subject, await facts());
    const kept = await resources.search<Basic>('Basic', rowsOf(subject));
    const changes = difference(wanted, kept, ({ extension, code, created }) => JSON.stringify([extension, code, created]));
    if (changes.length > 0) await resources.commit(changes, { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 422) throw error;
  }
}

function payersIn(resources: Resources): FindPayer {
  const known = new Map<string, Promise<Organization | undefined>>();
  return (reference) => {
    const found = known.get(reference) ?? (/^Organization\/[A-Za-z0-9.-]{1,64}$/.test(reference) ? resources.read<Organization>('Organization', reference.slice('Organization/'.length)) : Promise.resolve(undefined));
    known.set(reference, found);
    return found;
  };
}
