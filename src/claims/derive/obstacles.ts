import type { Coverage } from 'fhir/r4.js';
import { CARC_TRIAGE } from '../carc-triage.js';
import { takesElectronicClaim } from '../deadlines/payer-rules.js';
import { residualOf } from '../amounts.js';
import { crossoverOf } from '../crossover.js';
import type { Adjudication, Finding } from '../model.js';
import { relative } from '../read-header.js';
import { balanceFindings, unansweredLines } from './against-claim.js';
import { focalCoverageOf, type Chain } from './chain.js';
import { doubtsAbout } from './doubt.js';
import { demographicsFindings } from './demographics.js';
import { payorOf, referenceTo, type DeriveInput, type Obstacle } from './input.js';
import { netHashOf } from './next-claim.js';
import { payerKindOf } from './next-payer.js';
import type { Gathered, Situation } from './situation.js';

/** X12 CLP02: the payer does not recognise the patient; it is not the payer’s claim, and was forwarded. */
const NOT_RECOGNISED = '4';
const NOT_ITS_CLAIM = '23';

/** What no next claim can be made without, whoever is next. */
export const FIRST_OBSTACLES: { readonly [O in Obstacle]?: (gathered: Gathered) => readonly Finding[] } = {
  'primary-pending': ({ input: { claim }, decided, undecided }) => {
    const answers = undecided.filter(({ status }) => status === 'pending').map(({ payer }) => pending('Claim.insurance', `${payer}: the payer has answered and not decided yet`));
    const billed = [...decided.map(({ coverage }) => coverage), ...undecided.filter(({ status }) => status !== 'pending').map(({ payer }) => payer)];
    if (billed.length === 0) return [pending('Claim', 'No payer has decided about these services: wait for its decision'), ...answers];
    const focal = focalCoverageOf(claim);
    const isAwaited = claim.status === 'active' && focal !== undefined && !billed.includes(focal);
    return [
      ...(isAwaited ? [pending('Claim.insurance', `${focal} was billed and has not decided: wait for its decision`), ...answers] : []),
      ...decided.flatMap(({ coverage, adjudication }) => unansweredLines(claim, adjudication).map((line) => pending('Claim.item', `${coverage}: line ${line} is not in the payer’s decision; it has split the claim`))),
    ];
  },
  'primary-reversed': ({ undecided }) =>
    undecided.filter(({ status }) => status === 'reversed').map(({ payer }) => error('primary-reversed', 'Claim.insurance', `${payer}: the payer took its decision back; wait for the new one`)),
  unbalanced: ({ input: { claim }, decided, undecided }) => [
    ...undecided.filter(({ status }) => status === 'conflicting').flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error').map((finding) => ({ ...finding, code: 'unbalanced' }))),
    ...(decided.length === 0 ? [] : balanceFindings(claim, decided.map(({ adjudication }) => adjudication).filter(({ eraStatus }) => eraStatus !== NOT_ITS_CLAIM))),
  ],
  'demographics-mismatch': ({ input, index, decided, chain }) => [
    ...demographicsFindings(input.claim, concerned(input, chain), decided.flatMap(({ decisions }) => decisions), index),
    ...decided.filter(({ adjudication }) => adjudication.eraStatus === NOT_RECOGNISED).map(({ coverage, adjudication }) =>
      error('demographics-mismatch', adjudication.source.resourceType, `${coverage}: the payer does not recognise the patient; correct name, birth date, sex or member id and bill it again`)),
  ],
};

/** What stops the claim to the next payer. */
export const NEXT_OBSTACLES: { readonly [O in Obstacle]?: (situation: Situation) => readonly Finding[] } = {
  'primary-pending': decisiveDoubts,
  'crossed-over': ({ last: { adjudication } }) => {
    const crossover = crossoverOf(adjudication, []);
    return crossover ? [error('crossed-over', adjudication.source.resourceType, `The payer forwarded the claim itself (${crossover.evidence}): wait for the next payer’s answer, don’t bill it`)] : [];
  },
  'order-undetermined': ({ input, next, last }) => [
    ...(isStopped(next, 'order-undetermined') ? next.findings : []),
    ...(input.coverage === undefined && disputesOrder(last.adjudication)
      ? [error('order-undetermined', last.adjudication.source.resourceType, `${last.coverage}: the payer says that another payer comes first; settle the order of benefits with it, or name the next coverage`)]
      : []),
  ],
  'coverage-inactive': ({ next }) => (isStopped(next, 'coverage-inactive') ? next.findings : []),
  'no-next-coverage': ({ next }) => (isStopped(next, 'no-next-coverage') ? next.findings : []),
  'nothing-left': ({ last: { adjudication } }) =>
    residualOf(adjudication) > 0 ? [] : [error('nothing-left', adjudication.source.resourceType, 'The last payer left nothing that another payer could be asked to consider')],
  'already-derived': (situation) => {
    const existing = existingClaim(situation);
    if (!existing) return [];
    const isStale = netHashOf(existing) !== undefined && netHashOf(existing) !== situation.hash;
    const text = isStale
      ? 'A claim was sent that rests on an earlier state of the decisions: replace it (frequency 7), don’t send another'
      : 'The claim to the next payer exists already';
    return [error('already-derived', 'Claim.related', text)];
  },
  'filing-limit-passed': ({ input, deadline }) =>
    deadline && deadline.due < input.asOf ? [error('filing-limit-passed', 'Claim', `The claim was due on ${deadline.due}: ${deadline.rule} (${deadline.source})`)] : [],
  'payer-paper-only': (situation) =>
    isTakenElectronically(situation) ? [] : [error('payer-paper-only', 'Claim.insurer', 'The payer takes no electronic claim in this position: send the paper form with the earlier payers’ explanations')],
};

/** Doubts about the decisions, where a next payer would be billed by them. */
export function decisiveDoubts({ next, last, decided }: Situation): readonly Finding[] {
  return 'coverage' in next && residualOf(last.adjudication) > 0 ? doubtsAbout(decided) : [];
}

/** The claim that makes another one needless: derived from the same decisions, made by hand, or sent. A stale draft is none. */
export const existingClaim = ({ open, hash, before }: Situation) =>
  open.find((claim) => claim !== before && (claim.status !== 'draft' || [undefined, hash].includes(netHashOf(claim))));

/** What is worth knowing and stops nothing. */
export function notesOf(situation: Situation): Finding[] {
  const { open, hash, deadline, input, notes } = situation;
  const stale = open.filter((claim) => claim.status === 'draft' && ![undefined, hash].includes(netHashOf(claim)));
  return [
    ...notes,
    ...stale.map((claim) => warning('stale-claim', 'Claim', `${referenceTo(claim) ?? 'A draft'} rests on an earlier state of the decisions: cancel it`)),
    ...(deadline?.default ? [warning('filing-limit-default', 'Claim.insurer', `The payer states no filing limit; counted ${deadline.rule} (${deadline.source})`)] : []),
    ...(input.orders.some(({ order }) => order.equalSharing) ? [warning('equal-sharing', 'Claim.insurance', 'No rule orders some of these plans: they share equally')] : []),
    ...carrierNotes(situation),
  ];
}

/** The carrier that the claim was forwarded to, where it is not the next payer. */
function carrierNotes({ last: { adjudication }, coverage, index }: Situation): Finding[] {
  const carrier = relative(adjudication.crossoverCarrier?.reference);
  const payor = payorOf(coverage, index);
  if (carrier === undefined || !payor || referenceTo(payor) === carrier) return [];
  return [warning('crossover-payer-mismatch', adjudication.source.resourceType, `The claim was forwarded to ${carrier}, and the next payer is ${referenceTo(payor) ?? 'another'}`)];
}

/** The coverages that stand on the claims, or would. */
function concerned({ coverages, coverage, orders }: DeriveInput, { all }: Chain): Coverage[] {
  const named = new Set([
    coverage,
    ...all.flatMap(({ insurance }) => insurance.map((row) => relative(row.coverage.reference))),
    ...orders.flatMap(({ order }) => order.ranked.map((row) => row.coverage)),
  ]);
  return coverages.filter((one) => named.has(referenceTo(one)));
}

/** CARC 22 and its like: the payer refuses because another one comes first. */
const disputesOrder = ({ adjustments, lines }: Adjudication): boolean =>
  [adjustments, ...lines.map((line) => line.adjustments)].some((level) => level.some(({ reason, amount }) => {
    const triage = amount > 0 ? CARC_TRIAGE.get(reason) : undefined;
    return triage?.category === 'cob-order' && triage.action === 'bill-other-payer';
  }));

const isTakenElectronically = ({ rules, decided, next, input }: Situation): boolean =>
  !('coverage' in next) || takesElectronicClaim(rules, payerKindOf(next.coverage, input.orders), decided.length);

const isStopped = <O extends Obstacle>(next: Situation['next'], obstacle: O): next is Extract<Situation['next'], { findings: readonly Finding[] }> =>
  'obstacle' in next && next.obstacle === obstacle;

const error = (code: Obstacle, expression: string, text: string): Finding => ({ code, severity: 'error', expression, text });
const pending = (expression: string, text: string): Finding => error('primary-pending', expression, text);
const warning = (code: string, expression: string, text: string): Finding => ({ code, severity: 'warning', expression, text });
