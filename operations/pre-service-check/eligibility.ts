import type { Coverage, CoverageEligibilityResponse } from 'fhir/r4.js';
import { daysBetween } from '../../src/claims/calendar.js';
import { dayOf, latestAnswer } from '../../src/claims/eligibility.js';
import { relative } from '../../src/claims/read-header.js';

/** An answer about eligibility that is older is asked for again (R059). */
export const STALE_AFTER_DAYS = 30;

/** The payer's last answer about a coverage. */
export interface Eligibility {
  /** `Coverage/1`. */
  readonly coverage: string;
  /** `CoverageEligibilityResponse/1`; undefined: the payer was never asked, or has not answered. */
  readonly answer: string | undefined;
  /** The day of the answer, YYYY-MM-DD. */
  readonly answered: string | undefined;
  /** In days. */
  readonly age: number | undefined;
  readonly stale: boolean;
  /** Whether the coverage is in force, where the answer says so. */
  readonly inforce: boolean | undefined;
}

export function eligibilityOf({ id }: Coverage, answers: readonly CoverageEligibilityResponse[], today: string): Eligibility {
  const coverage = `Coverage/${id ?? ''}`;
  const answer = latestAnswer(answers, coverage, today);
  const age = answer && daysBetween(dayOf(answer), today);
  return {
    coverage,
    answer: answer && `CoverageEligibilityResponse/${answer.id ?? ''}`,
    answered: answer && dayOf(answer),
    age,
    stale: age === undefined || age > STALE_AFTER_DAYS,
    inforce: answer?.insurance?.find((row) => relative(row.coverage.reference) === coverage)?.inforce,
  };
}
