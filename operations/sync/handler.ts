import type { Bundle, Endpoint } from 'fhir/r4.js';
import type { Progress } from '../../src/fhir/jobs.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { FhirError, toOutcome } from '../../src/fhir/outcome.js';
import { failureIssue, sourceOf, statusOf, type SyncEngine, type SyncStatus } from '../../src/sync/index.js';

export interface SyncParts {
  /** Undefined while the server is put together. */
  readonly sync: () => SyncEngine | undefined;
}

/** `$sync`: brings the store in step with a source, or with what a notification of it names, and says what that came to. */
export const syncWith = ({ sync }: SyncParts): Handler => async ({ target, in: inputs }, { resources, now, progress }) => {
  const engine = sync();
  if (!engine) throw new FhirError(503, { severity: 'error', code: 'transient', text: 'The server is starting: ask again' }, { 'Retry-After': '1' });
  const notification = inputs.resource<Bundle>('resource');
  const run = notification ? engine.notified(target as Endpoint, notification) : engine.run(target as Endpoint, { full: inputs.boolean('full') ?? false });
  const { counts, checkpoint, failed } = await (progress ? told(run, () => statusOf(sourceOf(target as Endpoint), resources, now()), progress) : run);
  return { out: { ...counts, checkpoint, outcome: failed.length > 0 ? toOutcome(failed.map(({ lane, code, text }) => failureIssue(code, `${lane}: ${text}`))) : undefined } };
};

const TELLING_MS = 1_000;

/** Says now and then how far a run is, until it is through. */
async function told<T>(run: Promise<T>, status: () => Promise<SyncStatus>, progress: Progress): Promise<T> {
  const tell = (): Promise<void> => status().then(({ counts, lanes }) => progress(`${lanes.filter(({ isRunning }) => isRunning).map(({ lane }) => lane).join(', ') || 'begun'}: ${counts.read} resources read, ${counts.written} written`), () => undefined);
  const telling = setInterval(() => void tell(), TELLING_MS);
  return run.finally(() => clearInterval(telling));
}
