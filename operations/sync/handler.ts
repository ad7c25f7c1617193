import type { Bundle, Endpoint } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { FhirError, toOutcome } from '../../src/fhir/outcome.js';
import { failureIssue, type SyncEngine } from '../../src/sync/index.js';

export interface SyncParts {
  /** Undefined while the server is put together. */
  readonly sync: () => SyncEngine | undefined;
}

/** `$sync`: brings the store in step with a source, or with what a notification of it names, and says what that came to. */
export const syncWith = ({ sync }: SyncParts): Handler => async ({ target, in: inputs }) => {
  const engine = sync();
  if (!engine) throw new FhirError(503, { severity: 'error', code: 'transient', text: 'The server is starting: ask again' }, { 'Retry-After': '1' });
  const notification = inputs.resource<Bundle>('resource');
  const { counts, checkpoint, failed } = await (notification ? engine.notified(target as Endpoint, notification) : engine.run(target as Endpoint, { full: inputs.boolean('full') ?? false }));
  return { out: { ...counts, checkpoint, outcome: failed.length > 0 ? toOutcome(failed.map(({ lane, code, text }) => failureIssue(code, `${lane}: ${text}`))) : undefined } };
};
