/** Denials are found in the adjustments, never in the claim status: a full denial arrives as CLP02 1 with nothing paid. */
import { CARC_TRIAGE } from './carc-triage.js';
import { isForwardingRemark } from './crossover.js';
import type { Adjudication, Adjustment, AdjustmentGroup, Finding } from './model.js';
import { centsOf, type Cents } from './money.js';
import { RARC_TRIAGE } from './rarc-triage.js';
import { NOT_A_DENIAL, rankOf, READ_REMARK_FIRST, type CodeTriage } from './triage.js';

/** What a line (or the claim, without `sequence`) was refused for, by its most urgent code, and what to do about it. */
export interface Denial extends Pick<CodeTriage, 'category' | 'action' | 'documents' | 'patientBillable' | 'appealable'> {
  readonly sequence?: number;
  readonly group: AdjustmentGroup;
  readonly reason: string;
  /** The RARC that decided, where one did. */
  readonly remark?: string;
  /** Σ of the adjustments that refuse. */
  readonly amount: Cents;
  readonly text: string;
  readonly expression: string;
}

interface Refused {
  readonly adjustments: readonly Adjustment[];
  readonly remarks: readonly string[];
  readonly sequence?: number;
  readonly expression: string;
}

export function denialsOf(adjudication: Adjudication, findings: Finding[]): Denial[] {
  const { adjustments, remarks, source, lines } = adjudication;
  const denials: Denial[] = [];
  const ofClaim = denialAt({ adjustments, remarks, expression: source.resourceType }, remarks, findings);
  if (ofClaim) denials.push(ofClaim);
  for (const line of lines) {
    const ofLine = denialAt(line, remarks, findings);
    if (ofLine) denials.push(ofLine);
  }
  return denials;
}

function denialAt(level: Refused, claimRemarks: readonly string[], findings: Finding[]): Denial | undefined {
  let refused = 0;
  let first: { readonly adjustment: Adjustment; readonly triage: CodeTriage } | undefined;
  for (const adjustment of level.adjustments) {
    const triage = adjustment.amount > 0 ? refusalOf(adjustment) : undefined;
    if (!triage) continue;
    refused += adjustment.amount;
    if (!first || isBefore(triage, first.triage)) first = { adjustment, triage };
  }
  if (!first) return undefined;
  const { adjustment } = first;
  const triage = withoutAppeal(withRemarks(first.triage, level, claimRemarks, findings), level.remarks, claimRemarks);
  const { category, action, documents, patientBillable, appealable } = triage;
  return {
    ...(level.sequence === undefined ? {} : { sequence: level.sequence }),
    group: adjustment.group,
    reason: adjustment.reason,
    ...(triage.codeType === 'RARC' ? { remark: triage.code } : {}),
    category, action, documents, patientBillable, appealable,
    amount: centsOf(refused),
    text: triage.detail === '' ? triage.meaning : `${triage.meaning}. ${triage.detail}`,
    expression: level.expression,
  };
}

/** What a CARC refuses; undefined where it only explains. An unlisted code is a human's to read. */
function refusalOf({ reason }: Adjustment): CodeTriage | undefined {
  const triage = CARC_TRIAGE.get(reason);
  if (!triage) return unlisted(reason);
  const explains = rankOf(triage.category) === NOT_A_DENIAL || triage.action === 'post-payment' || triage.action === 'informational';
  return explains ? undefined : triage;
}

const unlisted = (code: string): CodeTriage => ({
  codeType: 'CARC', code, groups: [], category: 'needs-human', action: 'needs-human', patientBillable: 'by-group', appealable: false,
  meaning: `CARC ${code} is not in the triage table`, detail: 'Read the payer\'s explanation', documents: [], position: CARC_TRIAGE.size,
});

/** Rank first; of one rank the RARC, which is more specific; then the table's order, so that the order of rows never matters. */
function isBefore(a: CodeTriage, b: CodeTriage): boolean {
  const byRank = rankOf(a.category) - rankOf(b.category);
  if (byRank !== 0) return byRank < 0;
  if (a.codeType !== b.codeType) return a.codeType === 'RARC';
  return a.position !== b.position ? a.position < b.position : a.code < b.code;
}

/** The RARC's word where it is more urgent than the CARC's, and always for the CARCs that mean nothing without it. */
function withRemarks(triage: CodeTriage, level: Refused, claimRemarks: readonly string[], findings: Finding[]): CodeTriage {
  const ofLine = mostUrgent(level.remarks);
  if (!READ_REMARK_FIRST.has(triage.code)) return ofLine && isBefore(ofLine, triage) ? ofLine : triage;
  const remark = ofLine ?? mostUrgent(claimRemarks);
  if (remark) return { ...remark, documents: [...new Set([...triage.documents, ...remark.documents])].filter((document) => !document.startsWith('per ')) };
  findings.push({ code: 'remark-needed', severity: 'warning', expression: level.expression, text: `CARC ${triage.code} can't be acted on without its remark code, and none is known: read the payer's explanation` });
  return { ...triage, action: 'review' };
}

function mostUrgent(remarks: readonly string[]): CodeTriage | undefined {
  let first: CodeTriage | undefined;
  for (const remark of remarks) {
    const triage = isForwardingRemark(remark) ? undefined : RARC_TRIAGE.get(remark);
    if (triage && rankOf(triage.category) !== NOT_A_DENIAL && (!first || isBefore(triage, first))) first = triage;
  }
  return first;
}

/** RARCs by which a decision can't be appealed, whatever the CARC allows: unprocessable (send a new claim), not appealable. */
const APPEAL_BARRED = ['MA130', 'N211'] as const;

function withoutAppeal(triage: CodeTriage, remarks: readonly string[], claimRemarks: readonly string[]): CodeTriage {
  if (triage.action !== 'appeal') return triage;
  const barred = APPEAL_BARRED.find((remark) => remarks.includes(remark) || claimRemarks.includes(remark));
  return (barred && RARC_TRIAGE.get(barred)) ?? triage;
}
