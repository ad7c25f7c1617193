/** What each adjustment that refuses asks for, by its group, CARC and the RARCs beside it (domain/cob-rules.md §6). */
import { CARC_TRIAGE } from './carc-triage.js';
import { isForwardingRemark } from './crossover.js';
import type { Adjudication, Adjustment, AdjustmentGroup } from './model.js';
import { marksQmb } from './qmb.js';
import { RARC_TRIAGE } from './rarc-triage.js';
import type { Cents } from './money.js';
import { NOT_A_DENIAL, rankOf, READ_REMARK_FIRST, type CodeTriage, type PatientBillable } from './triage.js';

/** One adjustment that refuses, and what to do about it. */
export interface Refusal extends Pick<CodeTriage, 'category' | 'action' | 'documents' | 'appealable'> {
  /** Line of the claim; absent: the whole claim. */
  readonly sequence?: number;
  readonly group: AdjustmentGroup;
  readonly reason: string;
  readonly amount: Cents;
  /** The RARCs beside it; of the claim's, those that say something about it. */
  readonly remarks: readonly string[];
  /** The RARC that decided, where one did. */
  readonly remark?: string;
  /** May the patient be billed, given the group? */
  readonly patientBillable: PatientBillable;
  /** In our words: what the codes mean, then what to do. */
  readonly meaning: string;
  readonly detail: string;
  /** The CARC says nothing without its RARC, and none is known. */
  readonly needsRemark: boolean;
  readonly expression: string;
}

/** Where adjustments stand: a line, or the claim. */
export interface Level {
  readonly adjustments: readonly Adjustment[];
  readonly remarks: readonly string[];
  readonly sequence?: number;
  readonly expression: string;
}

/** The claim's own adjustments, then those of each line. */
export const levelsOf = ({ adjustments, remarks, source, lines }: Adjudication): Level[] =>
  [{ adjustments, remarks, expression: source.resourceType }, ...lines];

/** Every adjustment that refuses, the claim's own first, then line by line; at each the most urgent first. */
export const refusalsOf = (adjudication: Adjudication): Refusal[] =>
  levelsOf(adjudication).flatMap((level) => refusalsAt(level, adjudication.remarks));

/** What a decision takes off as the provider's to bear, refused or not: what is in dispute where only the price is. */
export const reductionsOf = (adjudication: Adjudication): Refusal[] =>
  levelsOf(adjudication).flatMap((level) => level.adjustments
    .filter(({ amount, group }) => amount > 0 && NEVER_THE_PATIENT.has(group))
    .map((adjustment) => toRefusal(adjustment, CARC_TRIAGE.get(adjustment.reason) ?? unlisted(adjustment.reason), false, level, adjudication.remarks)));

/** The adjustments of one level that refuse, the most urgent first. */
export function refusalsAt(level: Level, claimRemarks: readonly string[]): Refusal[] {
  const refused = level.adjustments.flatMap((adjustment) => {
    const triage = adjustment.amount > 0 ? refusalOf(adjustment) : undefined;
    return triage ? [{ adjustment, triage }] : [];
  });
  return refused
    .sort((a, b) => compare(a.triage, b.triage) || byGroup(a.adjustment, b.adjustment))
    .map(({ adjustment, triage }, position) => toRefusal(adjustment, triage, position === 0, level, claimRemarks));
}

function toRefusal({ group, reason, amount }: Adjustment, carc: CodeTriage, isFirst: boolean, level: Level, claimRemarks: readonly string[]): Refusal {
  const read = READ_REMARK_FIRST.has(carc.code) ? withItsRemark(carc, level, claimRemarks) : isFirst ? unlessRemarkIsMoreUrgent(carc, level) : carc;
  const triage = withoutAppeal(read, level.remarks, claimRemarks);
  const remark = triage.codeType === 'RARC' ? triage.code : undefined;
  const { category, action, documents, appealable, detail } = triage;
  return {
    ...(level.sequence === undefined ? {} : { sequence: level.sequence }),
    group, reason, amount, category, action, documents, appealable, detail,
    remarks: [...new Set([...level.remarks, ...(remark === undefined ? [] : [remark])])],
    ...(remark === undefined ? {} : { remark }),
    patientBillable: billableIn(group, triage, marksQmb(level) || marksQmb({ remarks: claimRemarks, adjustments: [] })),
    meaning: triage.meaning,
    needsRemark: READ_REMARK_FIRST.has(triage.code),
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
function compare(a: CodeTriage, b: CodeTriage): number {
  const byRank = rankOf(a.category) - rankOf(b.category);
  if (byRank !== 0) return byRank;
  if (a.codeType !== b.codeType) return a.codeType === 'RARC' ? -1 : 1;
  return a.position - b.position || (a.code === b.code ? 0 : a.code < b.code ? -1 : 1);
}

/** Adjustments of one code: by group, then the larger first. */
const byGroup = (a: Adjustment, b: Adjustment): number => (a.group === b.group ? b.amount - a.amount : a.group < b.group ? -1 : 1);

const isBefore = (a: CodeTriage, b: CodeTriage): boolean => compare(a, b) < 0;

/** The line's most urgent RARC, else the claim's, for a CARC that means nothing without one. */
function withItsRemark(carc: CodeTriage, level: Level, claimRemarks: readonly string[]): CodeTriage {
  const remark = mostUrgent(level.remarks) ?? mostUrgent(claimRemarks);
  if (!remark) return { ...carc, action: 'review' };
  return { ...remark, documents: [...new Set([...carc.documents, ...remark.documents])].filter((document) => !document.startsWith('per ')) };
}

function unlessRemarkIsMoreUrgent(carc: CodeTriage, { remarks }: Level): CodeTriage {
  const remark = mostUrgent(remarks);
  return remark && isBefore(remark, carc) ? remark : carc;
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

/** The RARC that takes the right of appeal away, where one does. */
export const appealBarredBy = (remarks: readonly string[]): string | undefined => APPEAL_BARRED.find((remark) => remarks.includes(remark));

function withoutAppeal(triage: CodeTriage, remarks: readonly string[], claimRemarks: readonly string[]): CodeTriage {
  if (triage.action !== 'appeal') return triage;
  const barred = appealBarredBy([...remarks, ...claimRemarks]);
  return (barred === undefined ? undefined : RARC_TRIAGE.get(barred)) ?? triage;
}

/** Groups that the provider bears, or that no contract lets it bill (domain/cob-rules.md §5). */
const NEVER_THE_PATIENT: ReadonlySet<AdjustmentGroup> = new Set(['CO', 'PI']);

/** What the table says, as far as the group lets it: CO, PI and QMB cost share never reach the patient. */
function billableIn(group: AdjustmentGroup, { patientBillable }: CodeTriage, isQmb: boolean): PatientBillable {
  if (isQmb || NEVER_THE_PATIENT.has(group)) return 'no';
  if (patientBillable !== 'by-group' && patientBillable !== 'patient-group-only') return patientBillable;
  return group === 'PR' ? 'after-all-payers' : 'no';
}
