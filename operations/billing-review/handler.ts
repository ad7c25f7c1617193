import type { Measure, Period, Reference } from 'fhir/r4.js';
import { endOfMonthAfter, endOfYearAfter } from '../../src/claims/calendar.js';
import { relative } from '../../src/claims/read-header.js';
import { lastWeek, type Days, type Question } from '../../src/claims/review/question.js';
import type { Handler, Inputs, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';
import { auditTasks } from '../../src/work/review/audit.js';
import { toCsv } from '../../src/work/review/csv.js';
import { namesIn, reportsOf } from '../../src/work/review/reports.js';
import { review, type Drawing } from '../../src/work/review/review.js';
import type { ReviewStock } from '../../src/work/review/stock.js';
import { inTime } from '../in-time.js';

export interface ReviewParts {
  readonly review: ReviewStock;
}

const CSV = 'text/csv';
/** Claims drawn where a seed is given and no number. */
const SIZE = 10;
/** Nobody audits more at a time, and each makes a Task. */
const MOST = 1_000;

/** `$billing-review`: what became of the claims in a period, by measure, and a sample of them to audit. */
export const reviewWith = ({ review: stock }: ReviewParts): Handler => async ({ in: inputs, format }, context) => {
  const { resources, now, conformance, caller } = context;
  const contentType = format(CSV);
  const question = questionIn(inputs, context);
  const drawing = drawingIn(inputs, question);
  await inTime(stock.take(resources));
  const reviewed = await review(question, drawing, stock, resources);
  const reports = reportsOf(reviewed, question, conformance.ofType('Measure') as Measure[], await namesIn(reviewed, resources));
  if (contentType !== undefined) return { content: { type: `${CSV}; charset=utf-8`, body: toCsv(reports) } };
  const { period, pairs, serviceLine } = question;
  const audits = await auditTasks(reviewed.sample, [drawing.seed, JSON.stringify([period, pairs, serviceLine])], { resources, find: playbooksIn(conformance.ofType('PlanDefinition')), now: now(), requester: caller?.fhirUser });
  if (audits.length > 0) {
    await resources.commit(audits, { orInOrder: true });
    await inTime(stock.take(resources));
  }
  return { out: { report: reports, sample: [...reviewed.sample] } };
};

function questionIn(inputs: Inputs, { today }: OperationContext): Question {
  const serviceLine = inputs.string('serviceLine');
  return {
    period: periodIn(inputs, today()),
    asOf: today(),
    pairs: inputs.all('payerPair').map(({ parts }) => ({ prior: target(parts, 'prior'), next: target(parts, 'next') })),
    ...(serviceLine === undefined ? {} : { serviceLine }),
  };
}

const target = (parts: Inputs | undefined, name: string): string | undefined => relative((parts?.one(name)?.value as Reference | undefined)?.reference);

/** Before this there were no claims. */
const EARLIEST = '1900-01-01';

/** By default the last whole week. The ends may be as imprecise as FHIR allows, and count whole; one that is not given is open. */
function periodIn(inputs: Inputs, today: string): Days {
  const given = inputs.one('period');
  if (!given) return lastWeek(today);
  const { start, end } = given.value as Period;
  const days = { start: start === undefined ? EARLIEST : `${start.slice(0, 10)}-01-01`.slice(0, 10), end: end === undefined ? today : lastDayOf(end.slice(0, 10)) };
  if (days.end < days.start) throw errors.businessRule('The period ends before it begins', given.expression);
  return days;
}

function lastDayOf(date: string): string {
  if (date.length === 4) return endOfYearAfter(`${date}-01-01`, 0);
  return date.length === 7 ? endOfMonthAfter(`${date}-01`, 0) : date;
}

function drawingIn(inputs: Inputs, { period: { start, end } }: Question): Drawing {
  const seed = inputs.string('seed');
  const size = inputs.number('sampleSize') ?? (seed === undefined ? 0 : SIZE);
  if (size > MOST) throw errors.businessRule(`At most ${MOST} claims are drawn at a time`, inputs.one('sampleSize')?.expression);
  return { size, seed: seed ?? `${start}/${end}` };
}
