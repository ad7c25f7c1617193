import { daysBetween, isDay } from '../calendar.js';
import type { ChainFacts, WorkFacts } from './facts.js';
import { FIXES } from './fixes.js';
import { MEASURES, type MeasureId, type Row } from './measures.js';
import { Pivot } from './pivot.js';
import { before, isAskedAbout, isWithin, type Question } from './question.js';

/** What is on file about one patient, or about work of no patient. */
export interface FileFacts {
  readonly chains: readonly ChainFacts[];
  /** Work that is about no claim. */
  readonly others: readonly WorkFacts[];
  /** Ledger entries that belong to no claim that is on file. */
  readonly strays: { readonly entries: number; readonly amount: number };
}

/** In dimensions, where nobody or nothing is named. */
const NONE = 'none';

/**
 * Adds up a review, file by file and in any order: what it holds grows with how many payers, reasons and months there
 * are, not with the claims. Amounts are whole cents.
 */
export class Tally {
  readonly #question: Question;
  readonly #pivots = Object.fromEntries(Object.keys(MEASURES).map((id) => [id, new Pivot()])) as Readonly<Record<MeasureId, Pivot>>;

  constructor(question: Question) {
    this.#question = question;
  }

  /** Adds one file; `drawn` is told each claim that somebody could audit: one that a payer decided in the period. */
  add({ chains, others, strays }: FileFacts, drawn: (claim: string) => void = () => undefined): void {
    const { pairs, serviceLine, period } = this.#question;
    for (const chain of chains) {
      if (!isAskedAbout(chain, this.#question)) continue;
      this.#turnaround(chain);
      this.#denials(chain);
      this.#decisions(chain);
      this.#missed(chain);
      this.#filing(chain);
      this.#aging(chain);
      this.#writeOffs(chain);
      this.#reconcile(chain);
      for (const work of chain.work) this.#work(work, chain);
      if (chain.turns.some(({ decided }) => isWithin(decided, period))) drawn(chain.claim);
    }
    if (pairs.length > 0 || serviceLine !== undefined) return;
    for (const work of others) this.#work(work);
    if (strays.entries > 0) this.#pivots.reconciliation.add(['unexplained'], { difference: Math.abs(strays.amount) });
  }

  rows(id: MeasureId): Row[] {
    return this.#pivots[id].rows(MEASURES[id]);
  }

  /** A step counts on the day it ended; one that ended before it began, as wrong dates make it, counts nowhere. */
  #turnaround({ service, turns, settled }: ChainFacts): void {
    const step = (name: string, from: string | undefined, to: string | undefined): void => {
      const days = span(from, to);
      if (days !== undefined && days >= 0 && isWithin(to, this.#question.period)) this.#pivots.turnaround.add([name], { count: 1 }, days);
    };
    turns.forEach(({ sent, decided, posted }, at) => {
      if (at === 0) step('service-to-claim', service, sent);
      else step('decision-to-next-claim', turns[at - 1]?.decided, sent);
      step(`payer-${at + 1}-decides`, sent, decided);
      step('decision-to-posting', decided, posted);
    });
    step('decision-to-settled', turns.at(-1)?.decided, settled);
    step('service-to-settled', service, settled);
  }

  #denials({ denials, lines }: ChainFacts): void {
    const { period } = this.#question;
    const earlier = before(period);
    for (const { day, reason, payer = NONE, category, amount } of denials) {
      const { preventedBy, text } = FIXES[category];
      const dimensions = [reason, payer, lines[0] ?? NONE, category, preventedBy, text];
      if (isWithin(day, period)) this.#pivots.denials.add(dimensions, { count: 1, amount, change: 1 });
      else if (isWithin(day, earlier)) this.#pivots.denials.add(dimensions, { 'count-before': 1, 'amount-before': amount, change: -1 });
    }
  }

  /** What payers decided at the first time, and between which of them claims go. */
  #decisions({ turns, lines, denials, corrections, charge }: ChainFacts): void {
    const { period } = this.#question;
    const line = lines[0] ?? NONE;
    turns.forEach(({ decided, denied, payer = NONE, paid }, at) => {
      if (!isWithin(decided, period)) return;
      const forOrder = denials.some((denial) => denial.payer === payer && denial.category === 'cob-order');
      this.#pivots['first-pass'].add([payer, line], { 'decided': 1, 'denied': denied ? 1 : 0, 'denied-for-order': forOrder ? 1 : 0, 'corrected': at === 0 ? corrections : 0 });
      const later = turns[at + 1];
      if (later) this.#pivots.combinations.add([payer, later.payer ?? NONE, line], { claims: 1, amount: charge, paid: paid + later.paid });
    });
  }

  #missed({ missed, turns, lines }: ChainFacts): void {
    const { asOf } = this.#question;
    if (!missed || (missed.notBefore !== undefined && missed.notBefore > asOf)) return;
    const isOverdue = missed.deadline !== undefined && missed.deadline < asOf;
    const prior = turns.findLast(({ coverage }) => coverage !== missed.coverage);
    this.#pivots['missed-secondaries'].add([prior?.payer ?? NONE, missed.payer ?? NONE, lines[0] ?? NONE], { 'count': 1, 'amount': missed.residual, 'overdue': isOverdue ? 1 : 0, 'patients-asked': missed.patientBilled ? 1 : 0 });
  }

  #filing({ turns, missed, open }: ChainFacts): void {
    const left = Object.values(open ?? {}).reduce((sum, amount) => sum + amount, 0);
    turns.forEach(({ due, sent, decided, claim }, at) => {
      // A payer to whom the claim was forwarded was in time by another's doing.
      if (claim !== undefined) this.#deadline(at === 0 ? 'filing-primary' : 'filing-secondary', due, sent ?? decided, true, left);
    });
    if (missed && turns.every(({ coverage }) => coverage !== missed.coverage)) this.#deadline('filing-secondary', missed.deadline, undefined, true, missed.residual);
  }

  /** Met on the day it was done, else lost on the day it fell due; what is not due yet counts where it falls due in the period. */
  #deadline(limit: string, due: string | undefined, done: string | undefined, isOpen: boolean, amount: number): void {
    const { period, asOf } = this.#question;
    if (due === undefined || (done === undefined && !isOpen)) return;
    const isMet = done !== undefined && done <= due;
    if (!isWithin(isMet ? done : due, period)) return;
    const result = isMet ? 'met' : done !== undefined ? 'late' : due < asOf ? 'lost' : 'open';
    this.#pivots.deadlines.add([limit, result], { count: 1, amount: isMet ? 0 : amount });
  }

  /** By the date of service: whoever has the claim next makes it no younger (R003). */
  #aging({ service, open }: ChainFacts): void {
    const days = span(service, this.#question.asOf);
    const age = days === undefined ? 'unknown' : (AGES.find(({ most }) => days <= most)?.age ?? OLDEST);
    for (const [responsible, amount] of Object.entries(open ?? {})) this.#pivots.aging.add([responsible, age], { count: 1, amount });
  }

  #writeOffs({ writeOffs }: ChainFacts): void {
    for (const { class: of, day, amount, payer = NONE, instead } of writeOffs) {
      if (!isWithin(day, this.#question.period)) continue;
      this.#pivots['write-offs'].add([of, day.slice(0, 7), payer], amount > 0 ? { count: 1, amount, reclassified: instead === undefined ? 0 : amount } : { 'taken-back': -amount });
    }
  }

  /** What the claims and decisions say beside what the ledger says (R156). */
  #reconcile({ charge, turns, ledger: { entries, charged, posted, decided, task } }: ChainFacts): void {
    const difference = Math.abs(charge - charged) + Math.abs(decided - posted);
    const isDecided = turns.some((turn) => turn.decided !== undefined);
    const state = entries === 0 ? (isDecided ? 'not-posted' : 'not-decided') : difference === 0 ? 'agrees' : task !== undefined ? 'waits-for-a-task' : 'unexplained';
    this.#pivots.reconciliation.add([state], { 'claims': 1, 'charged-by-claims': charge, 'charged-by-ledger': charged, 'paid-by-decisions': decided, 'paid-by-ledger': posted, 'difference': entries === 0 ? 0 : difference });
  }

  #work(work: WorkFacts, chain?: ChainFacts): void {
    const { period, asOf } = this.#question;
    const { code, owner = NONE, made, done, isOpen, due, amount = 0, sittings } = work;
    const inPeriod = sittings.filter(({ day }) => isWithin(day, period));
    for (const { who, seconds, touches } of inPeriod) this.#pivots.effort.add([code, who], { sittings: 1, touches, seconds });
    for (const who of new Set(inPeriod.map((sitting) => sitting.who))) this.#pivots.effort.add([code, who], { tasks: 1 });
    const isDone = isWithin(done, period);
    const counts = { open: isOpen ? 1 : 0, overdue: isOpen && due !== undefined && due < asOf ? 1 : 0, made: isWithin(made, period) ? 1 : 0, done: isDone ? 1 : 0 };
    if (Object.values(counts).some((count) => count > 0)) this.#pivots.work.add([code, owner], counts, isDone ? span(made, done) : undefined);
    this.#deadline(code, due, done, isOpen, amount);
    if (!isDone) return;
    for (const finding of work.wrong ?? []) this.#pivots.audits.add([finding], { count: 1 });
    if (work.wrong?.length === 0) this.#pivots.audits.add(['nothing-wrong'], { count: 1 });
    this.#checklists(work, chain);
  }

  /** What came of the claims that went out by each version of a checklist (R019, R165). */
  #checklists({ claim, checklists = [], overridden, sittings, made, done }: WorkFacts, chain: ChainFacts | undefined): void {
    const turn = chain?.turns.find((one) => one.claim === claim);
    const seconds = sittings.reduce((sum, sitting) => sum + sitting.seconds, 0);
    for (const checklist of checklists) {
      this.#pivots.checklists.add([checklist, overridden ? 'overridden' : 'complete'], { submissions: 1, decided: turn?.decided === undefined ? 0 : 1, denied: turn?.decided !== undefined && turn.denied ? 1 : 0, seconds }, span(made, done));
    }
  }
}

const AGES = [{ age: '000-030', most: 30 }, { age: '031-060', most: 60 }, { age: '061-090', most: 90 }, { age: '091-120', most: 120 }] as const;
const OLDEST = '121-';

const span = (from: string | undefined, to: string | undefined): number | undefined => (from !== undefined && to !== undefined && isDay(from) && isDay(to) ? daysBetween(from, to) : undefined);
