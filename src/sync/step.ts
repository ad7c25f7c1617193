import { FhirError } from '../fhir/outcome.js';
import type { Resources } from '../fhir/resources.js';
import { toBasic } from './checkpoint.js';
import { readCheckpoint } from './journal.js';
import type { Source } from './source.js';

/** What a run does before it goes through its lanes: what the source offers, who of ours its members are, what goes back to it. */
export const STEPS = ['metadata', 'members', 'write-back'] as const;
export type Step = (typeof STEPS)[number];

export const isStep = (lane: string): lane is Step => (STEPS as readonly string[]).includes(lane);

/**
 * Notes of a step that it failed, as a checkpoint that is never through, so that it shows and the schedule waits
 * (`notBefore`); or that it went well, where it had failed. A source that never answered has no other trace.
 */
export async function noteStep(source: Source, step: Step, failed: { readonly code: string; readonly notBefore: string } | undefined, { resources, now }: { readonly resources: Resources; readonly now: () => Date }): Promise<void> {
  const stood = await readCheckpoint(source.id, step, resources);
  if (!failed && stood.failure === undefined) return;
  const at = now().toISOString();
  const next = failed ? { ...stood, base: source.base, started: at, ended: undefined, failure: failed.code, notBefore: failed.notBefore } : { ...stood, ended: at, failure: undefined, notBefore: undefined };
  try {
    await resources.write([{ put: toBasic(next), expectVersion: stood.version }]);
  } catch (error) {
    // Another process has just noted the same, or otherwise: it looked as lately as we did.
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
  }
}
