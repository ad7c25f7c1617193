import type { Claim, Task } from 'fhir/r4.js';
import { FhirError } from '../../fhir/outcome.js';
import { withChecklists } from '../queue/fill.js';
import type { Done, Job } from '../worker.js';
import type { SubmissionContext } from './context.js';
import { handOver } from './hand-over.js';

/** Submits by itself where the payer’s rules say so (`payer-rules` submission `automatic`); what is against it goes to a person. */
export const submitJob = (context: SubmissionContext): Job => ({ code: 'submit-claim', run: (task, now) => submitted(task, now, context) });

async function submitted(task: Task, now: Date, context: SubmissionContext): Promise<Done> {
  const claim = await context.resources.read<Claim>('Claim', task.focus?.reference?.split('/')[1] ?? '');
  if (!claim) return forPerson(task, ['The claim is not there any more'], now);
  if (claim.status === 'active') return { changes: [], task: (await withChecklists(task, context.resources, now)).task };
  try {
    const { changes } = await handOver(claim, context, { except: task, sendsAtOnce: false });
    return { changes, task: (await withChecklists(task, context.resources, now)).task };
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 422) throw error;
    return forPerson(task, error.issues.map(({ text }) => text), now);
  }
}

/** The Task without its owner, free for whoever takes it next. */
function forPerson({ owner: _owner, ...task }: Task, reasons: readonly string[], now: Date): Done {
  const note = [...(task.note ?? []), ...reasons.map((text) => ({ time: now.toISOString(), text }))];
  return { changes: [], task: { ...task, note, businessStatus: { text: 'Could not be sent by itself' } }, until: now };
}
