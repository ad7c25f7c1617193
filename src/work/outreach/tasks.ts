import type { Communication, CommunicationRequest, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { Accompaniment } from '../../fhir/accompany.js';
import { because } from '../automation/draft.js';
import { noted } from '../queue/note.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, toTask } from '../task.js';
import { isOvertaken } from './overtaken.js';

/** Why a patient is to be contacted by a person (`CodeSystem/work-reason`). */
export type ContactReason = 'recipient-unknown' | 'no-channel' | 'message-by-hand' | 'message-unsent' | 'message-unread' | 'message-undeliverable' | 'patient-message';

interface ContactRule {
  readonly description: string;
  readonly state: string;
  /** What the message says once the work is not needed any more. */
  readonly isOver: (message: Communication | CommunicationRequest) => boolean;
}

const isSent = (message: Communication | CommunicationRequest): boolean => message.resourceType === 'Communication' && (message.sent !== undefined || message.status === 'completed');
const isRead = (message: Communication | CommunicationRequest): boolean => message.resourceType === 'Communication' && message.received !== undefined;
const isWithdrawn = (message: Communication | CommunicationRequest): boolean => message.status === 'revoked' || message.status === 'entered-in-error' || isOvertaken(message);
const isTakenUp = (message: Communication | CommunicationRequest): boolean => message.status === 'active' || message.status === 'completed';

/** What is to be done for each reason. */
export const CONTACT_REASONS: Readonly<Record<ContactReason, ContactRule>> = {
  'recipient-unknown': { description: 'Find out who is written to about this child, state it (Account.guarantor), and make the CommunicationRequest active again', state: 'the recipient is not known', isOver: isTakenUp },
  'no-channel': { description: 'Ask how this person may be reached, state it (telecom with rank, address), and make the CommunicationRequest active again', state: 'no channel is on file', isOver: isTakenUp },
  'message-by-hand': { description: 'Send this message by its medium, and state in its Communication when (sent)', state: 'to be sent by hand', isOver: isSent },
  'message-unsent': { description: 'No messaging system has taken this message: send it, and state in its Communication when (sent)', state: 'not sent', isOver: isSent },
  'message-unread': { description: 'The message is unread: try another way, and log it', state: 'unread', isOver: isRead },
  'message-undeliverable': { description: 'The message could not be delivered: correct the contact point, and try another way', state: 'undeliverable', isOver: isRead },
  'patient-message': { description: 'A patient has written: read it (received), answer it (a Communication with inResponseTo), or do what it asks for', state: 'to be answered', isOver: () => false },
};

/** The Task of a message, or of the request for one: the same reason, the same Task. */
export function contactTask(reason: ContactReason, about: Communication | CommunicationRequest, find: FindPlaybook, now: Date): Task {
  const { description, state } = CONTACT_REASONS[reason];
  const focus = `${about.resourceType}/${about.id ?? ''}`;
  return toTask(withPlaybook({
    code: 'contact-patient',
    cause: [reason, focus],
    focus,
    patient: relative(about.subject?.reference),
    requester: AUTOMATION,
    reason: because('work-reason', reason),
    description, state,
    authoredOn: now.toISOString(),
  }, find));
}

/** The Task cancelled, where its message says that it is not needed any more. */
export function overtakenBy(task: Task, message: Communication | CommunicationRequest, now: Date): Task | undefined {
  const reason = task.statusReason?.coding?.find(({ code }) => code !== undefined && Object.hasOwn(CONTACT_REASONS, code))?.code as ContactReason | undefined;
  if (reason === undefined || !(CONTACT_REASONS[reason].isOver(message) || isWithdrawn(message))) return undefined;
  return { ...noted(task, 'Not needed any more: the message has gone on', now), status: 'cancelled', lastModified: now.toISOString() };
}

/** What a patient, or somebody related, writes comes into the queue with it (R096), unless it was read on the way. */
export const patientMessages = (find: FindPlaybook, now: () => Date): Accompaniment => ({
  types: new Set(['Communication']),
  accompany(resource, reference) {
    if (resource.resourceType !== 'Communication' || !isFromPatient(resource)) return [];
    const task = contactTask('patient-message', resource, find, now());
    // The store completes the id by the version of the message.
    return [{ ...task, id: 'patient-message', focus: { reference } }];
  },
  written: () => undefined,
});

const isFromPatient = ({ sender, status, received }: Communication): boolean =>
  received === undefined && (status === 'in-progress' || status === 'completed') && /^(Patient|RelatedPerson)\//.test(relative(sender?.reference) ?? '');
