import type { CoverageEligibilityResponse } from 'fhir/r4.js';
import { relative } from './read-header.js';

/**
 * The payer's last finished answer about a coverage (`Coverage/1`) that was made by `asOf` (YYYY-MM-DD); of one day, the
 * one with the greater id, so that the order in which they come never matters.
 */
export function latestAnswer(answers: readonly CoverageEligibilityResponse[], coverage: string, asOf: string): CoverageEligibilityResponse | undefined {
  return answers
    .filter((answer) => answer.status === 'active' && answer.outcome !== 'queued' && answer.outcome !== 'error' && dayOf(answer) <= asOf
      && answer.insurance?.some((row) => relative(row.coverage.reference) === coverage))
    .reduce<CoverageEligibilityResponse | undefined>((latest, answer) => (latest && keyOf(latest) >= keyOf(answer) ? latest : answer), undefined);
}

/** The day on which it was made, YYYY-MM-DD. */
export const dayOf = ({ created }: CoverageEligibilityResponse): string => created.slice(0, 10);

const keyOf = (answer: CoverageEligibilityResponse): string => `${answer.created} ${answer.id ?? ''}`;
