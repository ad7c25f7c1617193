import type { PayerKind } from '../../cob/types.js';
import type { Limit } from './limit.js';
import type { PayerRole } from './payer-rules.js';

/** What holds for a payer that does not state its own limit (domain/deadlines.json, domain/cob-rules.md §4). */
export interface DefaultLimit extends Limit {
  /** Payers by name, compared without case and punctuation: what a published list says of them. */
  readonly names?: readonly string[];
  /** Payers by kind. A row with neither names nor kinds holds for every payer that no row before it names. */
  readonly payerKinds?: readonly PayerKind[];
  readonly roles?: readonly PayerRole[];
  /** Kinds of the payer before: of the one that decided, or that has not answered. */
  readonly after?: readonly PayerKind[];
  readonly source: string;
}

export interface FilingDefault extends DefaultLimit {
  /** Moves the ordinary limit to a later date, never to an earlier one. */
  readonly extends?: true;
}

export interface AppealDefault extends DefaultLimit {
  readonly level: number;
}

const SECONDARY = ['secondary'] as const;
const EVENT_PAYERS = ['workers-comp', 'no-fault', 'liability'] as const;

/** The list does not say where these limits begin. */
const FROM_SERVICE = 'Children’s Nebraska payer list; counted from the service, which the list does not say: confirm it with the contract';
const LISTED = 'Children’s Nebraska payer list: confirm it with the contract';
const ADVICE = 'rcmguide: confirm it with the contract';

const TEXAS = ['Texas Medicaid', 'Texas Medicaid & Healthcare Partnership', 'TMHP'];
const NEBRASKA_BLUE = ['Blue Cross and Blue Shield of Nebraska', 'Blue Cross Blue Shield of Nebraska', 'BCBS Nebraska', 'BCBSNE'];
const UNITED = ['UnitedHealthcare', 'United Healthcare', 'UHC'];

/** First ordinary row that fits; every extension that fits. */
export const FILING_DEFAULTS: readonly FilingDefault[] = [
  { names: TEXAS, roles: SECONDARY, count: 95, unit: 'days', from: 'prior-payer-decision', source: 'TMPPM 2012 4.13.3' },
  { names: ['Nebraska Medicaid'], count: 180, unit: 'days', from: 'service-date', source: FROM_SERVICE },
  { names: ['Kansas Medicaid', 'KanCare'], count: 12, unit: 'months', from: 'service-date', source: FROM_SERVICE },
  { names: ['Iowa Medicaid', 'Iowa Medicaid Enterprise'], count: 365, unit: 'days', from: 'service-date', source: FROM_SERVICE },
  { names: ['South Dakota Medicaid'], count: 6, unit: 'months', from: 'service-date', source: FROM_SERVICE },
  { names: UNITED, roles: SECONDARY, count: 90, unit: 'days', from: 'prior-payer-decision', source: 'copies of the provider guide, of low confidence (another list says 120): confirm it with the contract' },
  { names: ['Sanford Health', 'Sanford Health Plan'], roles: SECONDARY, count: 60, unit: 'days', from: 'prior-payer-decision', source: LISTED },
  { names: ['Avera', 'Avera Health Plans'], roles: SECONDARY, count: 60, unit: 'days', from: 'prior-payer-decision', source: LISTED },
  { names: ['Arbor Medicaid', 'Arbor Health Plan'], roles: SECONDARY, count: 60, unit: 'days', from: 'prior-payer-decision', source: LISTED },
  { names: NEBRASKA_BLUE, roles: SECONDARY, count: 180, unit: 'days', from: 'service-date', source: FROM_SERVICE },
  { names: ['BCBS FEP', 'Blue Cross and Blue Shield Federal Employee Program', 'FEP Blue'], count: 1, unit: 'end-of-calendar-years-after', from: 'service-date', source: FROM_SERVICE },
  { names: ['Humana ChoiceCare', 'ChoiceCare'], count: 120, unit: 'days', from: 'service-date', source: FROM_SERVICE },
  { names: ['Cigna'], count: 90, unit: 'days', from: 'service-date', source: `${ADVICE} (participating)` },
  { names: ['Aetna'], count: 120, unit: 'days', from: 'service-date', source: ADVICE },
  { payerKinds: ['medicare'], count: 1, unit: 'calendar-years', from: 'service-date', source: '42 CFR 424.44(a)' },
  { payerKinds: ['medicare'], count: 6, unit: 'end-of-months-after', from: 'notice', extends: true, source: '42 CFR 424.44(b)(5)(ii), retroactive entitlement' },
  { payerKinds: ['tricare'], count: 1, unit: 'calendar-years', from: 'service-date', source: 'TRICARE Operations Manual 8-3 1.1' },
  { payerKinds: ['tricare'], roles: SECONDARY, count: 90, unit: 'days', from: 'prior-payer-decision', extends: true, source: 'TRICARE Operations Manual 8-3 2 (other health insurance), unverified' },
  { payerKinds: ['medicaid'], count: 12, unit: 'months', from: 'service-date', source: '42 CFR 447.45(d)(1), the federal ceiling (a state may be shorter), unverified' },
  { payerKinds: ['medicaid'], roles: SECONDARY, after: ['medicare'], count: 6, unit: 'months', from: 'prior-payer-decision', extends: true, source: '42 CFR 447.45(d)(4), unverified' },
  { roles: SECONDARY, count: 90, unit: 'days', from: 'prior-payer-decision', source: 'no limit is known for this payer; 60 to 180 days are usual: confirm it with the contract' },
];

/** First row of the level that fits. */
export const APPEAL_DEFAULTS: readonly AppealDefault[] = [
  { names: UNITED, level: 1, count: 120, unit: 'days', from: 'decision', source: LISTED },
  { names: NEBRASKA_BLUE, level: 1, count: 365, unit: 'days', from: 'decision', source: LISTED },
  { names: ['Nebraska Medicaid'], level: 1, count: 90, unit: 'days', from: 'decision', source: LISTED },
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

/** Days to wait for a crossover before the claim may be billed otherwise. First row that fits; the last fits always. */
export const CROSSOVER_WAITS: readonly DefaultLimit[] = [
  { names: ['Blue Cross and Blue Shield of New Mexico', 'BCBSNM'], count: 30, unit: 'days', from: 'prior-payer-decision', source: 'BCBSNM 2014-05-29' },
  { names: ['Blue Cross and Blue Shield of Louisiana', 'BCBSLA'], count: 31, unit: 'days', from: 'prior-payer-decision', source: 'BCBSLA' },
  { count: 30, unit: 'days', from: 'prior-payer-decision', source: 'the usual wait (BCBSNM 2014-05-29)' },
];

/** When the next payer may be asked whether a forwarded claim has come. */
export const CROSSOVER_INQUIRY = { count: 15, unit: 'workdays', from: 'prior-payer-decision', source: 'CMS MLN SE0909: then the next payer may be asked whether it has the claim' } as const satisfies DefaultLimit;

/** How long another payer that was billed may be silent before the claim is billed past it. Every row that fits. */
export const RESPONSE_WAITS: readonly DefaultLimit[] = [
  { names: TEXAS, roles: SECONDARY, count: 110, unit: 'days', from: 'prior-payer-billed', source: 'TMPPM 2010, 110-Day Rule' },
  { payerKinds: ['medicare'], after: EVENT_PAYERS, count: 120, unit: 'days', from: 'prior-payer-billed', source: '42 CFR 411.21, .45, .53 (conditional payment), unverified' },
];

/** Days that no exception moves. First row that fits. */
export const OUTER_LIMITS: readonly DefaultLimit[] = [
  { names: TEXAS, count: 365, unit: 'days', from: 'service-date', source: 'TMPPM 2010, 110-Day Rule (federal limit)' },
];
