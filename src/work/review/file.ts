import type { Account, Basic, Claim, Coverage, DocumentReference, Organization, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { chainOf, type Chain } from '../../claims/derive/chain.js';
import { indexOf, referenceTo } from '../../claims/derive/input.js';
import { amountOf } from '../../claims/ledger/balances.js';
import { LEDGER_SYSTEM, readEntry, type LedgerEntry } from '../../claims/ledger/entry.js';
import { chainFacts } from '../../claims/review/chain-facts.js';
import type { ChainFacts, WorkFacts } from '../../claims/review/facts.js';
import type { FileFacts } from '../../claims/review/tally.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { rootOf } from '../automation/state.js';
import { chainsOf } from '../derivation/chains.js';
import { decisionsOf } from '../derivation/load.js';
import { readReference } from '../derivation/lookup.js';
import { effortOf, isOfPeople } from '../effort/record.js';
import type { MissedSecondary } from '../missed/entry.js';
import { missedRowsOf } from '../missed/stock.js';
import { kindOf } from '../payer-kind.js';
import { responsesOf } from '../queue/checklist.js';
import { DOCUMENT_SYSTEM } from '../submission/record.js';
import { GROUP_SYSTEM, workCodeOf, type WorkCode } from '../task.js';
import { workFacts } from './work-facts.js';

/** Of one patient, at most: a lifetime of weekly dialysis has fewer. */
const MOST = 100_000;
const AT_A_TIME = 50;

/** Payers, each read once a look. */
export type FindPayer = (reference: string) => Promise<Organization | undefined>;

/** What a review counts of one patient. Claims whose amounts can't be added exactly are left out. */
export async function patientFile(patient: string, resources: Resources, payer: FindPayer): Promise<FileFacts> {
  const most = { most: MOST };
  const [claims, coverages, tasks, accounts, documents, missed] = await Promise.all([
    resources.search<Claim>('Claim', `patient=${patient}`, most),
    resources.search<Coverage>('Coverage', `beneficiary=${patient}`, most),
    resources.search<Task>('Task', `patient=${patient}`, most),
    resources.search<Account>('Account', `subject=${patient}`, most),
    resources.search<DocumentReference>('DocumentReference', `subject=${patient}&type=${DOCUMENT_SYSTEM}|submission`, most),
    missedRowsOf(patient, resources),
  ]);
  const [decisions, entries, payers, work] = await Promise.all([
    decisionsAbout(claims, resources),
    entriesOf(accounts, resources),
    Promise.all([...new Set(coverages.flatMap(({ payor }) => relative(payor[0]?.reference) ?? []))].map(payer)),
    workOf(tasks, resources),
  ]);
  const shared = { coverages, index: indexOf(payers.filter((one) => one !== undefined)), kindOf, sent: sentDays(documents) };
  const parts = chainsOf(claims).map((members) => chainOf(members[0] as Claim, members));
  const taken = new Set<LedgerEntry | WorkOf>();
  const chains = parts.flatMap((chain): ChainFacts[] => {
    const own = inChain(chain, decisions);
    const ownEntries = entries.filter((entry) => own.names.has(entry.root) || own.names.has(entry.source));
    const ownWork = work.filter(({ about }) => about.some((reference) => own.names.has(reference)));
    for (const one of [...ownEntries, ...ownWork]) taken.add(one);
    return unlessInexact(() => chainFacts({
      ...shared, chain, root: rootOf(chain.all) ?? (chain.all[0] as Claim), decisions: own.decisions, entries: ownEntries,
      missed: missedIn(missed, own.names), work: ownWork.flatMap(({ facts }) => facts ?? []), held: ownWork.find(({ holds }) => holds)?.task,
    }));
  });
  const strays = entries.filter((entry) => !taken.has(entry));
  return { chains, others: work.filter((one) => !taken.has(one)).flatMap(({ facts }) => facts ?? []), strays: { entries: strays.length, amount: amountOf(strays) } };
}

/** What a review counts of a Task of no patient; of one that has a patient, nothing. */
export async function taskFile(task: Task, resources: Resources): Promise<FileFacts> {
  return { chains: [], others: (await workOf(task.for ? [] : [task], resources)).flatMap(({ facts }) => facts ?? []), strays: { entries: 0, amount: 0 } };
}

async function decisionsAbout(claims: readonly Claim[], resources: Resources): Promise<Decision[]> {
  const found: Decision[] = [];
  for (let at = 0; at < claims.length; at += AT_A_TIME) found.push(...(await decisionsOf(claims.slice(at, at + AT_A_TIME), resources)));
  return found;
}

async function entriesOf(accounts: readonly Account[], resources: Resources): Promise<LedgerEntry[]> {
  if (accounts.length === 0) return [];
  const basics = await resources.search<Basic>('Basic', `code=${LEDGER_SYSTEM}|&subject=${accounts.flatMap((account) => referenceTo(account) ?? []).join()}`, { most: MOST });
  return basics.flatMap((basic) => readEntry(basic) ?? []);
}

/** The first day on which each claim was handed over. */
function sentDays(documents: readonly DocumentReference[]): Map<string, string> {
  const days = new Map<string, string>();
  for (const { date, context } of documents) {
    const day = date?.slice(0, 10);
    for (const { reference } of context?.related ?? []) {
      const claim = relative(reference);
      if (day !== undefined && claim !== undefined && day < (days.get(claim) ?? '9')) days.set(claim, day);
    }
  }
  return days;
}

/* ---------- which belongs to which claims ---------- */

interface Own {
  /** The claims and the decisions about them, as references. */
  readonly names: ReadonlySet<string>;
  readonly decisions: readonly Decision[];
}

function inChain({ all }: Chain, decisions: readonly Decision[]): Own {
  const claims = new Set(all.flatMap((claim) => referenceTo(claim) ?? []));
  const own = decisions.filter((decision) => claims.has(relative((decision.resourceType === 'ClaimResponse' ? decision.request : decision.claim)?.reference) ?? ''));
  return { names: new Set([...claims, ...own.flatMap((decision) => referenceTo(decision) ?? [])]), decisions: own };
}

function missedIn(missed: readonly MissedSecondary[], names: ReadonlySet<string>): ChainFacts['missed'] {
  const found = missed.find(({ claim }) => names.has(claim));
  if (!found) return undefined;
  const { payer, coverage, residual, deadline, notBefore, patientBilled } = found;
  return { payer, coverage, residual, deadline, notBefore, patientBilled };
}

/** Work that keeps the ledger behind the decisions, whoever has it. */
const HOLDS: ReadonlySet<string | undefined> = new Set<WorkCode>(['post-payment', 'review-adjudication', 'follow-up']);

interface WorkOf {
  readonly task: string;
  /** References to what it is about. */
  readonly about: readonly string[];
  readonly holds: boolean;
  /** Undefined: the server does it itself. */
  readonly facts?: WorkFacts | undefined;
}

async function workOf(tasks: readonly Task[], resources: Resources): Promise<WorkOf[]> {
  const queue = tasks.filter((task) => workCodeOf(task) !== undefined);
  const ofPeople = queue.filter(isOfPeople);
  const effort = await effortOf(ofPeople.flatMap((task) => referenceTo(task) ?? []), resources);
  return Promise.all(queue.map(async (task): Promise<WorkOf> => {
    const reference = referenceTo(task) ?? '';
    const answers = workCodeOf(task) === 'audit-sample' && task.status === 'completed' ? await Promise.all(responsesOf(task).map((one) => readReference(one, resources))) : [];
    return {
      task: reference,
      about: [task.groupIdentifier?.system === GROUP_SYSTEM ? task.groupIdentifier.value : undefined, relative(task.focus?.reference)].flatMap((one) => one ?? []),
      holds: HOLDS.has(workCodeOf(task)) && (task.status === 'ready' || task.status === 'in-progress' || task.status === 'on-hold'),
      facts: isOfPeople(task) ? workFacts(task, effort.get(reference) ?? [], answers.filter((one): one is QuestionnaireResponse => one?.resourceType === 'QuestionnaireResponse')) : undefined,
    };
  }));
}

function unlessInexact<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
