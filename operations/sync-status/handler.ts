import type { Endpoint } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { toOutcome, type Issue } from '../../src/fhir/outcome.js';
import { failureIssue, sourceOf, statusOf, type SyncStatus } from '../../src/sync/index.js';

/** `$sync-status`: where the synchronisation of a source stands. */
export const handle: Handler = async ({ target }, { resources, now }) => {
  const status = await statusOf(sourceOf(target as Endpoint), resources, now());
  const issues = issuesOf(status);
  const lag = status.lagMs === undefined ? undefined : { value: Math.round(status.lagMs / 1_000), unit: 's', system: 'http://unitsofmeasure.org', code: 's' };
  return { out: { ...status.counts, checkpoint: status.checkpoint, lag, outcome: issues.length > 0 ? toOutcome(issues) : undefined } };
};

/** Lanes that are being worked on, that failed, and what could not be taken. */
function issuesOf({ lanes, deadLetters }: SyncStatus): Issue[] {
  return [
    ...lanes.flatMap(({ lane, isRunning, failure }): Issue[] => {
      if (isRunning) return [{ severity: 'information', code: 'informational', text: `${lane}: being synchronised` }];
      return failure === undefined ? [] : [failureIssue(failure, `${lane}: the last run did not come to its end`)];
    }),
    ...(deadLetters > 0 ? [{ severity: 'warning', code: 'incomplete', id: 'source-resources-refused', text: `${deadLetters} resources of the source are not valid, or not given, and were not taken: see Basic?code=dead-letter` } as const] : []),
  ];
}
