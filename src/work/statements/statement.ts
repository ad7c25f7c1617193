import type { Binary, Claim, DocumentReference, FhirResource, Invoice, Organization, Patient, Practitioner } from 'fhir/r4.js';
import { daysBetween } from '../../claims/calendar.js';
import type { WriteOffPolicy } from '../../claims/disposition/write-off-class.js';
import { relative } from '../../claims/read-header.js';
import { FhirError, type Issue } from '../../fhir/outcome.js';
import type { ResourceChange } from '../../fhir/resources.js';
import { chainsOf } from '../derivation/chains.js';
import { readReference } from '../derivation/lookup.js';
import { addressLines, contactOf, personName } from '../documents/parties.js';
import { overtaken } from '../outreach/overtaken.js';
import { recipientOf, type Recipient } from '../outreach/recipient.js';
import type { PostingContext } from '../posting/post.js';
import { digest } from '../task.js';
import { sendingOf, statementResources, type StatementRecord } from './documents.js';
import { invoiceId, invoiceOf, saysTheSame, withdrawn } from './invoice.js';
import { languageOf, type Language } from './language.js';
import { dueOf, statementDocument, type PrintedFacts, type SettledVisit } from './printed.js';
import { visitOf, type Visit, type VisitRequest } from './visit.js';

/** Claims of one patient, at most. */
const MOST = 20_000;
/** A visit that nothing is owed for stays on the statement for so long after its last entry. */
const SHOWN_DAYS = 120;
/** So often it is begun anew because somebody else has written meanwhile. */
const MEETINGS = 5;

export interface StatementContext extends PostingContext {
  readonly policy: WriteOffPolicy;
}

/** What a patient is told now, and what waits. */
export interface Statement {
  /** Of every visit that is the patient's to pay, or was. */
  readonly invoices: readonly Invoice[];
  /** `DocumentReference/1`; undefined: there is nothing to tell. */
  readonly document: string | undefined;
  readonly holds: readonly { readonly claim: string; readonly reason: string }[];
  readonly notes: readonly Issue[];
}

/**
 * Settles what can be settled, and writes the patient's statement: an Invoice a visit, the itemised document (PDF and
 * HTML), and the request to send it. The same ledger gives the same statement: asked for again it changes nothing.
 * @throws {FhirError} 412 when others change the same invoices all the time.
 */
export async function stateAccount(patient: Patient, request: VisitRequest, context: StatementContext): Promise<Statement> {
  for (let meetings = 1; ; meetings++) {
    try {
      return await attempt(patient, request, context);
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 412 || meetings >= MEETINGS) throw error;
    }
  }
}

async function attempt(patient: Patient, request: VisitRequest, context: StatementContext): Promise<Statement> {
  const { resources, now } = context;
  const today = now.toISOString().slice(0, 10);
  const reference = `Patient/${patient.id ?? ''}`;
  const { visits, unreadable } = await visitsOf(reference, request, today, context);
  const recipient = await recipientOf(patient, resources, today);
  const language = languageOf(patient);
  const shown = visits.filter(isSettled).filter((visit) => isShown(visit, today)).sort(byDate);
  const invoices = await invoicesFor(visits, { patient: reference, recipient: recipient?.reference ?? reference, texts: language.texts, date: today }, context);
  const made = shown.length === 0 ? undefined : await documentFor(await printedFacts(patient, recipient, language, { visits: shown, waiting: visits.filter(({ holds }) => holds.length > 0) }, context), shown, recipient, context);
  const changes = [...invoices.changes, ...(made?.changes ?? (await overtaken(reference, undefined, resources)))];
  if (changes.length > 0) await resources.commit(changes, { orInOrder: true });
  return {
    invoices: invoices.all,
    document: made?.document,
    holds: [...visits.flatMap(({ root, holds }) => holds.map((reason) => ({ claim: root, reason }))), ...unreadable.map((claim) => ({ claim, reason: 'not-readable: the amounts of this claim or of its decisions can’t be worked with: mend them' }))],
    notes: [...(made ? language.notes : []), ...(made && !recipient ? [UNKNOWN_RECIPIENT] : [])],
  };
}

const UNKNOWN_RECIPIENT: Issue = {
  severity: 'warning', code: 'business-rule', id: 'recipient-unknown', text: 'Who is written to about this child is not known: state the guarantor on the Account, or the custodial parent. A person decides before it is sent',
};

/** Every claim of the patient with its next payers' claims, settled. */
async function visitsOf(patient: string, request: VisitRequest, asOf: string, context: StatementContext): Promise<{ readonly visits: Visit[]; readonly unreadable: string[] }> {
  const claims = (await context.resources.search<Claim>('Claim', `patient=${patient}`, { most: MOST })).filter(({ use }) => use === 'claim');
  const visits: Visit[] = [];
  const unreadable: string[] = [];
  for (const [claim] of chainsOf(claims)) {
    if (!claim) continue;
    try {
      visits.push(await visitOf(claim, request, { asOf, policy: context.policy }, context));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unreadable.push(`Claim/${claim.id ?? ''}`);
    }
  }
  return { visits, unreadable };
}

const isSettled = (visit: Visit): visit is SettledVisit => visit.stated !== undefined;

/** What is owed, what was paid too much, and what has been the patient's lately. */
function isShown({ stated: { due, credit, share, paid }, lastEntry }: SettledVisit, today: string): boolean {
  if (due > 0 || credit > 0) return true;
  return (share !== 0 || paid !== 0) && lastEntry !== undefined && daysBetween(lastEntry, today) <= SHOWN_DAYS;
}

const byDate = (a: Visit, b: Visit): number => (`${a.dates?.start ?? ''} ${a.root}` < `${b.dates?.start ?? ''} ${b.root}` ? -1 : 1);

/** The bills as they are now, and what has to be written so that they stand so. */
async function invoicesFor(visits: readonly Visit[], facts: Parameters<typeof invoiceOf>[1], { resources }: StatementContext): Promise<{ readonly all: Invoice[]; readonly changes: ResourceChange[] }> {
  const all: Invoice[] = [];
  const changes: ResourceChange[] = [];
  for (const visit of visits) {
    const stored = await resources.read<Invoice>('Invoice', invoiceId(visit.root));
    const isBilled = isSettled(visit) && (visit.stated.share !== 0 || visit.stated.paid !== 0);
    const made = isBilled ? invoiceOf(visit, facts) : stored && withdrawn(stored, visit);
    if (!made) continue;
    const isNew = stored === undefined || !saysTheSame(stored, made);
    if (isNew) changes.push({ put: made, expectVersion: Number(stored?.meta?.versionId ?? 0) });
    if (isBilled) all.push(isNew ? made : stored);
  }
  return { all, changes };
}

async function printedFacts(patient: Patient, recipient: Recipient | undefined, language: Language, { visits, waiting }: Pick<PrintedFacts, 'visits' | 'waiting'>, { resources }: StatementContext): Promise<PrintedFacts> {
  const provider = await readReference(visits.at(-1)?.claim.provider.reference, resources);
  const clinic = provider?.resourceType === 'Organization' || provider?.resourceType === 'Practitioner' ? (provider as Organization | Practitioner) : undefined;
  const name = personName(patient.name);
  const to = recipient ? personName(recipient.person.name) : language.texts.guardians(name);
  return {
    clinic: {
      name: (clinic?.resourceType === 'Organization' ? clinic.name : personName(clinic?.name)) ?? visits.at(-1)?.claim.provider.display ?? '',
      address: addressLines(clinic?.address),
      phone: contactOf(clinic?.telecom, 'phone'),
    },
    recipient: { name: to, address: addressLines(recipient?.person.address ?? patient.address) },
    patient: name,
    language,
    visits,
    waiting,
  };
}

/** The document under an id that follows from what it says and from the entries that it rests on, its date apart. */
async function documentFor(facts: PrintedFacts, visits: readonly SettledVisit[], recipient: Recipient | undefined, { resources, now }: StatementContext): Promise<{ readonly document: string; readonly changes: ResourceChange[] }> {
  const patient = relative(visits[0]?.claim.patient.reference) ?? '';
  const { blocks } = statementDocument(facts, new Date(0));
  const id = digest(JSON.stringify(['statement', patient, facts.language.texts.language, blocks, visits.map(({ entries }) => entries)])).slice(0, 32);
  const document = `DocumentReference/${id}`;
  if (await resources.read<DocumentReference>('DocumentReference', id)) return { document, changes: [] };
  const provider = relative(visits.at(-1)?.claim.provider.reference);
  const record: StatementRecord = {
    id, patient,
    recipient: recipient?.reference,
    author: provider?.startsWith('Organization/') === true ? provider : undefined,
    invoices: visits.map(({ root }) => `Invoice/${invoiceId(root)}`),
    claims: visits.map(({ root }) => root),
  };
  const written: FhirResource[] = await statementResources(statementDocument(facts, now), record);
  const isToSend = dueOf(visits) > 0 || visits.some(({ stated }) => stated.credit > 0);
  return {
    document,
    changes: [
      ...(await overtaken(patient, document, resources)),
      ...(isToSend ? [sendingOf(record, now)] : []).map((put) => ({ put, ifAbsent: true })),
      ...written.map((put) => ({ put, ifAbsent: true })),
    ],
  };
}

/** The statement's PDF. */
export const pdfOf = async (document: string, { resources }: Pick<StatementContext, 'resources'>): Promise<Uint8Array> =>
  Buffer.from((await resources.read<Binary>('Binary', document.slice('DocumentReference/'.length)))?.data ?? '', 'base64');
