import type { List, Measure } from 'fhir/r4.js';
import { isoWeek, lastWeek, type Question } from '../../claims/review/question.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import type { FindPlaybook } from '../queue/playbooks.js';
import type { Chore } from '../worker.js';
import { auditTasks } from './audit.js';
import { namesIn, reportsOf } from './reports.js';
import { review } from './review.js';
import type { ReviewStock } from './stock.js';

/** Claims that are drawn each week: a sample that somebody reads on a Monday morning (R163). */
const SIZE = 10;
/** A week in which nothing was decided may still get decisions, that were late: it is looked at again. */
const EVERY_MS = 60 * 60_000;

export interface WeeklyParts {
  readonly resources: Resources;
  readonly stock: ReviewStock;
  readonly measures: readonly Measure[];
  readonly find: FindPlaybook;
}

/**
 * The review of each week (Monday to Sunday, UTC), made once it is over: its reports, a List that names them and the
 * sample, and the Tasks to audit it. All ids follow from the week, and all of it is written in one commit, for which there
 * must be none yet: of any number of processes, one makes it. A week in which no payer decided anything has none.
 */
export function weeklyReview({ resources, stock, measures, find }: WeeklyParts): Chore {
  let [made, last] = ['', -Infinity];
  return async (now) => {
    const today = now.toISOString().slice(0, 10);
    const period = lastWeek(today);
    const week = isoWeek(period.end);
    if (made === week || now.getTime() - last < EVERY_MS) return;
    last = now.getTime();
    if (!(await resources.read<List>('List', idOf(week)))) {
      await stock.take(resources);
      const question: Question = { period, asOf: today, pairs: [] };
      const reviewed = await review(question, { size: SIZE, seed: week }, stock, resources);
      if (reviewed.sample.length === 0) return;
      const reports = reportsOf(reviewed, question, measures, await namesIn(reviewed, resources)).map((report) => ({ ...report, id: `${report.id ?? ''}-${week}`, date: now.toISOString() }));
      const audits = await auditTasks(reviewed.sample, ['weekly', week], { resources, find, now });
      const entries = [...reports, ...audits.flatMap((change) => ('put' in change ? [change.put] : []))].map(({ resourceType, id = '' }) => `${resourceType}/${id}`);
      await commitOnce([...reports.map((put) => ({ put, ifAbsent: true })), ...audits, { put: listOf(week, entries, now), expectVersion: 0 }], resources);
    }
    made = week;
  };
}

/** Whoever comes second writes nothing. */
async function commitOnce(changes: readonly ResourceChange[], resources: Resources): Promise<void> {
  try {
    await resources.commit(changes, { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
  }
}

const idOf = (week: string): string => `billing-review-${week}`;

const listOf = (week: string, entries: readonly string[], now: Date): List => ({
  resourceType: 'List',
  id: idOf(week),
  status: 'current',
  mode: 'snapshot',
  title: `Billing review of ${week}`,
  date: now.toISOString(),
  entry: entries.map((reference) => ({ item: { reference } })),
});
