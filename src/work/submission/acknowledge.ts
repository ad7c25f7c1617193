import type { Claim, DocumentReference, Task } from 'fhir/r4.js';
import type { Resources } from '../../fhir/resources.js';
import type { Acknowledgement } from '../../x12/acknowledgements/acknowledgement.js';
import { pcnOf } from '../../x12/era/match.js';
import { EDI_X12 } from '../../fhir/interactions/body.js';
import { taskId } from '../task.js';
import type { Content } from './channel.js';
import type { SubmissionContext } from './context.js';
import { claimsIn, isBatch, recordId } from './batch.js';
import { SUBMISSION_SYSTEM } from './fhir-rest.js';
import { heard } from './follow-up.js';
import { latestSent } from './record.js';

/** How many acknowledgements were about a claim that was sent from here, and how many were about something else or say neither yes nor no. */
export interface Acknowledged {
  readonly matched: number;
  readonly unmatched: number;
}

/**
 * Takes acknowledgements to the claims that they are about, each in one commit: what is accepted is said in the Task that
 * follows the claim; what is rejected is a draft again, with a Task to correct it. Heard twice, nothing changes.
 */
export async function acknowledge(acknowledgements: readonly Acknowledgement[], context: Pick<SubmissionContext, 'resources' | 'now'>): Promise<Acknowledged> {
  let matched = 0;
  for (const acknowledgement of acknowledgements) {
    const { kind, verdict, codes } = acknowledgement;
    if (!verdict) continue;
    const tasks = await followUpsOf(acknowledgement, context.resources);
    if (!tasks) continue;
    matched++;
    const reasons = codes.map((code) => `${kind}: ${code}`);
    for (const task of tasks) {
      const changes = await heard(task, { content: contentOf(acknowledgement), verdict, state: STATES[kind], reasons }, context);
      if (changes.length > 0) await context.resources.commit(changes);
    }
  }
  return { matched, unmatched: acknowledgements.length - matched };
}

/** What it means for a claim that it was accepted. */
const STATES: Readonly<Record<Acknowledgement['kind'], string>> = {
  TA1: 'Received by the clearinghouse: the file is readable',
  '997': 'Received by the clearinghouse: the claim keeps its form',
  '999': 'Received by the clearinghouse: the claim keeps its form',
  '277CA': 'Accepted by the payer to be decided',
};

/** The segments that say it; those about other claims are not this patient's. */
const contentOf = ({ segments }: Acknowledgement): Content => ({ contentType: EDI_X12, body: Buffer.from(segments.map(({ elements }) => `${elements.join('*')}~\n`).join('')) });

/** The Tasks that follow the claims, found by the number under which they, or the file that they were in, were sent; else by the claim's own; undefined: nothing was sent under it. */
async function followUpsOf({ control, except = [], claimNumber }: Acknowledgement, resources: Resources): Promise<Task[] | undefined> {
  const document = control === undefined ? await sentUnder(claimNumber ?? '', resources) : await resources.read<DocumentReference>('DocumentReference', recordId(control));
  if (!document) return undefined;
  const told = new Set(except.map(recordId));
  const ids = claimsIn(document).map((reference) => reference.split('/')[1] ?? '').filter((id) => !told.has(id));
  const documents = isBatch(document) ? await Promise.all(ids.map((id) => resources.read<DocumentReference>('DocumentReference', id))) : [document];
  const keys = documents.flatMap((one) => one?.identifier?.find(({ system }) => system === SUBMISSION_SYSTEM)?.value ?? []);
  const tasks = await Promise.all(keys.map((key) => resources.read<Task>('Task', taskId('follow-up', ['submission', key]))));
  return tasks.filter((task) => task !== undefined);
}

/** What was sent last of the claim with this number; undefined where several have it, or none. */
async function sentUnder(claimNumber: string, resources: Resources): Promise<DocumentReference | undefined> {
  if (!/^[\w .-]{1,38}$/.test(claimNumber)) return undefined;
  const claims = (await resources.search<Claim>('Claim', `identifier=${encodeURIComponent(claimNumber)}`)).filter((claim) => pcnOf(claim) === claimNumber);
  const sent = await Promise.all(claims.map(({ id = '' }) => latestSent(`Claim/${id}`, resources)));
  const [only, ...others] = sent.flatMap((one) => one?.document ?? []);
  return others.length === 0 ? only : undefined;
}
