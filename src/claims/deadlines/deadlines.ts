import type { PayerKind } from '../../cob/types.js';
import { APPEAL_DEFAULTS, CROSSOVER_INQUIRY, CROSSOVER_WAITS, FILING_DEFAULTS, OUTER_LIMITS, RESPONSE_WAITS, type DefaultLimit } from './deadline-defaults.js';
import { endOf, inWords, type KnownDates, type Limit } from './limit.js';
import type { PayerRole, PayerRules } from './payer-rules.js';

/** A date by which something must be done, or before which it must not (`crossover-wait`). */
export interface Deadline {
  readonly kind: 'filing' | 'appeal' | 'crossover-wait' | 'outer-limit';
  /** The last day, inclusive. */
  readonly due: string;
  /** The day it counts from. */
  readonly from: string;
  /** The limit in words. */
  readonly rule: string;
  readonly source: string;
  /** True where the payer states nothing and a general rule stands in. */
  readonly default: boolean;
}

export interface DeadlineFacts {
  readonly payerKind: PayerKind | undefined;
  /** Kind of the payer before: the one that decided, or that was billed and is silent. */
  readonly priorPayerKind?: PayerKind | undefined;
  readonly role: PayerRole;
  readonly rules: PayerRules;
  readonly dates: KnownDates;
}

/**
 * The filing limit of a payer: the earliest that it states for its role, else the default of its kind; an extension
 * (retroactive entitlement, Medicaid after Medicare) moves it to a later date. Undefined where no limit is known, or not the date it runs from.
 */
export function filingLimit(facts: DeadlineFacts): Deadline | undefined {
  const stated = facts.rules.filingLimits.filter(({ role }) => role === facts.role);
  const own = stated.map((limit) => ({ ...limit, source: sourceOf(facts.rules), isDefault: false, isExtension: limit.from === 'notice' }));
  const general = defaultsFor(facts);
  return settle(own.length > 0 ? [...own, ...general.filter(isLegalExtension)] : general, facts.dates) ?? settle(general, facts.dates);
}

/** How long an appeal of this level may wait; undefined where neither the payer nor a general rule says. */
export function appealLimit(facts: Pick<DeadlineFacts, 'payerKind' | 'rules' | 'dates'>, level: number): Deadline | undefined {
  const { rules, dates } = facts;
  const own = rules.appealLimits.find((limit) => limit.level === level);
  if (own) return deadline('appeal', { ...own, source: sourceOf(rules), isDefault: false }, dates);
  const general = APPEAL_DEFAULTS.find((row) => row.level === level && fits(row, facts));
  return general && deadline('appeal', { ...general, isDefault: true }, dates);
}

/** Until when a claim that the prior payer forwarded is left to the crossover. */
export function crossoverWait(facts: Pick<DeadlineFacts, 'rules' | 'dates'>): Deadline | undefined {
  const { rules, dates } = facts;
  const general = CROSSOVER_WAITS.find((row) => fits(row, facts));
  const count = rules.crossoverWaitDays;
  if (count !== undefined) return deadline('crossover-wait', { count, unit: 'days', from: 'prior-payer-decision', source: sourceOf(rules), isDefault: false }, dates);
  return general && deadline('crossover-wait', { ...general, isDefault: true }, dates);
}

/** The last day that neither a late decision nor the payer's own limit moves; undefined where none is known. */
export function outerLimit(facts: Pick<DeadlineFacts, 'payerKind' | 'rules' | 'dates'>): Deadline | undefined {
  const general = OUTER_LIMITS.find((row) => fits(row, facts));
  return general && deadline('outer-limit', { ...general, isDefault: true }, facts.dates);
}

/** Other waits: for a payer before that was billed and is silent; and, of a forwarded claim, until the next payer may be asked whether it has come. */
export function otherWaits(facts: DeadlineFacts, crossedOver: boolean): Deadline[] {
  const rows = [...RESPONSE_WAITS.filter((row) => fits(row, facts)), ...(crossedOver ? [CROSSOVER_INQUIRY] : [])];
  return rows.flatMap((row) => deadline('crossover-wait', { ...row, isDefault: true }, facts.dates) ?? []);
}

/** All that is known of a claim's dates: its filing limit, the appeal asked about, what must be waited for. */
export function deadlinesOf(facts: DeadlineFacts, { appealLevel, crossedOver = false }: { readonly appealLevel?: number | undefined; readonly crossedOver?: boolean | undefined }): Deadline[] {
  const found = [
    filingLimit(facts),
    outerLimit(facts),
    appealLevel === undefined ? undefined : appealLimit(facts, appealLevel),
    crossedOver ? crossoverWait(facts) : undefined,
    ...otherWaits(facts, crossedOver),
  ];
  return found.filter((one) => one !== undefined);
}

interface Candidate extends Limit {
  readonly source: string;
  readonly isDefault: boolean;
  readonly isExtension?: boolean;
}

const sourceOf = ({ source }: PayerRules): string => source ?? 'payer-rules of the payer';

function defaultsFor(facts: DeadlineFacts): Candidate[] {
  const fitting = FILING_DEFAULTS.filter((row) => fits(row, facts));
  const ordinary = fitting.find((row) => !row.extends);
  return [...(ordinary ? [ordinary] : []), ...fitting.filter((row) => row.extends)]
    .map((row) => ({ ...row, isDefault: true, isExtension: row.extends === true }));
}

/** Whether a general rule holds for this payer, in this role, after that payer. */
function fits({ names, payerKinds, roles, after }: DefaultLimit, { payerKind, priorPayerKind, role, rules }: Partial<DeadlineFacts> & Pick<DeadlineFacts, 'rules'>): boolean {
  return (names === undefined || rules.names.some((name) => names.some((listed) => plain(listed) === plain(name))))
    && (payerKinds === undefined || (payerKind !== undefined && payerKinds.includes(payerKind)))
    && (roles === undefined || (role !== undefined && roles.includes(role)))
    && (after === undefined || (priorPayerKind !== undefined && after.includes(priorPayerKind)));
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** What the law allows after a late notice holds whatever the payer states. */
const isLegalExtension = ({ isExtension, from }: Candidate): boolean => isExtension === true && from === 'notice';

/** The earliest ordinary limit, or the latest extension where that is later. */
function settle(candidates: readonly Candidate[], dates: KnownDates): Deadline | undefined {
  const at = (isExtension: boolean): Deadline[] =>
    candidates.filter((one) => (one.isExtension ?? false) === isExtension).flatMap((one) => deadline('filing', one, dates) ?? []);
  const ordinary = at(false).reduce<Deadline | undefined>((least, one) => (least && least.due <= one.due ? least : one), undefined);
  return at(true).reduce((latest, one) => (latest && latest.due >= one.due ? latest : one), ordinary);
}

function deadline(kind: Deadline['kind'], { isDefault, source, ...limit }: Candidate, dates: KnownDates): Deadline | undefined {
  const end = endOf(limit, dates);
  return end && { kind, due: end.due, from: end.from, rule: inWords(limit), source, default: isDefault };
}
