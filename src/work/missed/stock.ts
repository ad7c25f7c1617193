import type { Basic, Coverage } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { fromBasic, STOCK_SYSTEM, toBasic, type MissedSecondary } from './entry.js';
import { missedOf } from './patient.js';
import { CONCERNED_TYPES, patientsTouched } from './touched.js';

/** More changes than this are not looked at one by one: everything is worked out anew. */
const MOST_CHANGES = 20_000;
/** Clocks of several processes differ, and a commit takes a while: so far back it is looked at again. */
const OVERLAP_MS = 2_000;

/** Changes that concern nobody are looked at again until there are so many: the mark would be one more of them. */
const MOST_PASSED_OVER = 500;

const MARK_ID = 'missed-secondary-stock-taken';
const MARK = structureDefinition('stock-taken');

/**
 * The backlog of missed secondaries, kept beside the claims. Whether a claim is missed follows from its chain, its
 * decisions, the family’s coverages and the payers’ rules, so that no index over single resources tells it, and working
 * it out for every claim that was ever sent takes minutes for a million. So each claim that is missed has a `Basic` of
 * its own, as many as there are missed ones and no more, and what is stored since the last look says whose patients’ are
 * worked out anew. That holds by whatever way data come (REST, import, load, another process), and a look is complete up
 * to the moment when it began: whoever asks waits for one.
 */
export class MissedStock {
  #taking: Promise<void> | undefined;

  /** Brings the backlog up to now; callers at the same time wait for the same look and the one after it. */
  async take(resources: Resources): Promise<void> {
    if (this.#taking) await this.#taking.catch(() => undefined);
    this.#taking ??= this.#take(resources).finally(() => (this.#taking = undefined));
    await this.#taking;
  }

  /** All that is missed, in no order. */
  async all(resources: Resources): Promise<MissedSecondary[]> {
    const found: MissedSecondary[] = [];
    for await (const page of resources.pages<Basic>('Basic', `code=${STOCK_SYSTEM}|missed-secondary`)) found.push(...page.flatMap((basic) => fromBasic(basic) ?? []));
    return found;
  }

  async #take(resources: Resources): Promise<void> {
    const mark = await resources.read<Basic>('Basic', MARK_ID);
    const since = mark?.extension?.find(({ url }) => url === MARK)?.valueInstant;
    const changed = since === undefined ? undefined : await resources.changedSince(new Date(Date.parse(since) - OVERLAP_MS), CONCERNED_TYPES, MOST_CHANGES);
    const latest = changed ? changed.latest : await resources.latestChange();
    const patients = changed ? await patientsTouched(changed.resources, resources) : await patientsWithSeveral(resources);
    for (const patient of patients) await renew(patient, resources);
    const isNews = changed === undefined || patients.size > 0 || changed.versions > MOST_PASSED_OVER;
    if (latest !== undefined && latest !== since && isNews) await resources.commit([{ put: markAt(latest) }]);
  }
}

const markAt = (valueInstant: string): Basic => ({
  resourceType: 'Basic', id: MARK_ID, extension: [{ url: MARK, valueInstant }], code: { coding: [{ system: STOCK_SYSTEM, code: 'stock-taken' }] },
});

/** Patients who have more than one coverage, and those with something in the backlog. */
async function patientsWithSeveral(resources: Resources): Promise<Set<string>> {
  const once = new Set<string>();
  const several = new Set<string>();
  for await (const page of resources.pages<Coverage>('Coverage', '')) {
    for (const { beneficiary: { reference = '' } } of page) (once.has(reference) ? several : once).add(reference);
  }
  for await (const page of resources.pages<Basic>('Basic', `code=${STOCK_SYSTEM}|missed-secondary`)) for (const { subject } of page) several.add(subject?.reference ?? '');
  return new Set([...several].filter((reference) => reference.startsWith('Patient/')));
}

/** Writes what is missed of a patient, and takes away what is not missed any more. */
async function renew(patient: string, resources: Resources): Promise<void> {
  const [missed, kept] = await Promise.all([missedOrNone(patient, resources), resources.search<Basic>('Basic', `code=${STOCK_SYSTEM}|missed-secondary&subject=${patient}`)]);
  const wanted = missed.map(toBasic);
  const changes: ResourceChange[] = [
    ...wanted.filter((basic) => !kept.some((each) => each.id === basic.id && JSON.stringify(fromBasic(each)) === JSON.stringify(fromBasic(basic)))).map((put) => ({ put })),
    ...kept.filter(({ id }) => !wanted.some((basic) => basic.id === id)).map(({ id = '' }) => ({ delete: { type: 'Basic', id } })),
  ];
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
