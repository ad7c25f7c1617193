/** One adjudicated line: its own rows, and what only its details state. */
import type { CodeableConcept, Money, Period } from 'fhir/r4.js';
import type { StatedField } from './codes.js';
import type { AdjudicatedLine, Finding } from './model.js';
import { add, type Cents } from './money.js';
import { newLevel, readMoney, readRows, settle, type AdjudicationRow, type Level } from './read-rows.js';

/** What items, added items, details and subdetails of both resources have in common. */
export interface ItemLike {
  readonly adjudication?: readonly AdjudicationRow[] | undefined;
  readonly net?: Money | undefined;
  readonly detail?: readonly ItemLike[] | undefined;
  readonly subDetail?: readonly ItemLike[] | undefined;
}

export type Service = NonNullable<AdjudicatedLine['service']>;
export type Serviced = NonNullable<AdjudicatedLine['serviced']>;

/** Which claim line it is, and what was adjudicated on it. */
export type LineIdentity = Pick<AdjudicatedLine, 'sequence' | 'joined' | 'added' | 'service' | 'serviced'>;

export function readLine(item: ItemLike, identity: LineIdentity, expression: string, findings: Finding[]): AdjudicatedLine {
  const level = readItem(item, expression, findings);
  return {
    sequence: identity.sequence,
    ...(identity.joined ? { joined: identity.joined } : {}),
    ...(identity.added ? { added: identity.added } : {}),
    stated: settle(level, expression, findings),
    adjustments: level.adjustments,
    ...(level.incomplete.length > 0 ? { incomplete: level.incomplete } : {}),
    remarks: level.remarks,
    ...(level.coveredPercent === undefined ? {} : { coveredPercent: level.coveredPercent }),
    ...(identity.service ? { service: identity.service } : {}),
    ...(identity.serviced ? { serviced: identity.serviced } : {}),
    expression,
  };
}

function readItem(item: ItemLike, path: string, findings: Finding[]): Level {
  const level = newLevel();
  readRows(item.adjudication, `${path}.adjudication`, level, findings);
  if (item.net) readNet(item.net, level, `${path}.net`, findings);
  const children = item.detail ?? item.subDetail;
  if (children) fillFrom(children, level, path, item.detail ? 'detail' : 'subDetail', findings);
  return level;
}

function readNet(net: Money, level: Level, path: string, findings: Finding[]): void {
  const amount = readMoney(net, path, findings);
  const charge = level.stated.charge;
  if (amount === undefined) return;
  if (charge === undefined) level.stated.charge = amount;
  else if (charge !== amount) findings.push({ code: 'net-disagrees', severity: 'warning', expression: path, text: 'The line\'s net is not its submitted amount; the submitted amount is used' });
}

/**
 * Details break their line down. What the line states counts; what it does not state is the sum of what they do; where
 * both state a payment or charge and they differ, a finding says so.
 */
function fillFrom(children: readonly ItemLike[], level: Level, path: string, name: string, findings: Finding[]): void {
  const ownAdjustments = level.adjustments.length > 0 || level.incomplete.length > 0;
  const below: { [F in StatedField]?: Cents } = {};
  children.forEach((child, index) => {
    const part = readItem(child, `${path}.${name}[${index}]`, findings);
    for (const [field, amount] of Object.entries(part.stated) as [StatedField, Cents][]) {
      const before = below[field];
      below[field] = before === undefined ? amount : add(before, amount);
    }
    if (!ownAdjustments) {
      level.adjustments.push(...part.adjustments);
      level.incomplete.push(...part.incomplete);
    }
    for (const remark of part.remarks) if (!level.remarks.includes(remark)) level.remarks.push(remark);
  });
  for (const [field, amount] of Object.entries(below) as [StatedField, Cents][]) {
    const own = level.stated[field];
    if (own === undefined) level.stated[field] = amount;
    else if (own !== amount && (field === 'charge' || field === 'paid' || field === 'benefit')) {
      findings.push({ code: 'details-disagree', severity: 'warning', expression: path, text: `The ${name}s of this line add up to another amount than the line states (${field}); the line is used` });
    }
  }
}

/** The first coded service with all modifiers; undefined where none is coded. */
export function readService(productOrService: CodeableConcept | undefined, modifier: readonly CodeableConcept[] | undefined, quantity: number | undefined): Service | undefined {
  const coding = productOrService?.coding?.find((candidate) => candidate.code !== undefined);
  if (coding?.code === undefined) return undefined;
  const modifiers: string[] = [];
  for (const concept of modifier ?? []) for (const { code } of concept.coding ?? []) if (code !== undefined) modifiers.push(code);
  return { ...(coding.system ? { system: coding.system } : {}), code: coding.code, modifiers, ...(quantity === undefined ? {} : { quantity }) };
}

/** Whole days; a period without an end is its first day. */
export function readServiced(date: string | undefined, period: Period | undefined): Serviced | undefined {
  const start = date ?? period?.start;
  if (start === undefined) return undefined;
  return { start: start.slice(0, 10), end: (date ?? period?.end ?? start).slice(0, 10) };
}

/** An added item (`addItem`) of either resource: numbered by the claim line it replaces, or after the last line. */
export interface AddedItemLike extends ItemLike {
  readonly itemSequence?: readonly number[] | undefined;
  readonly productOrService?: CodeableConcept;
  readonly modifier?: readonly CodeableConcept[] | undefined;
  readonly quantity?: { readonly value?: number | undefined } | undefined;
  readonly servicedDate?: string | undefined;
  readonly servicedPeriod?: Period | undefined;
}

export function readAddedLines(added: readonly AddedItemLike[] | undefined, resourceType: string, lines: AdjudicatedLine[], findings: Finding[]): void {
  let last = lines.reduce((highest, line) => Math.max(highest, line.sequence, ...(line.joined ?? [])), 0);
  for (const item of added ?? []) last = Math.max(last, ...(item.itemSequence ?? []));
  added?.forEach((item, index) => {
    const [first, ...others] = item.itemSequence ?? [];
    const expression = `${resourceType}.addItem[${index}]`;
    const service = readService(item.productOrService, item.modifier, item.quantity?.value);
    const serviced = readServiced(item.servicedDate, item.servicedPeriod);
    if (first === undefined) last += 1;
    const identity: LineIdentity = {
      sequence: first ?? last,
      added: first === undefined ? 'new' : 'replaces',
      ...(others.length > 0 ? { joined: others } : {}),
      ...(service ? { service } : {}),
      ...(serviced ? { serviced } : {}),
    };
    lines.push(readLine(item, identity, expression, findings));
    findings.push({ code: 'line-added', severity: 'information', expression, text: first === undefined ? `The payer added a line of its own; it is counted as line ${last}` : `The payer answered line ${first} with a line of its own` });
  });
}
