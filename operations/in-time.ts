import { FhirError } from '../src/fhir/outcome.js';

/** What was never worked out is not waited for longer. */
const PATIENCE_MS = 25_000;

const stillAtIt = (): FhirError => new FhirError(503, { severity: 'error', code: 'throttled', text: 'Much was loaded, and it is still being looked through: ask again in a minute, or with Prefer: respond-async' }, { 'Retry-After': '30' });

/** @throws {FhirError} 503 with Retry-After while what is kept about much that was loaded at once is worked out; that goes on. */
export async function inTime(taken: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(() => failed(stillAtIt()), PATIENCE_MS);
  });
  await Promise.race([taken, late]).finally(() => clearTimeout(timer));
}
