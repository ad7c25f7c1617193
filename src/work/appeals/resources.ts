import { createHash } from 'node:crypto';
import type { Binary, CodeableConcept, Communication, Composition, CompositionSection, DocumentReference, Reference, Task, TaskInput } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { AppealMethod } from '../../claims/deadlines/payer-rules.js';
import { sum } from '../../claims/money.js';
import { referenceTo } from '../../claims/derive/input.js';
import { because } from '../automation/draft.js';
import { medium } from '../outreach/channel.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { DOCUMENT_SYSTEM } from '../submission/record.js';
import { detail, toTask } from '../task.js';
import type { AppealCase } from './case.js';
import { MANNERS } from './levels.js';
import type { PacketItem } from './packet.js';

export const APPEAL_KIND_SYSTEM = `${CANONICAL}/CodeSystem/appeal-kind`;
/** Of the letter's `DocumentReference.identifier`: a digest of what it says, its date apart. */
export const CONTENT_SYSTEM = `${CANONICAL}/NamingSystem/appeal-letter-content`;
const EMPTY_REASON = 'http://terminology.hl7.org/CodeSystem/list-empty-reason';
const PDF = 'application/pdf';

/** A section without entries needs a text (R4 cmp-1). */
const MISSING: Pick<CompositionSection, 'text' | 'emptyReason'> = {
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Missing: to be added before the appeal is sent</div>' },
  emptyReason: { coding: [{ system: EMPTY_REASON, code: 'unavailable' }], text: 'missing' },
};

/** The way that a payer takes appeals, as the medium of the letter (v3 ParticipationMode). */
const MEDIA: Readonly<Record<AppealMethod, CodeableConcept>> = {
  mail: medium('MAILWRIT', 'mail'), fax: medium('FAXWRIT', 'fax'), portal: medium('ONLINEWRIT', 'portal'), electronic: medium('ELECTRONIC', 'electronic message'),
};

const titleOf = ({ kind, level }: AppealCase): string => `${MANNERS[kind].title}, level ${level}`;
const referTo = (reference: string): Reference => ({ reference });

/** What the appeal is about: the claim, and the payer's decisions. */
const appealed = ({ claim, decided }: AppealCase): string[] => [claim, ...decided.decisions].flatMap((one) => referenceTo(one) ?? []);

/** The Task that sends and follows the appeal. What is at hand and what is missing stands among its inputs. */
export function appealTask(appeal: AppealCase, { caller, find, now }: { readonly caller: string | undefined; readonly find: FindPlaybook; readonly now: Date }): Task {
  const { id, cause, claim, root, decided, contested, deadline, packet, kind, level, payer } = appeal;
  const recorded = now.toISOString();
  const late = deadline !== undefined && deadline.due < recorded.slice(0, 10);
  const missing = packet.filter(({ references }) => references.length === 0).map(({ title }) => title);
  const category = contested[0]?.category;
  return toTask(withPlaybook({
    code: 'appeal',
    cause,
    focus: referenceTo(claim) ?? root,
    patient: claim.patient.reference,
    ...(category === undefined ? {} : { reason: because('denial-category', category) }),
    description: `${titleOf(appeal)}, of ${decided.coverage}: send the letter with its packet${payer.rules.appealMethod === undefined ? '' : ` by ${MEDIA[payer.rules.appealMethod].text}, as the payer takes appeals`}, and log the contacts${late ? '. Its time has passed: state good cause' : ''}`,
    state: missing.length === 0 ? 'packet complete' : `missing: ${missing.join(', ')}`,
    deadline: deadline?.due,
    amount: sum(contested.map(({ amount }) => amount)),
    requester: caller,
    group: root,
    inputs: [{ type: { ...detail('level').type, text: kind }, valuePositiveInt: level }, ...packet.flatMap(documentInputs)],
    outputs: [{ ...detail('document'), valueReference: referTo(`DocumentReference/${id}`) }],
    authoredOn: recorded,
  }, find));
}

/** A document that is there by its reference, under its name; a missing one by its name alone. */
const documentInputs = ({ title, references }: PacketItem): TaskInput[] =>
  references.length === 0
    ? [{ ...detail('document'), valueString: title }]
    : references.map((reference) => ({ type: { ...detail('document').type, text: title }, valueReference: referTo(reference) }));

/** The letter: its bytes, and what they are. */
export function letterResources(appeal: AppealCase, pdf: Uint8Array, content: string, now: Date): [Binary, DocumentReference] {
  const { id, claim } = appeal;
  const attachment = { contentType: PDF, language: 'en-US', url: `Binary/${id}`, size: pdf.byteLength, hash: createHash('sha1').update(pdf).digest('base64'), title: titleOf(appeal), creation: now.toISOString() };
  return [
    { resourceType: 'Binary', id, contentType: PDF, securityContext: claim.patient, data: Buffer.from(pdf).toString('base64') },
    {
      resourceType: 'DocumentReference',
      id,
      identifier: [{ system: CONTENT_SYSTEM, value: content }],
      status: 'current',
      type: { coding: [{ system: DOCUMENT_SYSTEM, code: 'appeal-letter' }] },
      subject: claim.patient,
      date: now.toISOString(),
      description: titleOf(appeal),
      content: [{ attachment }],
      context: { related: [...appealed(appeal), `Task/${id}`].map(referTo) },
    },
  ];
}

/** The index of the packet: a section a part, in order; one that is missing says so. */
export function packetIndex(appeal: AppealCase, now: Date): Composition {
  const { id, claim, packet } = appeal;
  const sections: CompositionSection[] = [{ title: 'letter', references: [`DocumentReference/${id}`] }, ...packet].map(({ title, references }) => ({
    title,
    ...(references.length > 0 ? { entry: references.map(referTo) } : MISSING),
  }));
  return {
    resourceType: 'Composition',
    id,
    status: 'final',
    type: { coding: [{ system: DOCUMENT_SYSTEM, code: 'appeal-packet' }] },
    subject: claim.patient,
    date: now.toISOString(),
    author: [claim.provider],
    title: `Packet of the appeal: ${titleOf(appeal)}`,
    section: sections,
  };
}

/** The entry of the log: prepared. Whoever sends the letter completes it with the day (`sent`) and the way (`medium`). */
export function prepared(appeal: AppealCase, now: Date): Communication {
  const { id, claim, kind, payer } = appeal;
  return {
    resourceType: 'Communication',
    id,
    partOf: [referTo(`Task/${id}`)],
    status: 'preparation',
    subject: claim.patient,
    topic: { coding: [{ system: APPEAL_KIND_SYSTEM, code: kind }], text: titleOf(appeal) },
    about: appealed(appeal).map(referTo),
    ...(payer.rules.appealMethod === undefined ? {} : { medium: [MEDIA[payer.rules.appealMethod]] }),
    ...(payer.organization?.id === undefined ? {} : { recipient: [referTo(`Organization/${payer.organization.id}`)] }),
    sender: claim.provider,
    payload: [{ contentReference: referTo(`DocumentReference/${id}`) }],
    note: [{ time: now.toISOString(), text: 'The letter and the index of its packet were prepared' }],
  };
}
