import type { Claim, Coverage } from 'fhir/r4.js';
import { filingLimit, type Deadline } from '../deadlines/deadlines.js';
import { readPayerRules, type PayerRules } from '../deadlines/payer-rules.js';
import type { Finding } from '../model.js';
import { netAdjudications, type NetAdjudication } from '../net.js';
import { relative, type Decision } from '../read-header.js';
import { filingDate } from './billed.js';
import { chainOf, focalCoverageOf, type Chain } from './chain.js';
import { answersOf } from './decided.js';
import { netHash } from './fingerprint.js';
import { indexOf, payorOf, referenceTo, type DeriveInput, type ResourceIndex } from './input.js';
import { chosenPayer, nextPayer, payerKindOf, type NextPayer, type NoNextPayer } from './next-payer.js';
import type { PayerDecision } from './worksheet.js';

/** A payer that has decided, net of reversals. */
export interface DecidedPayer extends PayerDecision {
  /** The decisions that stand: one, or several where the payer split the claim. */
  readonly decisions: readonly Decision[];
}

/** What is known before anybody asks who is next. */
export interface Gathered {
  readonly input: DeriveInput;
  readonly chain: Chain;
  readonly index: ResourceIndex;
  /** In the order of the claim. */
  readonly decided: readonly DecidedPayer[];
  /** Payers whose decisions leave nothing that stands: taken back, contradicting one another, or not finished. */
  readonly undecided: readonly NetAdjudication[];
  readonly notes: readonly Finding[];
}

/** What is known when at least one payer's decision stands. */
export interface Situation extends Gathered {
  readonly last: DecidedPayer;
  /** The claim that the last payer decided. */
  readonly before: Claim;
  readonly next: NextPayer | NoNextPayer;
  readonly coverage: Coverage | undefined;
  readonly rules: PayerRules;
  readonly deadline: Deadline | undefined;
  readonly hash: string;
  /** Claims that stand and whose payer has not decided. */
  readonly open: readonly Claim[];
}

export function gather(input: DeriveInput): Gathered {
  const chain = chainOf(input.claim, input.claims);
  const index = indexOf([...input.resources, ...input.coverages, ...chain.all]);
  const { answers, findings } = answersOf(input.decisions, chain, input.coverages, index);
  const resources = new Map(answers.map(({ adjudication, resource }) => [adjudication, resource]));
  const { perPayer } = netAdjudications(answers.map(({ adjudication }) => adjudication));
  const decided = perPayer.flatMap(({ payer, adjudication, from }): DecidedPayer[] =>
    adjudication ? [{ coverage: payer, adjudication, decisions: from.flatMap((one) => resources.get(one) ?? []) }] : []);
  return {
    input,
    chain,
    index,
    decided: inOrder(decided, chain, input),
    undecided: perPayer.filter(({ adjudication }) => !adjudication),
    notes: [...findings, ...perPayer.flatMap((payer) => payer.findings.filter(({ severity }) => severity !== 'error'))],
  };
}

/** Undefined where no payer's decision stands. */
export function situationOf(gathered: Gathered): Situation | undefined {
  const { input, chain, index, decided } = gathered;
  const last = decided.at(-1);
  if (!last) return undefined;
  const before = claimBefore(last, chain, input.claim);
  const coverages = decided.map(({ coverage }) => coverage);
  const next = input.coverage === undefined ? nextPayer(coverages, input.orders) : chosenPayer(input.coverage, coverages, input.orders);
  const coverage = 'coverage' in next ? input.coverages.find((one) => referenceTo(one) === next.coverage) : undefined;
  const rules = readPayerRules(payorOf(coverage, index));
  return {
    ...gathered,
    last,
    before,
    next,
    coverage,
    rules,
    deadline: 'coverage' in next ? deadlineOf(next.coverage, last, before, rules, input) : undefined,
    hash: netHash(decided, input.digest),
    open: chain.standing.filter((claim) => !coverages.includes(focalCoverageOf(claim) ?? '')),
  };
}

/** As the claims bill them; a payer on no claim (a crossover) by the order of benefits. */
function inOrder(payers: readonly DecidedPayer[], chain: Chain, { orders }: DeriveInput): DecidedPayer[] {
  const rows = chain.standing.flatMap(({ insurance }) => insurance);
  const place = (coverage: string): number =>
    rows.find((row) => relative(row.coverage.reference) === coverage)?.sequence
    ?? orders[0]?.order.ranked.find((row) => row.coverage === coverage)?.order
    ?? Number.MAX_SAFE_INTEGER;
  return [...payers].sort((a, b) => place(a.coverage) - place(b.coverage));
}

/** The claim that a payer decided. */
export function claimBefore({ coverage, adjudication }: DecidedPayer, { all, standing }: Chain, given: Claim): Claim {
  return standing.findLast((claim) => focalCoverageOf(claim) === coverage)
    ?? all.find((claim) => referenceTo(claim) === adjudication.claim)
    ?? given;
}

function deadlineOf(coverage: string, last: DecidedPayer, before: Claim, rules: PayerRules, { orders }: DeriveInput): Deadline | undefined {
  return filingLimit({
    payerKind: payerKindOf(coverage, orders),
    priorPayerKind: payerKindOf(last.coverage, orders),
    role: 'secondary',
    rules,
    dates: { 'service-date': filingDate(before), 'prior-payer-decision': last.adjudication.date || undefined },
  });
}
