import type { Communication, CommunicationRequest, FhirResource, Patient, RelatedPerson, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { readReference } from '../derivation/lookup.js';
import type { FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, digest, WORK_SYSTEM } from '../task.js';
import type { Chore } from '../worker.js';
import { channelOf, type Channel } from './channel.js';
import { isOvertaken } from './overtaken.js';
import { recipientOf, type Recipient } from './recipient.js';
import { CONTACT_REASONS, contactTask, overtakenBy } from './tasks.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The clock has nothing new to say sooner. */
const EVERY_MS = 60_000;
/** A patient gets at most one message in so long, unless it is urgent (R099). */
const BETWEEN_MS = DAY_MS;
/** A message that no messaging system has taken after so long is sent by a person. */
const UNSENT_MS = DAY_MS;
/** What was sent, or came back, longer ago is not looked at any more. */
const LOOK_BACK_MS = 60 * DAY_MS;

export interface OutreachParts {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  /** A message that is unread after so many days is tried another way. */
  readonly unreadDays: number;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Keeps what is written to patients: each CommunicationRequest that is due becomes a Communication by the preferred
 * channel of the right person (R099, R103), which a messaging system takes or a person sends; what was not sent, did not
 * arrive or stays unread becomes a Task (R104). Done twice, or by two at once, it changes nothing the second time.
 */
export function outreach(parts: OutreachParts): Chore {
  let last = -Infinity;
  return async (now) => {
    if (now.getTime() - last < EVERY_MS) return;
    last = now.getTime();
    for await (const page of parts.resources.pages<CommunicationRequest>('CommunicationRequest', 'status=active')) {
      for (const request of page.filter((one) => isToPatient(one) && isDue(one, now))) await written(parts, await carriedOut(request, now, parts));
    }
    for (const [reason, query] of troubles(now, parts.unreadDays)) {
      for await (const page of parts.resources.pages<Communication>('Communication', query)) {
        for (const message of page.filter((one) => isTrouble(one, reason, now))) await written(parts, [{ put: contactTask(reason, message, parts.find, now), ifAbsent: true }]);
      }
    }
    for await (const page of parts.resources.pages<Task>('Task', `code=${WORK_SYSTEM}|contact-patient&status=ready,on-hold&requester=${AUTOMATION}`)) {
      for (const task of page) await written(parts, await noLongerNeeded(task, now, parts));
    }
  };
}

/** Two at once: what the other has written is met again at the next round. */
async function written({ resources, log }: OutreachParts, changes: readonly ResourceChange[]): Promise<void> {
  if (changes.length === 0) return;
  try {
    await resources.commit(changes, { orInOrder: true });
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    if (error.status !== 412) log({ level: 'error', event: 'message not kept', status: error.status });
  }
}

const isPerson = (reference: string | undefined): boolean => /^(Patient|RelatedPerson)\//.test(relative(reference) ?? '');

const isToPatient = ({ subject, recipient = [], doNotPerform }: CommunicationRequest): boolean =>
  doNotPerform !== true && relative(subject?.reference)?.startsWith('Patient/') === true && recipient.every(({ reference }) => isPerson(reference));

/** From its occurrence on: a day from its first moment, a period from its start (R4 dateTime, UTC where no zone is stated). */
function isDue({ occurrenceDateTime, occurrencePeriod }: CommunicationRequest, now: Date): boolean {
  const from = occurrenceDateTime ?? occurrencePeriod?.start;
  return from === undefined || Date.parse(from) <= now.getTime();
}

/** The message of a request by its way, or why there is none. */
async function carriedOut(request: CommunicationRequest, now: Date, { resources, find }: OutreachParts): Promise<ResourceChange[]> {
  const patient = await readReference(request.subject?.reference, resources);
  if (patient?.resourceType !== 'Patient') return [putAside(request, 'the patient is not on file')];
  if (!isUrgent(request) && (await wasWrittenTo(patient as Patient, now, resources))) return [];
  const today = now.toISOString().slice(0, 10);
  const recipient = await whomFor(request, patient as Patient, today, resources);
  if (!recipient) return refused(request, 'recipient-unknown', { find, now });
  const channel = channelOf({ telecom: recipient.person.telecom ?? patient.telecom, address: recipient.person.address ?? patient.address }, today);
  if (!channel) return refused(request, 'no-channel', { find, now });
  const message = messageOf(request, recipient, channel, now);
  return [
    { put: message, ifAbsent: true },
    ...(channel.isByHand ? [{ put: contactTask('message-by-hand', message, find, now), ifAbsent: true }] : []),
    { put: { ...request, status: 'completed' }, expectVersion: Number(request.meta?.versionId) },
  ];
}

const isUrgent = ({ priority }: CommunicationRequest): boolean => priority === 'urgent' || priority === 'asap' || priority === 'stat';

async function wasWrittenTo(patient: Patient, now: Date, resources: Resources): Promise<boolean> {
  const messages = await resources.search<Communication>('Communication', `subject=Patient/${patient.id ?? ''}&_lastUpdated=ge${new Date(now.getTime() - BETWEEN_MS).toISOString()}`);
  return messages.some((message) => isOurs(message) && now.getTime() - madeAt(message) < BETWEEN_MS);
}

/** The one who is named, where that person is on file; else whoever is to be written to. */
async function whomFor({ recipient = [] }: CommunicationRequest, patient: Patient, today: string, resources: Resources): Promise<Recipient | undefined> {
  const [named] = recipient;
  if (named === undefined) return recipientOf(patient, resources, today);
  const person: FhirResource | undefined = await readReference(named.reference, resources);
  return person?.resourceType === 'Patient' || person?.resourceType === 'RelatedPerson' ? { reference: `${person.resourceType}/${person.id ?? ''}`, person: person as Patient | RelatedPerson } : undefined;
}

const putAside = (request: CommunicationRequest, text: string): ResourceChange => ({ put: { ...request, status: 'on-hold', statusReason: { text } }, expectVersion: Number(request.meta?.versionId) });

const refused = (request: CommunicationRequest, reason: 'no-channel' | 'recipient-unknown', { find, now }: { readonly find: FindPlaybook; readonly now: Date }): ResourceChange[] => [
  { put: contactTask(reason, request, find, now), ifAbsent: true },
  putAside(request, CONTACT_REASONS[reason].state),
];

const BY_HAND = /^(MAILWRIT|PHONE|FAXWRIT)$/;
const isByHand = ({ medium = [] }: Communication): boolean => medium.some(({ coding }) => coding?.some(({ code }) => BY_HAND.test(code ?? '')));

/** In preparation until whoever sends it says when (`sent`), and whoever has it read, when that was (`received`). */
const messageOf = ({ id = '', category, priority, subject, about, payload, sender, requester }: CommunicationRequest, recipient: Recipient, { medium }: Channel, now: Date): Communication => ({
  resourceType: 'Communication',
  id: digest(JSON.stringify(['message', id])).slice(0, 32),
  basedOn: [{ reference: `CommunicationRequest/${id}` }],
  status: 'preparation',
  ...(category ? { category } : {}),
  ...(priority === undefined ? {} : { priority }),
  medium: [medium],
  ...(subject ? { subject } : {}),
  ...(about ? { about } : {}),
  recipient: [{ reference: recipient.reference }],
  ...(sender ?? (requester?.reference === AUTOMATION ? undefined : requester) ? { sender: sender ?? requester } : {}),
  ...(payload ? { payload } : {}),
  note: [{ time: now.toISOString(), text: 'Made to be sent' }],
});

const isOurs = ({ basedOn = [] }: Communication): boolean => basedOn.some(({ reference }) => relative(reference)?.startsWith('CommunicationRequest/') === true);
const madeAt = ({ note = [] }: Communication): number => Date.parse(note[0]?.time ?? '');

type Trouble = 'message-unsent' | 'message-unread' | 'message-undeliverable';

/** Which messages may be in trouble, as the clock has it. */
function troubles(now: Date, unreadDays: number): (readonly [Trouble, string])[] {
  const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString();
  const recent = `_lastUpdated=ge${ago(LOOK_BACK_MS)}`;
  return [
    ['message-unsent', `status=preparation&based-on:missing=false&${recent}`],
    ['message-unread', `status=in-progress,completed&received:missing=true&sent=le${ago(unreadDays * DAY_MS)}&sent=ge${ago(unreadDays * DAY_MS + LOOK_BACK_MS)}`],
    ['message-undeliverable', `status=not-done&${recent}`],
  ];
}

/** No receipt comes for what was mailed, faxed or said on the telephone. */
function isTrouble(message: Communication, reason: Trouble, now: Date): boolean {
  if (!(message.recipient ?? []).some(({ reference }) => isPerson(reference))) return false;
  if (reason === 'message-undeliverable') return !isOvertaken(message);
  if (isByHand(message)) return false;
  return reason === 'message-unread' || (isOurs(message) && now.getTime() - madeAt(message) >= UNSENT_MS);
}

/** Work that nobody has begun, and that the message itself has overtaken. */
async function noLongerNeeded(task: Task, now: Date, { resources }: OutreachParts): Promise<ResourceChange[]> {
  const message = await readReference(task.focus?.reference, resources);
  const ended = message?.resourceType === 'Communication' || message?.resourceType === 'CommunicationRequest' ? overtakenBy(task, message as Communication | CommunicationRequest, now) : undefined;
  return ended ? [{ put: ended, expectVersion: Number(task.meta?.versionId) }] : [];
}
