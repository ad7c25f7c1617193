import type { PayerKind } from '../../../src/cob/types.js';
import type { WriteOffClass } from '../../../src/claims/disposition/write-off-class.js';

/** `contract`, `none` (no contract) or `-` (not stated); what it paid; its adjustments in short, `PR-2 20`. */
export type ShortPayer = readonly [PayerKind, 'contract' | 'none' | '-', number, string];

export interface DispositionCase {
  readonly id: string;
  readonly payers: readonly ShortPayer[];
  readonly qmb?: true;
  readonly late?: true;
  readonly open?: true;
  readonly remark?: string;
  readonly owes: number;
  readonly writeOff?: readonly (readonly [WriteOffClass, number])[];
  readonly left?: number;
  readonly overpaid?: number;
  readonly cites: string;
}

const PRIOR = 'cob-rules §5: PR stays PR unless the secondary says CO under contract';
const CAP = 'cob-rules §5 (5): the last payer that lists it, contract cap';
const CO = 'X12 CAS01 CO: the provider bears it';
const QMB = '42 USC 1396a(n)(3); cob-rules §2.4';
const LESSER = '42 USC 1396a(n)(2); 42 CFR 447.15; cob-rules §5 medicaid-lesser';
const first = (paid: number, adjustments: string, contract: ShortPayer[1] = 'contract', kind: PayerKind = 'group-health'): ShortPayer => [kind, contract, paid, adjustments];
/** A group plan that allows 120 of 160, pays 100 and leaves 20. */
const usual = first(100, 'CO-45 40,PR-2 20');
const medicare: ShortPayer = ['medicare', 'contract', 96, 'CO-45 40,PR-2 24'];

/** Charge 160.00 each: payer kinds × groups × QMB × contract × the last payer's answer. */
export const CASES: readonly DispositionCase[] = [
  // One payer
  { id: 'coinsurance', payers: [usual], owes: 20, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'deductible takes it all', payers: [first(0, 'CO-45 40,PR-1 120')], owes: 120, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'copay', payers: [first(95, 'CO-45 40,PR-3 25')], owes: 25, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'paid in full', payers: [first(160, '')], owes: 0, cites: 'X12 005010X221A1 §1.10.2.1' },
  { id: 'not covered, PR', payers: [first(0, 'PR-96 160')], owes: 160, cites: 'cob-rules §5: PR patient or next payer' },
  { id: 'not covered, CO', payers: [first(0, 'CO-96 160')], owes: 0, writeOff: [['non-covered-provider-liable', 160]], cites: CO },
  { id: 'not necessary, CO', payers: [first(0, 'CO-50 160')], owes: 0, writeOff: [['non-covered-provider-liable', 160]], cites: 'cob-rules §5: no ABN, CO-50' },
  { id: 'not necessary, PR: notice given', payers: [first(0, 'PR-50 160')], owes: 160, cites: 'cob-rules §5: PR; 42 USC 1395pp' },
  { id: 'filed too late', payers: [first(0, 'CO-29 160')], owes: 0, writeOff: [['timely-filing', 160]], cites: 'cob-rules §5 timely-filing; 42 CFR 424.44' },
  { id: 'information missing', payers: [first(0, 'CO-16 160')], owes: 0, writeOff: [['administrative', 160]], cites: 'cob-rules §5 administrative' },
  { id: 'no authorization', payers: [first(0, 'CO-197 160')], owes: 0, writeOff: [['administrative', 160]], cites: 'cob-rules §5 administrative' },
  { id: 'documents not sent', payers: [first(0, 'CO-226 160')], owes: 0, writeOff: [['administrative', 160]], cites: 'cob-rules §5 administrative' },
  { id: 'negotiated discount', payers: [first(120, 'CO-131 40')], owes: 0, writeOff: [['contractual', 40]], cites: 'cob-rules §5 contractual: CARC 131' },
  { id: 'multiple procedures', payers: [first(120, 'CO-59 40')], owes: 0, writeOff: [['contractual', 40]], cites: 'cob-rules §5 contractual: CARC 59' },
  { id: 'sequestration', payers: [['medicare', 'contract', 94, 'CO-45 40,CO-253 2,PR-2 24']], owes: 24, writeOff: [['contractual', 42]], cites: 'cob-rules §5 contractual: CARC 253' },
  { id: 'bundled', payers: [first(0, 'CO-97 160')], owes: 0, writeOff: [['contractual', 160]], cites: CO },
  { id: 'payer-initiated', payers: [first(100, 'PI-45 40,PR-2 20', 'none')], owes: 20, writeOff: [['administrative', 40]], cites: 'cob-rules §5: PI, patient only if law allows' },
  { id: 'excess over usual and customary, PR, no contract', payers: [first(100, 'PR-45 40,PR-2 20', 'none')], owes: 60, cites: 'CARC 45 may stand in PR: no contract' },
  { id: 'the payer paid the patient', payers: [first(0, 'CO-45 40,PR-100 120')], owes: 120, writeOff: [['contractual', 40]], cites: 'CARC 100: collect the payment from the patient' },
  { id: 'other adjustment', payers: [first(100, 'OA-192 40,PR-2 20')], owes: 20, writeOff: [['administrative', 40]], cites: 'cob-rules §5: OA neither' },
  { id: 'unlisted code, CO', payers: [first(100, 'CO-999 40,PR-2 20')], owes: 20, writeOff: [['administrative', 40]], cites: CO },
  { id: 'another payer is named, none has it', payers: [first(0, 'OA-109 160')], owes: 0, writeOff: [['administrative', 160]], cites: 'cob-rules §5: OA neither; CARC 109' },
  { id: 'paid over the charge', payers: [first(180, 'OA-94 -20')], owes: 0, overpaid: 20, cites: 'R028; CARC 94' },
  // Two commercial payers
  { id: 'the secondary pays it all', payers: [usual, ['group-health', 'contract', 20, 'OA-23 140']], owes: 0, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'the secondary pays a part, the rest PR', payers: [usual, ['group-health', 'contract', 12, 'OA-23 140,PR-2 8']], owes: 8, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'the secondary’s contract takes the rest, contracted', payers: [usual, ['group-health', 'contract', 12, 'OA-23 100,CO-45 48']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 8]], cites: 'cob-rules §5 secondary-allowed: CO-45 on the secondary' },
  { id: 'the secondary’s CO-45, no contract', payers: [usual, ['group-health', 'none', 12, 'OA-23 100,CO-45 48']], owes: 8, writeOff: [['contractual', 40]], cites: 'cob-rules §5: CO-45 never reduces the PR in a non-contracted case' },
  { id: 'the secondary’s CO-45, contract not stated', payers: [usual, ['group-health', '-', 12, 'OA-23 100,CO-45 48']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 8]], cites: 'X12 CAS01 CO is a contractual obligation' },
  { id: 'OA-23 and nothing due, contracted', payers: [usual, ['group-health', 'contract', 0, 'OA-23 160']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 20]], cites: 'cob-rules §5 secondary-allowed: OA-23 with 0 due' },
  { id: 'OA-23 and nothing due, no contract', payers: [usual, ['group-health', 'none', 0, 'OA-23 160']], owes: 20, writeOff: [['contractual', 40]], cites: PRIOR },
  { id: 'OA-23 and nothing due, contract not stated', payers: [usual, ['group-health', '-', 0, 'OA-23 160']], owes: 20, writeOff: [['contractual', 40]], cites: PRIOR },
  { id: 'the secondary does not cover it, PR', payers: [usual, ['group-health', 'contract', 0, 'OA-23 140,PR-204 20']], owes: 20, writeOff: [['contractual', 40]], cites: PRIOR },
  { id: 'the secondary denies the whole charge, PR', payers: [usual, ['group-health', 'none', 0, 'PR-204 160']], owes: 20, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'the secondary denies, CO, contracted', payers: [usual, ['group-health', 'contract', 0, 'OA-23 140,CO-50 20']], owes: 0, writeOff: [['contractual', 40], ['non-covered-provider-liable', 20]], cites: PRIOR },
  { id: 'the secondary denies, CO, no contract', payers: [usual, ['group-health', 'none', 0, 'OA-23 140,CO-50 20']], owes: 20, writeOff: [['contractual', 40]], cites: PRIOR },
  { id: 'the secondary had it too late, contracted', payers: [usual, ['group-health', 'contract', 0, 'CO-29 160']], owes: 0, writeOff: [['contractual', 40], ['timely-filing', 20]], cites: 'cob-rules §5 timely-filing' },
  { id: 'the secondary lacks an authorization, contracted', payers: [usual, ['group-health', 'contract', 0, 'CO-197 160']], owes: 0, writeOff: [['contractual', 40], ['administrative', 20]], cites: 'cob-rules §5 administrative' },
  { id: 'the secondary’s PI', payers: [usual, ['group-health', 'none', 0, 'OA-23 140,PI-45 20']], owes: 20, writeOff: [['contractual', 40]], cites: 'cob-rules §5: PI is a payer’s view, no contract' },
  { id: 'the secondary’s deductible exceeds what was left', payers: [usual, ['group-health', 'contract', 0, 'CO-45 10,PR-1 150']], owes: 20, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'the primary refused for another payer, which pays', payers: [first(0, 'CO-109 160'), ['group-health', 'contract', 90, 'CO-45 50,PR-2 20']], owes: 20, writeOff: [['secondary-allowed', 50]], cites: CAP },
  { id: 'the primary does not cover it, the secondary pays', payers: [first(0, 'PR-204 160'), ['group-health', 'contract', 90, 'CO-45 50,PR-2 20']], owes: 20, writeOff: [['secondary-allowed', 50]], cites: CAP },
  { id: 'the primary refused, CO; the secondary pays some of it', payers: [first(0, 'CO-50 160'), ['group-health', 'contract', 90, 'CO-45 70']], owes: 0, writeOff: [['non-covered-provider-liable', 70]], cites: CO },
  { id: 'non-duplication: nothing due', payers: [usual, ['individual', 'none', 0, 'OA-23 100,CO-45 60']], owes: 20, writeOff: [['contractual', 40]], cites: 'cob-rules §0 7: the patient can still owe cost share' },
  { id: 'both pay more than the charge', payers: [usual, ['group-health', 'contract', 70, 'OA-23 90']], owes: 0, overpaid: 10, cites: 'R028' },
  { id: 'three payers, the third pays the rest', payers: [usual, ['group-health', 'contract', 12, 'OA-23 140,PR-2 8'], ['individual', 'contract', 8, 'OA-23 152']], owes: 0, writeOff: [['contractual', 40]], cites: 'NAIC 6A(4): each later plan counts all earlier payments' },
  { id: 'three payers, the third denies, PR', payers: [usual, ['group-health', 'contract', 12, 'OA-23 140,PR-2 8'], ['individual', 'none', 0, 'OA-23 152,PR-204 8']], owes: 8, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'the next payer’s filing limit has passed', payers: [usual], late: true, owes: 0, writeOff: [['contractual', 40], ['timely-filing', 20]], cites: 'cob-rules §5 timely-filing: our lateness' },
  { id: 'a next payer has not decided', payers: [usual], open: true, owes: 0, left: 20, writeOff: [['contractual', 40]], cites: 'R008' },
  // Medicare, Medigap, Medicare Advantage
  { id: 'Medicare alone', payers: [medicare], owes: 24, writeOff: [['contractual', 40]], cites: 'cob-rules §5: assigned, 80% + PR only' },
  { id: 'Medicare, then Medigap pays', payers: [medicare, ['medigap', '-', 24, 'OA-23 136']], owes: 0, writeOff: [['contractual', 40]], cites: 'cob-rules §1.4 P6' },
  { id: 'Medicare, then Medigap leaves the deductible', payers: [medicare, ['medigap', '-', 14, 'OA-23 136,PR-1 10']], owes: 10, writeOff: [['contractual', 40]], cites: 'cob-rules §1.4 P6' },
  { id: 'Medicare statutorily excludes it, PR', payers: [['medicare', 'contract', 0, 'PR-96 160']], owes: 160, cites: 'cob-rules §5: PR; 42 USC 1395y(a)' },
  { id: 'employer plan, then Medicare takes the rest by its fee schedule', payers: [usual, ['medicare', '-', 10, 'OA-23 100,CO-45 50']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 10]], cites: '42 CFR 411.33; participation binds' },
  { id: 'employer plan, then Medicare without a contract on file', payers: [usual, ['medicare', 'none', 10, 'OA-23 100,CO-45 50']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 10]], cites: '42 CFR 411.33; participation binds' },
  { id: 'Medicare Advantage copay', payers: [['medicare-advantage', 'contract', 100, 'CO-45 40,PR-3 20']], owes: 20, writeOff: [['contractual', 40]], cites: CAP },
  // QMB
  { id: 'QMB, Medicare alone, shown as PR', payers: [medicare], qmb: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 24]], cites: QMB },
  { id: 'QMB, Medicare says OA-209', payers: [['medicare', 'contract', 96, 'CO-45 40,OA-209 24']], owes: 0, writeOff: [['contractual', 40], ['qmb', 24]], cites: QMB },
  { id: 'QMB known by the remark N782 alone', payers: [medicare], remark: 'N782', owes: 0, writeOff: [['contractual', 40], ['qmb', 24]], cites: QMB },
  { id: 'QMB, Medicaid pays a part', payers: [medicare, ['medicaid', 'contract', 10, 'OA-23 150']], qmb: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 14]], cites: QMB },
  { id: 'QMB, Medicaid pays nothing, CO-303', payers: [medicare, ['medicaid', 'contract', 0, 'OA-23 136,CO-303 24']], qmb: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 24]], cites: QMB },
  { id: 'QMB, Medicaid leaves its copayment', payers: [medicare, ['medicaid', 'contract', 10, 'OA-23 147,PR-3 3']], qmb: true, owes: 3, writeOff: [['contractual', 40], ['qmb', 11]], cites: '42 CFR 447.50–.57; cob-rules §2.4' },
  { id: 'QMB, Medigap leaves a deductible', payers: [medicare, ['medigap', '-', 14, 'OA-23 136,PR-1 10']], qmb: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 10]], cites: QMB },
  { id: 'QMB, Medicaid not yet billed', payers: [medicare], qmb: true, open: true, owes: 0, left: 24, writeOff: [['contractual', 40]], cites: 'cob-rules §5 qmb: after Medicaid has answered' },
  { id: 'QMB, not Medicare cost share: excluded, with notice', payers: [['medicare', 'contract', 0, 'PR-96 160']], qmb: true, owes: 160, cites: '42 USC 1396a(n)(3) protects cost share only' },
  { id: 'QMB in Medicare Advantage', payers: [['medicare-advantage', 'contract', 100, 'CO-45 40,PR-3 20']], qmb: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 20]], cites: QMB },
  { id: 'QMB, the employer plan’s coinsurance before Medicare', payers: [usual, ['medicare', 'contract', 5, 'OA-23 140,PR-2 15']], qmb: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 15]], cites: QMB },
  { id: 'QMB, Medicaid’s filing limit has passed', payers: [medicare], qmb: true, late: true, owes: 0, writeOff: [['contractual', 40], ['qmb', 24]], cites: QMB },
  // Medicaid without QMB
  { id: 'Medicaid lesser-of pays nothing', payers: [usual, ['medicaid', 'contract', 0, 'OA-23 160']], owes: 0, writeOff: [['contractual', 40], ['medicaid-lesser', 20]], cites: LESSER },
  { id: 'Medicaid lesser-of pays a part, CO-45', payers: [usual, ['medicaid', 'contract', 5, 'OA-23 140,CO-45 15']], owes: 0, writeOff: [['contractual', 40], ['medicaid-lesser', 15]], cites: LESSER },
  { id: 'Medicaid, no contract on file: still full payment', payers: [usual, ['medicaid', 'none', 5, 'OA-23 140,CO-45 15']], owes: 0, writeOff: [['contractual', 40], ['medicaid-lesser', 15]], cites: LESSER },
  { id: 'Medicaid leaves its copayment', payers: [usual, ['medicaid', 'contract', 5, 'OA-23 152,PR-3 3']], owes: 3, writeOff: [['contractual', 40], ['medicaid-lesser', 12]], cites: '42 CFR 447.50–.57' },
  { id: 'Medicaid leaves the earlier payer’s coinsurance', payers: [usual, ['medicaid', 'contract', 5, 'OA-23 140,PR-2 15']], owes: 0, writeOff: [['contractual', 40], ['medicaid-lesser', 15]], cites: LESSER },
  { id: 'Medicaid had it too late', payers: [usual, ['medicaid', 'contract', 0, 'CO-29 160']], owes: 0, writeOff: [['contractual', 40], ['timely-filing', 20]], cites: 'cob-rules §5 timely-filing' },
  { id: 'the patient was no Medicaid member', payers: [usual, ['medicaid', 'contract', 0, 'CO-27 160']], owes: 20, writeOff: [['contractual', 40]], cites: 'CARC 27: no member, no payment in full' },
  { id: 'Medicaid alone, share of cost', payers: [['medicaid', 'contract', 80, 'CO-45 40,PR-142 40']], owes: 40, writeOff: [['contractual', 40]], cites: 'CARC 142; 42 CFR 435.725' },
  { id: 'Medicaid alone does not cover it, PR', payers: [['medicaid', 'contract', 0, 'PR-96 160']], owes: 0, writeOff: [['non-covered-provider-liable', 160]], cites: '42 CFR 447.15; cob-rules §6 CARC 204' },
  // TRICARE, work injury, others
  { id: 'TRICARE second, participating', payers: [usual, ['tricare', '-', 15, 'OA-23 100,CO-45 45']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 5]], cites: 'cob-rules §2 TRICARE' },
  { id: 'TRICARE leaves its cost share', payers: [usual, ['tricare', 'contract', 15, 'OA-23 140,PR-2 5']], owes: 5, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'workers’ compensation pays', payers: [['workers-comp', '-', 110, 'CO-45 40,PR-2 10']], owes: 0, writeOff: [['contractual', 50]], cites: 'state workers’ compensation law (unverified)' },
  { id: 'workers’ compensation refuses, the health plan pays', payers: [['workers-comp', '-', 0, 'CO-191 160'], ['group-health', 'contract', 100, 'CO-45 40,PR-2 20']], owes: 20, writeOff: [['secondary-allowed', 40]], cites: 'CARC 191: bill the health plan with the denial' },
  { id: 'CHAMPVA pays the rest', payers: [usual, ['champva', '-', 20, 'OA-23 140']], owes: 0, writeOff: [['contractual', 40]], cites: 'cob-rules §1.4 P4' },
  { id: 'CHAMPVA takes the rest by what it allows', payers: [usual, ['champva', '-', 12, 'OA-23 140,CO-45 8']], owes: 0, writeOff: [['contractual', 40], ['secondary-allowed', 8]], cites: 'cob-rules §1.4 P4; participation binds' },
  { id: 'the VA authorized and pays', payers: [['va', '-', 120, 'CO-45 40']], owes: 0, writeOff: [['contractual', 40]], cites: '42 CFR 411.6–.8; cob-rules §1.3 M9' },
  { id: 'a state program leaves a part', payers: [usual, ['state-program', '-', 12, 'OA-23 140,PR-2 8']], owes: 8, writeOff: [['contractual', 40]], cites: CAP },
  { id: 'Medicare excludes it, Medigap follows', payers: [['medicare', 'contract', 0, 'PR-96 160'], ['medigap', '-', 0, 'PR-96 160']], owes: 160, cites: 'cob-rules §1.4 P6; 42 USC 1395y(a)' },
  { id: 'four payers, each leaves less', payers: [usual, ['group-health', 'contract', 10, 'OA-23 140,PR-2 10'], ['individual', 'none', 4, 'OA-23 150,PR-2 6'], ['state-program', '-', 4, 'OA-23 154,PR-2 2']], owes: 2, writeOff: [['contractual', 40]], cites: 'NAIC 6A(4); cob-rules §5 (5)' },
];
