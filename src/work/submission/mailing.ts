/** A packet that a person mails: the Task to mail it, and the days after that. */
import type { DocumentReference, Organization, Task } from 'fhir/r4.js';
import { addDays } from '../../claims/calendar.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { because } from '../automation/draft.js';
import { addressLines } from '../documents/parties.js';
import { detail, taskId, WORK_SYSTEM, type WorkCode } from '../task.js';
import type { Done } from '../worker.js';
import type { SubmissionContext } from './context.js';
import { DOCUMENT_SYSTEM, keyOf, referenceOf } from './record.js';
import { asDraft, saying, todo, type Followed } from './steps.js';

/** In days. */
const CHECKS = {
  /** Whether it was mailed. */
  mailed: 1,
  /** After it was mailed, a person should ask: Medicare pays no paper claim before the 29th day (42 USC 1395u(c)(3)(B)), and the mail takes its time. */
  person: 45,
  every: 7,
} as const;

const MAIL: WorkCode = 'follow-up';
const TO_BE_MAILED = because('work-reason', 'to-be-mailed');

/** Open Tasks to mail an earlier packet of a claim, called off, since a newer one takes its place. `time`: FHIR instant. */
export async function mailingsCalledOff(claim: string, resources: Resources, time: string): Promise<ResourceChange[]> {
  const open = await resources.search<Task>('Task', `focus=${claim}&code=${WORK_SYSTEM}|${MAIL}&status=ready,in-progress,on-hold`);
  return open.filter(isMailing).map((task) => ({
    put: { ...task, status: 'cancelled', businessStatus: { text: 'The claim was handed over again: a newer packet takes its place' }, lastModified: time }, expectVersion: Number(task.meta?.versionId),
  }));
}

const isMailing = ({ statusReason }: Task): boolean => statusReason?.coding?.some(({ system, code }) => system === TO_BE_MAILED.system && code === TO_BE_MAILED.code) ?? false;

/** Where a packet stands: to be mailed, mailed and with the payer, or given up. Nobody can be asked but the person who mails. */
export async function mailing(followed: Followed & { readonly payer: Organization }, context: Pick<SubmissionContext, 'resources' | 'now'>): Promise<Done & { readonly task: Task }> {
  const { task, claim, sent, payer } = followed;
  const day = context.now().toISOString().slice(0, 10);
  if (await isSentAgain(followed, context.resources)) return { changes: [], task: saying(task, 'The claim was handed over again') };
  const mail = await context.resources.read<Task>('Task', taskId(MAIL, [TO_BE_MAILED.code ?? '', sent.key]));
  if (!mail) {
    const change = todo(followed, context, {
      code: MAIL, reason: TO_BE_MAILED, about: [sent.key],
      description: `Print the packet on CMS-1500 forms and mail it so that receipt can be proved, to: ${[payer.name ?? '', ...addressLines(mailAddress(payer))].join(', ')}. Complete this Task on the day it is mailed`,
      inputs: [{ ...detail('document'), valueReference: referenceOf(sent.document) }],
    });
    return { changes: [change], task: saying(task, `To be mailed by a person: Task/${change.put.id ?? ''}`), until: onDay(addDays(day, CHECKS.mailed)) };
  }
  if (mail.status === 'cancelled' || mail.status === 'failed') {
    const again = todo(followed, context, {
      code: 'prepare-claim', reason: TO_BE_MAILED, about: [sent.key, 'given up'],
      description: 'The packet was not mailed: see to the claim, and submit it again', inputs: [{ ...detail('document'), valueReference: referenceOf(sent.document) }],
    });
    return { changes: [...asDraft(claim), again], task: saying(task, 'The packet was not mailed') };
  }
  if (mail.status !== 'completed') return { changes: [], task: saying(task, `To be mailed by a person: Task/${mail.id ?? ''}`), until: onDay(addDays(day, CHECKS.mailed)) };
  return underWay(followed, mail, day, context);
}

/** Whether a later version of the claim was handed over: a key ends in the version. */
async function isSentAgain({ claim, sent }: Followed, resources: Resources): Promise<boolean> {
  const version = (key: string | undefined): number => Number(key?.split('-').at(-1));
  const records = await resources.search<DocumentReference>('DocumentReference', `related=Claim/${claim.id ?? ''}&type=${DOCUMENT_SYSTEM}|submission`);
  return records.some((record) => version(keyOf(record)) > version(sent.key));
}

function underWay(followed: Followed, mail: Task, day: string, context: Pick<SubmissionContext, 'now'>): Done & { readonly task: Task } {
  const mailedOn = (mail.executionPeriod?.end ?? mail.lastModified ?? day).slice(0, 10);
  const from = addDays(mailedOn, CHECKS.person);
  const ask = day < from ? [] : [todo(followed, context, {
    code: 'follow-up', reason: because('work-reason', 'no-answer'), about: [followed.sent.key],
    description: `The claim was mailed ${CHECKS.person} days ago and is not decided: ask the payer whether it has it`,
  })];
  return { changes: ask, task: saying(followed.task, `Mailed on ${mailedOn}`), until: onDay(day < from ? from : addDays(day, CHECKS.every)) };
}

/** The address for letters before the others. */
const mailAddress = ({ address = [] }: Organization) => [...address].sort((a, b) => Number(b.type === 'postal') - Number(a.type === 'postal'));

const onDay = (day: string): Date => new Date(day);
