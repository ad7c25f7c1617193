/** A payer's decision as it is printed: its lines, its adjustments and its remarks, in our own words. */
import type { Claim } from 'fhir/r4.js';
import { CARC_TRIAGE } from '../../claims/carc-triage.js';
import { claimCharge, claimPaid, linePaid } from '../../claims/balance.js';
import { isDay } from '../../claims/calendar.js';
import type { AdjudicatedLine, Adjudication, Adjustment, AdjustmentGroup } from '../../claims/model.js';
import { sum, type Cents } from '../../claims/money.js';
import { RARC_TRIAGE } from '../../claims/rarc-triage.js';
import type { Block, Column } from './printed.js';
import { dollars, shortDate } from './words.js';

/** `claim`: where the lines do not say themselves what was done and when. */
export function decisionBlocks(adjudication: Adjudication, claim: Claim | undefined, language: string): Block[] {
  const lines = [...adjudication.lines].sort((a, b) => a.sequence - b.sequence);
  const all = [...adjudication.adjustments, ...lines.flatMap(({ adjustments }) => adjustments)];
  return [
    {
      kind: 'table',
      columns: [{ title: 'Line', width: 0.08 }, { title: 'Date', width: 0.16 }, { title: 'Service', width: 0.18 }, right('Charge', 0.14), right('Allowed', 0.14), right('Paid', 0.14), right('Adjusted', 0.16)],
      rows: lines.map((line) => lineCells(line, claim, language)),
      total: ['All', '', '', shown(claimCharge(adjudication)), shown(adjudication.stated.allowed ?? allOf(lines.map(({ stated }) => stated.allowed))), shown(claimPaid(adjudication)), dollars(totalOf(all))],
    },
    ...(all.length === 0 ? [] : [{ kind: 'heading' as const, text: 'Adjustments' }, {
      kind: 'table' as const,
      columns: [{ title: 'Line', width: 0.1 }, { title: 'Group', width: 0.22 }, { title: 'Code', width: 0.1 }, { title: 'Reason', width: 0.42 }, right('Amount', 0.16)],
      rows: [...adjudication.adjustments.map((one) => adjustmentCells('Claim', one)), ...lines.flatMap((line) => line.adjustments.map((one) => adjustmentCells(String(line.sequence), one)))],
    }]),
    ...remarkBlocks(adjudication),
  ];
}

const right = (title: string, width: number): Column => ({ title, width, align: 'right' });

function lineCells(line: AdjudicatedLine, claim: Claim | undefined, language: string): string[] {
  const item = claim?.item?.find(({ sequence }) => sequence === line.sequence);
  const start = (line.serviced?.start ?? item?.servicedDate ?? item?.servicedPeriod?.start ?? '').slice(0, 10);
  const billed = item ? [item.productOrService, ...(item.modifier ?? [])].flatMap(({ coding }) => coding?.[0]?.code ?? []) : [];
  const service = line.service ? [line.service.code, ...line.service.modifiers] : billed;
  return [String(line.sequence), isDay(start) ? shortDate(start, language) : '', service.join(' '), shown(line.stated.charge), shown(line.stated.allowed), shown(linePaid(line)), dollars(totalOf(line.adjustments))];
}

/** Our words for the groups of X12 CAS01. */
const GROUPS: Readonly<Record<AdjustmentGroup, string>> = { CO: 'contractual', PR: 'patient’s share', OA: 'other', PI: 'by the payer', CR: 'correction' };

const adjustmentCells = (line: string, { group, reason, amount }: Adjustment): string[] => [line, `${group}, ${GROUPS[group]}`, reason, CARC_TRIAGE.get(reason)?.meaning ?? '', dollars(amount)];

/** Remark codes of the claim and of lines, each with our words where we have some. */
function remarkBlocks({ remarks, lines }: Adjudication): Block[] {
  const all = [...remarks.map((code) => ['Claim', code] as const), ...lines.flatMap((line) => line.remarks.map((code) => [String(line.sequence), code] as const))];
  if (all.length === 0) return [];
  return [{ kind: 'heading', text: 'Remarks' }, {
    kind: 'table', columns: [{ title: 'Line', width: 0.1 }, { title: 'Code', width: 0.15 }, { title: 'Meaning', width: 0.75 }],
    rows: all.map(([line, code]) => [line, code, RARC_TRIAGE.get(code)?.meaning ?? '']),
  }];
}

const totalOf = (adjustments: readonly Adjustment[]): Cents => sum(adjustments.map(({ amount }) => amount));
/** The sum, where every line states it. */
const allOf = (amounts: readonly (Cents | undefined)[]): Cents | undefined => {
  const known = amounts.filter((amount) => amount !== undefined);
  return known.length > 0 && known.length === amounts.length ? sum(known) : undefined;
};
const shown = (amount: Cents | undefined): string => (amount === undefined ? 'not stated' : dollars(amount));
