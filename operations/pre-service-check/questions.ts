import type { Coverage } from 'fhir/r4.js';
import { addDays } from '../../src/claims/calendar.js';
import type { CobOrder, CoverageSpan, MissingFact } from '../../src/cob/index.js';
import { STALE_AFTER_DAYS, type Eligibility } from './eligibility.js';

/** Something to ask before the visit. */
export interface Question {
  /** `Coverage/1`, where it is about one. */
  readonly coverage?: string | undefined;
  /** FHIRPath of the element that the answer fills in, beginning with its type. */
  readonly expression?: string | undefined;
  readonly question: string;
  /** Code of `CodeSystem/intake-question`. */
  readonly reason: 'missing-fact' | 'order-conflict' | 'coverage-gap' | 'coverage-ending' | 'eligibility-missing' | 'eligibility-stale' | 'eligibility-denied';
}

export interface Checked {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly order: CobOrder;
  /** Facts that would decide the order if the visit turned out to be due to an accident or to work. */
  readonly missing: readonly MissingFact[];
  /** Those that take part on the date. */
  readonly coverages: readonly Coverage[];
  readonly timeline: readonly CoverageSpan[];
  readonly eligibility: readonly Eligibility[];
}

/** A coverage that ends so soon after the visit may have ended by the time that it is billed. */
const ENDING_WITHIN_DAYS = 30;

/** What the front desk asks the patient, and the payers, before the visit (R044, R056–R059). */
export function questionsOf({ date, order, missing, coverages, timeline, eligibility }: Checked): Question[] {
  return [
    ...missing.map(({ coverage, expression, question }): Question => ({ coverage, expression, question, reason: 'missing-fact' })),
    ...order.conflict.map(({ coverage, stated, computed, source }): Question => ({
      coverage, expression: 'Coverage.order', reason: 'order-conflict',
      question: `By the rules this coverage is number ${computed}, and ${source} states ${stated}: which of its facts has changed?`,
    })),
    ...timeline.filter((span) => span.coverages.length === 0).map(({ start, end }): Question => ({
      reason: 'coverage-gap',
      question: end === date ? `No coverage is known from ${start} on: which one pays for this visit?` : `No coverage is known from ${start} to ${end}: was there one?`,
    })),
    ...coverages.flatMap(({ id, period }): Question[] => {
      const end = period?.end?.slice(0, 10);
      if (end === undefined || end > addDays(date, ENDING_WITHIN_DAYS)) return [];
      return [{ coverage: `Coverage/${id ?? ''}`, expression: 'Coverage.period.end', question: `This coverage ends on ${end}: what follows it?`, reason: 'coverage-ending' }];
    }),
    ...eligibility.flatMap(askOfPayer),
  ];
}

function askOfPayer({ coverage, age, stale, inforce }: Eligibility): Question[] {
  if (age === undefined) return [{ coverage, question: 'The payer was never asked whether this coverage is in force: ask it for benefits and for other coverage', reason: 'eligibility-missing' }];
  if (inforce === false) return [{ coverage, question: 'The payer says that this coverage is not in force: ask the patient for the card, and the payer again', reason: 'eligibility-denied' }];
  return stale ? [{ coverage, question: `The payer’s last answer is ${age} days old, more than ${STALE_AFTER_DAYS}: ask it again`, reason: 'eligibility-stale' }] : [];
}
