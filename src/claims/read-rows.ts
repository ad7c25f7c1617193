/** Adjudication rows (one R4 `adjudication` or `total` list) → amounts, adjustments and remarks of one level. */
import type { Coding, ExplanationOfBenefitItemAdjudication, Money } from 'fhir/r4.js';
import { ADJUSTMENT_REASON, CATEGORY_SYSTEMS, COVERED_PERCENT, EXTENSION, INTEREST, isGroup, STATED_BY_CATEGORY, SUMMED, SYSTEM, type StatedField } from './codes.js';
import type { Adjustment, Finding, IncompleteAdjustment, StatedAmounts } from './model.js';
import { add, parseAmount, ZERO, type Cents } from './money.js';

/** One row as all of R4's lists have it; a `total` has only category and amount. */
export type AdjudicationRow = Partial<ExplanationOfBenefitItemAdjudication>;

/** What the rows of one level said so far. */
export interface Level {
  readonly stated: { -readonly [F in StatedField]?: Cents };
  readonly adjustments: Adjustment[];
  readonly incomplete: IncompleteAdjustment[];
  readonly remarks: string[];
  coveredPercent: number | undefined;
  interest: Cents | undefined;
}

export const newLevel = (): Level => ({ stated: {}, adjustments: [], incomplete: [], remarks: [], coveredPercent: undefined, interest: undefined });

/** Reads the rows at `path` (e.g. `ClaimResponse.item[0].adjudication`) into `level`. */
export function readRows(rows: readonly AdjudicationRow[] | undefined, path: string, level: Level, findings: Finding[]): void {
  if (!rows) return;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (row) readRow(row, path, index, level, findings);
  }
}

/** Exact cents, or undefined with a finding: without a value, parts of a cent, another currency. */
export function readMoney(money: Money, path: string, findings: Finding[]): Cents | undefined {
  if (money.value === undefined) {
    findings.push({ code: 'amount-absent', severity: 'error', expression: path, text: 'An amount is expected here and none is stated' });
    return undefined;
  }
  if (money.currency !== 'USD') {
    if (money.currency !== undefined) {
      findings.push({ code: 'currency', severity: 'error', expression: `${path}.currency`, text: 'Only amounts in USD are taken; this one is left out' });
      return undefined;
    }
    findings.push({ code: 'currency-absent', severity: 'information', expression: path, text: 'No currency is stated; the amount is taken as USD' });
  }
  const cents = parseAmount(money.value);
  if (cents === undefined) findings.push({ code: 'amount-inexact', severity: 'error', expression: `${path}.value`, text: 'The amount has parts of a cent or is too large to be exact; it is left out' });
  return cents;
}

function readRow(row: AdjudicationRow, path: string, index: number, level: Level, findings: Finding[]): void {
  let field: StatedField | undefined;
  let group: string | undefined;
  let adjustment = false;
  for (const coding of row.category?.coding ?? []) {
    const { system, code } = coding;
    if (code === undefined) continue;
    if (system === SYSTEM.group) group = code;
    else if (code === ADJUSTMENT_REASON) adjustment = true;
    else if (code === COVERED_PERCENT && isOurs(system)) level.coveredPercent = row.value ?? level.coveredPercent;
    else if (code === INTEREST && system === SYSTEM.amountQualifier) level.interest = amountOf(row, path, index, findings);
    else if (field === undefined && isOurs(system)) field = STATED_BY_CATEGORY.get(code);
  }
  if (adjustment || group !== undefined) readAdjustment(row, group, `${path}[${index}]`, level, findings);
  else if (field !== undefined) readStated(row, field, path, index, level, findings);
}

const isOurs = (system: string | undefined): boolean => system === undefined || CATEGORY_SYSTEMS.has(system);

const AMBIGUOUS: ReadonlySet<StatedField> = new Set<StatedField>(['charge', 'allowed', 'paid', 'benefit']);

/** A row's amount; a row without one is noticed, unless it says something else instead. */
function amountOf(row: AdjudicationRow, path: string, index: number, findings: Finding[]): Cents | undefined {
  if (row.amount) return readMoney(row.amount, `${path}[${index}].amount`, findings);
  if (row.value === undefined && row.extension === undefined) {
    findings.push({ code: 'amount-absent', severity: 'error', expression: `${path}[${index}]`, text: 'An amount is expected here and none is stated' });
  }
  return undefined;
}

function readStated(row: AdjudicationRow, field: StatedField, path: string, index: number, level: Level, findings: Finding[]): void {
  const amount = amountOf(row, path, index, findings);
  if (amount === undefined) return;
  const before = level.stated[field];
  if (before === undefined) level.stated[field] = amount;
  else if (SUMMED.has(field)) level.stated[field] = add(before, amount);
  else if (before !== amount) {
    findings.push({ code: 'amount-repeated', severity: AMBIGUOUS.has(field) ? 'error' : 'warning', expression: `${path}[${index}]`, text: 'This category was stated before with another amount; the first is used' });
  }
}

/** A CAS trio (group, CARC, amount), a RARC alone, or what is left of a trio. CMS writes the group among the reason's codings. */
function readAdjustment(row: AdjudicationRow, groupOfCategory: string | undefined, path: string, level: Level, findings: Finding[]): void {
  const codings = row.reason?.coding;
  const group = groupOfCategory ?? codeIn(codings, SYSTEM.group);
  const reason = codeIn(codings, SYSTEM.carc);
  for (const coding of codings ?? []) {
    if (coding.system === SYSTEM.rarc && coding.code !== undefined && !level.remarks.includes(coding.code)) level.remarks.push(coding.code);
  }
  if (row.amount === undefined && group === undefined && reason === undefined) {
    if (codeIn(codings, SYSTEM.rarc) === undefined) findings.push({ code: 'adjustment-incomplete', severity: 'warning', expression: path, text: 'An adjustment without group, known reason or amount says nothing that can be counted' });
    return;
  }
  const amount = row.amount === undefined ? undefined : readMoney(row.amount, `${path}.amount`, findings);
  const quantity = row.extension?.find((extension) => extension.url === EXTENSION.adjustmentQuantity)?.valueDecimal;
  if (isGroup(group) && reason !== undefined && amount !== undefined) {
    level.adjustments.push(quantity === undefined ? { group, reason, amount } : { group, reason, amount, quantity });
    return;
  }
  level.incomplete.push({ ...(group ? { group } : {}), ...(reason ? { reason } : {}), ...(amount !== undefined ? { amount } : {}), ...(quantity !== undefined ? { quantity } : {}) });
  findings.push({ code: 'adjustment-incomplete', severity: row.amount === undefined ? 'warning' : 'error', expression: path, text: incompleteText(isGroup(group), reason, amount) });
}

function codeIn(codings: readonly Coding[] | undefined, system: string): string | undefined {
  for (const coding of codings ?? []) if (coding.system === system) return coding.code;
  return undefined;
}

function incompleteText(hasGroup: boolean, reason: string | undefined, amount: Cents | undefined): string {
  const missing = [...(hasGroup ? [] : ['a group (CO, PR, OA, PI)']), ...(reason ? [] : ['a CARC']), ...(amount === undefined ? ['an exact amount'] : [])];
  return `The adjustment lacks ${missing.join(' and ')}: it is kept and counted in no sum`;
}

/** The stated amounts of a level, `benefit` and `paidtoprovider` made one. */
export function settle(level: Level, path: string, findings: Finding[]): StatedAmounts {
  const { benefit, ...stated } = level.stated;
  if (benefit === undefined) return stated;
  const { paid, paidToPatient } = stated;
  if (paid !== undefined && paid !== benefit && add(paid, paidToPatient ?? ZERO) !== benefit) {
    findings.push({ code: 'paid-disagrees', severity: 'error', expression: path, text: 'The categories benefit and paidtoprovider state different payments; benefit is used' });
  }
  return { ...stated, paid: paid !== undefined && paidToPatient !== undefined && add(paid, paidToPatient) === benefit ? paid : benefit };
}
