import type { PayerKind } from '../../cob/types.js';
import { APPEAL_DEFAULTS, CROSSOVER_WAIT, FILING_DEFAULTS, type FilingDefault } from './deadline-defaults.js';
import { endOf, inWords, type KnownDates, type Limit } from './limit.js';
import type { PayerRole, PayerRules } from './payer-rules.js';

/** A date by which something must be done, or before which it must not (`crossover-wait`). */
export interface Deadline {
  readonly kind: 'filing' | 'appeal' | 'crossover-wait';
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
  /** Kind of the payer that decided before. */
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
  const source = facts.rules.source ?? 'payer-rules of the payer';
  const own = stated.map((limit) => ({ ...limit, source, isDefault: false, isExtension: limit.from === 'notice' }));
  const general = defaultsFor(facts);
  return settle(own.length > 0 ? [...own, ...general.filter(isLegalExtension)] : general, facts.dates) ?? settle(general, facts.dates);
}

/** How long an appeal of this level may wait; undefined where neither the payer nor a general rule says. */
export function appealLimit({ payerKind, rules, dates }: Pick<DeadlineFacts, 'payerKind' | 'rules' | 'dates'>, level: number): Deadline | undefined {
  const own = rules.appealLimits.find((limit) => limit.level === level);
  if (own) return deadline('appeal', { ...own, source: rules.source ?? 'payer-rules of the payer', isDefault: false }, dates);
  const general = APPEAL_DEFAULTS.find((row) => row.level === level && payerKind !== undefined && row.payerKinds?.includes(payerKind));
  return general && deadline('appeal', { ...general, isDefault: true }, dates);
}

/** Until when a claim that the prior payer forwarded is left to the crossover. */
export function crossoverWait({ rules, dates }: Pick<DeadlineFacts, 'rules' | 'dates'>): Deadline | undefined {
  const days = rules.crossoverWaitDays;
  if (days === undefined) return deadline('crossover-wait', { ...CROSSOVER_WAIT, isDefault: true }, dates);
  return deadline('crossover-wait', { ...CROSSOVER_WAIT, count: days, source: rules.source ?? 'payer-rules of the payer', isDefault: false }, dates);
}

/** All that is known of a claim's dates: its filing limit, the appeal asked about, the wait after a crossover. */
export function deadlinesOf(facts: DeadlineFacts, { appealLevel, crossedOver }: { readonly appealLevel?: number | undefined; readonly crossedOver?: boolean | undefined }): Deadline[] {
  const found = [
    filingLimit(facts),
    appealLevel === undefined ? undefined : appealLimit(facts, appealLevel),
    crossedOver ? crossoverWait(facts) : undefined,
  ];
  return found.filter((one) => one !== undefined);
}

interface Candidate extends Limit {
  readonly source: string;
  readonly isDefault: boolean;
  readonly isExtension?: boolean;
}

function defaultsFor(facts: DeadlineFacts): Candidate[] {
  const fitting = FILING_DEFAULTS.filter((row) => fits(row, facts));
  const ordinary = fitting.find((row) => !row.extends);
  return [...(ordinary ? [ordinary] : []), ...fitting.filter((row) => row.extends)]
    .map((row) => ({ ...row, isDefault: true, isExtension: row.extends === true }));
}

const fits = (row: FilingDefault, { payerKind, priorPayerKind, role }: DeadlineFacts): boolean =>
  row.roles.includes(role)
  && (row.payerKinds === undefined || (payerKind !== undefined && row.payerKinds.includes(payerKind)))
  && (row.after === undefined || (priorPayerKind !== undefined && row.after.includes(priorPayerKind)));

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
