/**
 * What stands after reversals and corrections. Decisions are never edited: a reversal (CLP02 22) is the original with every
 * sign turned, a correction an ordinary decision; they may arrive in any order (X12 005010X221A1 §1.10.2.8).
 */
import { isReversal } from './amounts.js';
import { mergeSplit } from './merge.js';
import type { AdjudicatedLine, Adjudication, Adjustment, Finding } from './model.js';

export interface NetAdjudication {
  /** The coverage that decided; the insurer where no coverage is named. */
  readonly payer: string;
  /** `conflicting`: several decisions about the same lines stand, and nothing says which counts. */
  readonly status: 'decided' | 'pending' | 'reversed' | 'conflicting';
  /** What stands; undefined unless `decided`. */
  readonly adjudication: Adjudication | undefined;
  /** The decisions that make it up: one, or several that answered different lines. */
  readonly from: readonly Adjudication[];
  /** All decisions of this payer, in the order of their dates. */
  readonly decisions: readonly Adjudication[];
  readonly findings: readonly Finding[];
}

/** One claim's decisions, net, per payer in the order of their first decision. The order of `decisions` does not matter. */
export function netAdjudications(decisions: readonly Adjudication[]): { readonly perPayer: NetAdjudication[] } {
  const byPayer = new Map<string, Adjudication[]>();
  const coverageOf = coverageByInsurer(decisions);
  for (const decision of decisions) {
    const payer = decision.coverage ?? coverageOf(decision.insurer) ?? decision.insurer ?? 'unknown';
    const known = byPayer.get(payer);
    if (known) known.push(decision);
    else byPayer.set(payer, [decision]);
  }
  const perPayer = [...byPayer].map(([payer, list]) => netOfPayer(payer, list));
  if (perPayer.length > 1) perPayer.sort((a, b) => compareText(a.decisions[0]?.date, b.decisions[0]?.date) || compareText(a.payer, b.payer));
  return { perPayer };
}

/** A decision that names no coverage belongs to the one coverage for which its insurer decided elsewhere. */
function coverageByInsurer(decisions: readonly Adjudication[]): (insurer: string | undefined) => string | undefined {
  const coverages = new Map<string, Set<string>>();
  for (const { insurer, coverage } of decisions) {
    if (insurer !== undefined && coverage !== undefined) coverages.set(insurer, (coverages.get(insurer) ?? new Set()).add(coverage));
  }
  return (insurer) => {
    const known = insurer === undefined ? undefined : coverages.get(insurer);
    return known?.size === 1 ? [...known][0] : undefined;
  };
}

function netOfPayer(payer: string, unordered: readonly Adjudication[]): NetAdjudication {
  const findings: Finding[] = [];
  const decisions = unordered.length === 1 ? unordered : withoutCopies([...unordered].sort(inTime), findings);
  const final = decisions.filter(isFinal);
  const none = { payer, adjudication: undefined, from: [], decisions, findings } as const;
  if (final.length === 0) return { ...none, status: 'pending' };
  const standing = final.length === 1 && final[0] && !isReversal(final[0]) ? final : withoutReversed(final, findings);
  if (!standing) return { ...none, status: 'conflicting' };
  if (standing.length === 0) return { ...none, status: 'reversed' };
  const from = standing.length === 1 ? standing : withoutSuperseded(standing, findings);
  if (!from) return { ...none, status: 'conflicting' };
  return { payer, status: 'decided', adjudication: mergeSplit(from), from, decisions, findings };
}

/** Decided, active, and about money: no acknowledgement, estimate or authorisation. */
const isFinal = ({ status, use, outcome, eraStatus }: Adjudication): boolean =>
  status === 'active' && use === 'claim' && outcome !== 'queued' && outcome !== 'partial' && eraStatus !== '25';

const compareText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** By date; within a day by number (numbered ones first) and reference, so that the order never depends on how they came. */
const inTime = (a: Adjudication, b: Adjudication): number =>
  compareText(a.date, b.date) || compareText(a.payerClaimNumber ?? UNNUMBERED, b.payerClaimNumber ?? UNNUMBERED) || compareText(a.source.reference, b.source.reference) || compareText(fingerprint(a), fingerprint(b));
const UNNUMBERED = '\uffff';

/** The same decision as ClaimResponse and as EOB, or imported twice: one of them may lack the payer's number. */
function withoutCopies(decisions: readonly Adjudication[], findings: Finding[]): Adjudication[] {
  const kept: Adjudication[] = [];
  for (const decision of decisions) {
    const content = fingerprint(decision);
    const isCopyOf = (other: Adjudication): boolean =>
      other.date === decision.date && other.outcome === decision.outcome && other.status === decision.status && other.use === decision.use &&
      (decision.payerClaimNumber === undefined || decision.payerClaimNumber === other.payerClaimNumber) && fingerprint(other) === content;
    if (!kept.some(isCopyOf)) kept.push(decision);
    else findings.push({ code: 'decision-repeated', severity: 'information', expression: decision.source.resourceType, text: 'The same decision is there twice; it counts once' });
  }
  return kept;
}

/** Undefined: a reversal that takes back another amount than its original stated. */
function withoutReversed(decisions: readonly Adjudication[], findings: Finding[]): Adjudication[] | undefined {
  const standing = decisions.filter((decision) => !isReversal(decision));
  for (const reversal of decisions.filter(isReversal)) {
    const opposite = fingerprint(reversal, -1);
    const exact = standing.filter((decision) => fingerprint(decision) === opposite);
    const original = exact.find((decision) => isSameClaim(decision, reversal)) ?? exact[0];
    if (original) {
      standing.splice(standing.indexOf(original), 1);
      continue;
    }
    const expression = reversal.source.resourceType;
    if (standing.some((decision) => isSameClaim(decision, reversal) && decision.date <= reversal.date && decision.stated.charge === -(reversal.stated.charge ?? 0))) {
      findings.push({ code: 'reversal-inexact', severity: 'error', expression, text: 'A reversal does not take back exactly what its original stated: every amount and adjustment must have its sign turned' });
      return undefined;
    }
    findings.push({ code: 'reversal-unmatched', severity: 'warning', expression, text: 'A reversal takes back a decision that is not on file' });
  }
  return standing;
}

const isSameClaim = (a: Adjudication, b: Adjudication): boolean => a.payerClaimNumber !== undefined && a.payerClaimNumber === b.payerClaimNumber;

/**
 * The latest decisions that answer different lines (a payer may split a claim). One that a later decision answers in full
 * is superseded; where it answers more than the later ones, or two of one day answer the same, nothing can be told.
 */
function withoutSuperseded(standing: readonly Adjudication[], findings: Finding[]): Adjudication[] | undefined {
  const kept: Adjudication[] = [];
  for (const decision of [...standing].reverse()) {
    const overlapping = kept.filter((later) => overlap(later, decision));
    const expression = decision.source.resourceType;
    if (overlapping.length === 0) kept.unshift(decision);
    else if (overlapping.some((later) => later.date === decision.date) || !isAnsweredBy(decision, overlapping)) {
      findings.push({ code: 'decisions-conflict', severity: 'error', expression, text: 'Two decisions about the same lines stand and no reversal says which counts' });
      return undefined;
    } else findings.push({ code: 'decision-superseded', severity: 'warning', expression, text: `The decision of ${decision.date} was followed by another about the same lines, without a reversal: the later counts` });
  }
  return kept;
}

const overlap = (a: Adjudication, b: Adjudication): boolean =>
  a.lines.length === 0 || b.lines.length === 0 || a.lines.some((line) => b.lines.some((other) => other.sequence === line.sequence));

const isAnsweredBy = (earlier: Adjudication, later: readonly Adjudication[]): boolean =>
  later.some((decision) => decision.lines.length === 0) || earlier.lines.every((line) => later.some((decision) => decision.lines.some((other) => other.sequence === line.sequence)));

/** All amounts of a decision, times `sign`, whatever the order of its rows. */
function fingerprint(decision: Adjudication, sign: 1 | -1 = 1): string {
  const adjustments = (list: readonly Adjustment[]): string => list.map(({ group, reason, amount }) => `${group}${reason}:${amount * sign}`).sort().join(',');
  const level = ({ stated, adjustments: list }: Pick<AdjudicatedLine, 'stated' | 'adjustments'>): string => `${(stated.charge ?? 0) * sign}/${(stated.paid ?? 0) * sign}/${adjustments(list)}`;
  return [level(decision), ...decision.lines.map((line) => `${line.sequence}=${level(line)}`).sort()].join(' ');
}
