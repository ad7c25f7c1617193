import type { Claim, CodeableConcept, Coverage } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import { isReversal, residualOf } from '../amounts.js';
import { claimPaid } from '../balance.js';
import { filingLimit } from '../deadlines/deadlines.js';
import { readPayerRules } from '../deadlines/payer-rules.js';
import { filingDate } from '../derive/billed.js';
import { focalCoverageOf, type Chain } from '../derive/chain.js';
import { answersOf, type Answer } from '../derive/decided.js';
import { fingerprint } from '../derive/fingerprint.js';
import { payorOf, referenceTo, type ResourceIndex } from '../derive/input.js';
import { claimTotal } from '../derive/worksheet.js';
import { balancesOf, amountOf, kindOf } from '../ledger/balances.js';
import type { LedgerEntry } from '../ledger/entry.js';
import { sum, ZERO } from '../money.js';
import { netAdjudications } from '../net.js';
import { relative, type Decision } from '../read-header.js';
import { refusalsOf } from '../refusals.js';
import { RESPONSIBLE, type ChainFacts, type DenialFacts, type MissedFacts, type OpenFacts, type TurnFacts, type WorkFacts, type WriteOffFacts } from './facts.js';

/** What is on file about the claims for the same services. */
export interface ChainRecords {
  readonly chain: Chain;
  /** The first claim. */
  readonly root: Claim;
  readonly decisions: readonly Decision[];
  /** The patient's. */
  readonly coverages: readonly Coverage[];
  /** Has the payers. */
  readonly index: ResourceIndex;
  readonly kindOf: (coverage: Coverage) => PayerKind | undefined;
  /** All that the ledger says about these claims. */
  readonly entries: readonly LedgerEntry[];
  /** The day on which a claim was handed over, by its reference, where that was recorded. */
  readonly sent: ReadonlyMap<string, string>;
  readonly missed?: MissedFacts | undefined;
  readonly work: readonly WorkFacts[];
  /** An open Task that keeps the ledger from what was decided. */
  readonly held?: string | undefined;
}

/** @throws {RangeError} amounts that are too large to be added exactly. */
export function chainFacts(records: ChainRecords): ChainFacts {
  const { chain, root, entries, missed, work } = records;
  const answers = onceEach(answersOf(records.decisions, chain, records.coverages, records.index).answers.filter(isFinal));
  const { perPayer } = netAdjudications(answers.map(({ adjudication }) => adjudication));
  const standing: Standing[] = perPayer.flatMap(({ payer, adjudication }) => (adjudication ? [{ coverage: payer, adjudication }] : []));
  const turns = turnsOf(standing, answers, records);
  const first = chain.standing[0];
  const charge = first?.status === 'active' ? claimTotal(first) : ZERO;
  const total = amountOf(entries);
  return {
    claim: referenceTo(root) ?? '',
    lines: [...codesOf(root.type), ...codesOf(root.subType)],
    service: filingDate(root),
    charge,
    turns,
    denials: answers.filter(({ adjudication }) => !isReversal(adjudication)).flatMap((answer) => denialsIn(answer, records)),
    corrections: chain.all.filter(({ related = [] }) => related.some(({ relationship }) => relationship?.coding?.some(({ code }) => code === 'prior'))).length,
    missed,
    open: openOf(turns, standing, charge, records),
    writeOffs: writeOffsIn(entries, answers, records),
    settled: entries.length > 0 && total === 0 ? lastDay(entries) : undefined,
    ledger: {
      entries: entries.length,
      charged: amountOf(entries.filter((entry) => kindOf(entry) === 'charge')),
      posted: 0 - amountOf(entries.filter((entry) => kindOf(entry) === 'payer-payment')),
      decided: sum(standing.map(({ adjudication }) => claimPaid(adjudication) ?? ZERO)),
      task: records.held,
    },
    work,
  };
}

interface Standing {
  readonly coverage: string;
  readonly adjudication: Answer['adjudication'];
}

const isFinal = ({ adjudication: { outcome } }: Answer): boolean => outcome === 'complete' || outcome === 'partial';

/** A decision that came as a ClaimResponse and as an ExplanationOfBenefit counts once. */
function onceEach(answers: readonly Answer[]): Answer[] {
  const known = new Map<string, Answer>();
  for (const answer of answers) {
    const { coverage, insurer, date, eraStatus, payerClaimNumber } = answer.adjudication;
    const key = JSON.stringify([coverage ?? insurer, date, eraStatus, payerClaimNumber, fingerprint(answer.adjudication)]);
    if (!known.has(key)) known.set(key, answer);
  }
  return [...known.values()];
}

/* ---------- turns ---------- */

function turnsOf(standing: readonly Standing[], answers: readonly Answer[], records: ChainRecords): TurnFacts[] {
  const { chain } = records;
  const rows = chain.standing.flatMap(({ insurance }) => insurance);
  const place = (coverage: string): number => rows.find((row) => relative(row.coverage.reference) === coverage)?.sequence ?? rows.length + 1;
  const billed = chain.standing.flatMap((claim) => focalCoverageOf(claim) ?? []);
  const coverages = [...new Set([...billed, ...standing.map(({ coverage }) => coverage)])].sort((a, b) => place(a) - place(b));
  const turns: TurnFacts[] = [];
  for (const coverage of coverages) turns.push(turnOf(coverage, turns.at(-1), standing, answers, records));
  return turns;
}

function turnOf(coverage: string, prior: TurnFacts | undefined, standing: readonly Standing[], answers: readonly Answer[], { chain, coverages, index, kindOf: kind, sent, entries }: ChainRecords): TurnFacts {
  const own = coverages.find((one) => referenceTo(one) === coverage);
  const before = coverages.find((one) => referenceTo(one) === prior?.coverage);
  const claims = chain.all.filter((claim) => focalCoverageOf(claim) === coverage && claim.status !== 'cancelled' && claim.status !== 'entered-in-error');
  const answered = answers.filter(({ adjudication }) => adjudication.coverage === coverage && !isReversal(adjudication)).sort((a, b) => (a.adjudication.date < b.adjudication.date ? -1 : 1));
  const decision = standing.find((one) => one.coverage === coverage)?.adjudication;
  const sources = new Set(answered.flatMap(({ resource }) => referenceTo(resource) ?? []));
  const [claim] = chain.standing.filter((one) => focalCoverageOf(one) === coverage);
  const filed = claim ?? chain.all[0];
  const due = filed && filingLimit({
    payerKind: own && kind(own), priorPayerKind: before && kind(before), role: prior ? 'secondary' : 'primary', rules: readPayerRules(payorOf(own, index)),
    dates: { 'service-date': filingDate(filed), 'prior-payer-decision': prior?.decided },
  });
  return {
    coverage,
    payer: payerOf(own),
    claim: claim && referenceTo(claim),
    sent: earliest(claims.flatMap((one) => sent.get(referenceTo(one) ?? '') ?? (one.status === 'draft' ? [] : one.created.slice(0, 10)))),
    due: due?.due,
    decided: decision && (answered[0]?.adjudication.date || undefined),
    posted: earliest(entries.flatMap((entry) => (sources.has(entry.source) ? entry.created : []))),
    denied: answered[0] && refusalsOf(answered[0].adjudication).length > 0,
    paid: (decision && claimPaid(decision)) ?? ZERO,
  };
}

const payerOf = (coverage: Coverage | undefined): string | undefined => relative(coverage?.payor[0]?.reference);
const earliest = (days: readonly string[]): string | undefined => [...days].sort()[0];
const lastDay = (entries: readonly LedgerEntry[]): string | undefined => entries.map(({ created }) => created).sort().at(-1);
const codesOf = (concept: CodeableConcept | undefined): string[] => [...new Set((concept?.coding ?? []).flatMap(({ code }) => code ?? []))];

function denialsIn({ adjudication }: Answer, { coverages }: ChainRecords): DenialFacts[] {
  const payer = payerOf(coverages.find((one) => referenceTo(one) === adjudication.coverage)) ?? adjudication.insurer;
  return refusalsOf(adjudication).map(({ group, reason, remark, category, action, amount }) => ({
    payer, day: adjudication.date, reason: `${group}-${reason}${remark === undefined ? '' : ` ${remark}`}`, category, action, amount,
  }));
}

/* ---------- money ---------- */

/** By the ledger; where nothing is posted, by what the payers have left. */
function openOf(turns: readonly TurnFacts[], standing: readonly Standing[], charge: number, { entries, missed }: ChainRecords): OpenFacts | undefined {
  const { patient, payers } = entries.length > 0 ? balancesOf(entries) : { patient: ZERO, payers: leftBy(turns, standing, charge) };
  const waiting = turns.findIndex(({ coverage }) => !standing.some((one) => one.coverage === coverage));
  const place = waiting >= 0 ? waiting : missed ? turns.length : undefined;
  const responsible = place === undefined ? 'practice' : (RESPONSIBLE[Math.min(place, 2)] ?? 'practice');
  const open = { ...(payers > 0 ? { [responsible]: payers } : {}), ...(patient > 0 ? { patient } : {}) };
  return payers > 0 || patient > 0 ? open : undefined;
}

function leftBy(turns: readonly TurnFacts[], standing: readonly Standing[], charge: number): number {
  const last = turns.findLast(({ coverage }) => standing.some((one) => one.coverage === coverage));
  const decision = standing.find(({ coverage }) => coverage === last?.coverage);
  return decision ? residualOf(decision.adjudication) : charge;
}

/** Write-offs and contractual adjustments, with what was taken back; and which of them were put into another class. */
function writeOffsIn(entries: readonly LedgerEntry[], answers: readonly Answer[], { coverages }: ChainRecords): WriteOffFacts[] {
  const payers = new Map(answers.map(({ resource, adjudication }) => [referenceTo(resource) ?? '', payerOf(coverages.find((one) => referenceTo(one) === adjudication.coverage)) ?? adjudication.insurer]));
  const classOf = (entry: LedgerEntry): string | undefined => entry.writeOffClass ?? (kindOf(entry) === 'contractual-adjustment' ? 'contractual' : undefined);
  const taken = entries.filter((entry) => classOf(entry) !== undefined);
  return taken.map((entry) => {
    const corrected = taken.find((other) => entry.amount < 0 && other.amount === -entry.amount && other.line === entry.line && other.created <= entry.created && classOf(other) !== classOf(entry));
    return { class: classOf(entry) ?? '', day: entry.created, amount: 0 - entry.amount, payer: payers.get(entry.source), instead: corrected && classOf(corrected) };
  });
}
