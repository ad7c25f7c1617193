import type { PayerKind } from '../../cob/types.js';
import type { Limit } from './limit.js';
import type { PayerRole } from './payer-rules.js';

/**
 * What holds for a payer that does not state its own limit (domain/cob-rules.md §4). Limits that are one named payer's
 * contract are no defaults: they belong in that payer's `payer-rules`.
 */
interface DefaultLimit extends Limit {
  /** Payers that it holds for; without them, every payer that no row before it names. */
  readonly payerKinds?: readonly PayerKind[];
  readonly source: string;
}

export interface FilingDefault extends DefaultLimit {
  readonly roles: readonly PayerRole[];
  /** Kinds of payer whose decision opens it. */
  readonly after?: readonly PayerKind[];
  /** Moves the ordinary limit to a later date, never to an earlier one. */
  readonly extends?: true;
}

export interface AppealDefault extends DefaultLimit {
  readonly level: number;
}

const ANY_ROLE = ['primary', 'secondary'] as const;

/** First ordinary row that fits; every extension that fits. */
export const FILING_DEFAULTS: readonly FilingDefault[] = [
  { payerKinds: ['medicare'], roles: ANY_ROLE, count: 1, unit: 'calendar-years', from: 'service-date', source: '42 CFR 424.44(a)' },
  { payerKinds: ['medicare'], roles: ANY_ROLE, count: 6, unit: 'end-of-months-after', from: 'notice', extends: true, source: '42 CFR 424.44(b)(5)(ii), retroactive entitlement' },
  { payerKinds: ['tricare'], roles: ANY_ROLE, count: 1, unit: 'calendar-years', from: 'service-date', source: 'TRICARE Operations Manual 8-3 1.1' },
  { payerKinds: ['tricare'], roles: ['secondary'], count: 90, unit: 'days', from: 'prior-payer-decision', extends: true, source: 'TRICARE Operations Manual 8-3 2 (other health insurance), unverified' },
  { payerKinds: ['medicaid'], roles: ANY_ROLE, count: 12, unit: 'months', from: 'service-date', source: '42 CFR 447.45(d)(1), the federal ceiling (a state may be shorter), unverified' },
  { payerKinds: ['medicaid'], roles: ['secondary'], after: ['medicare'], count: 6, unit: 'months', from: 'prior-payer-decision', extends: true, source: '42 CFR 447.45(d)(4), unverified' },
  { roles: ['secondary'], count: 90, unit: 'days', from: 'prior-payer-decision', source: 'no limit is known for this payer; 60 to 180 days are usual: confirm it with the contract' },
];

export const APPEAL_DEFAULTS: readonly AppealDefault[] = [
  { payerKinds: ['medicare'], level: 1, count: 120, unit: 'days', from: 'decision', presumedReceipt: 5, source: '42 CFR 405.942 (redetermination)' },
  { payerKinds: ['medicare'], level: 2, count: 180, unit: 'days', from: 'decision', presumedReceipt: 5, source: '42 CFR 405.962 (reconsideration)' },
  { payerKinds: ['medicare'], level: 3, count: 60, unit: 'days', from: 'decision', presumedReceipt: 5, source: '42 CFR 405.1014 (hearing; an amount in controversy is required)' },
  { payerKinds: ['medicare'], level: 4, count: 60, unit: 'days', from: 'decision', presumedReceipt: 5, source: '42 CFR 405.1102 (Appeals Council)' },
  { payerKinds: ['medicare'], level: 5, count: 60, unit: 'days', from: 'decision', presumedReceipt: 5, source: '42 CFR 405.1136 (federal court; an amount in controversy is required)' },
  { payerKinds: ['medicare-advantage'], level: 1, count: 65, unit: 'days', from: 'decision', source: '42 CFR 422.582(b), unverified' },
  { payerKinds: ['medicaid'], level: 1, count: 60, unit: 'days', from: 'decision', source: '42 CFR 438.402 (managed care), unverified' },
  { payerKinds: ['tricare'], level: 1, count: 90, unit: 'days', from: 'decision', source: '32 CFR 199.10 (reconsideration), unverified' },
  { payerKinds: ['tricare'], level: 2, count: 60, unit: 'days', from: 'decision', source: '32 CFR 199.10 (formal review), unverified' },
  { payerKinds: ['group-health', 'individual'], level: 1, count: 180, unit: 'days', from: 'decision', source: '29 CFR 2560.503-1(h)(3)(i), the minimum for an internal appeal, unverified' },
  { payerKinds: ['group-health', 'individual'], level: 2, count: 4, unit: 'months', from: 'decision', source: '45 CFR 147.136(d), external review, unverified' },
];

/** Days to wait for a crossover before the claim may be billed otherwise. */
export const CROSSOVER_WAIT = { count: 30, unit: 'days', from: 'prior-payer-decision', source: 'BCBSNM 2014-05-29 (CMS MLN SE0909: about 15 working days)' } as const satisfies DefaultLimit;
