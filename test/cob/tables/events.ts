import type { RuleCase } from '../builder.js';

const plan = { rel: 'self', basis: 'active' } as const;
const comp = { kind: 'workers-comp', rel: 'injured' } as const;
const lung = { kind: 'black-lung', rel: 'self' } as const;
const auto = { kind: 'no-fault', rel: 'self' } as const;
const liability = { kind: 'liability' } as const;
const medicare = { kind: 'medicare', rel: 'self', medicare: { by: ['age'] } } as const;

/** Payers for one event: workers' compensation, Black Lung, no-fault, liability. */
export const events: readonly RuleCase[] = [
  { rule: 'M5', title: 'work injury', facts: { cause: 'employment', plans: { g: plan, wc: comp } }, order: 'wc g' },
  { rule: 'M5', title: 'work injury, dental service', facts: { cause: 'employment', service: 'dental', plans: { d: { ...plan, covers: ['dental'] }, wc: comp } }, order: 'wc d' },
  { rule: 'M5', title: 'car accident: workers’ compensation has no part', facts: { cause: 'auto', plans: { g: plan, wc: comp } }, order: 'g', excluded: 'wc:not-related' },
  { rule: 'M5', title: 'cause unknown', facts: { cause: 'unknown', plans: { g: plan, wc: comp } }, asks: ['Claim.accident'] },
  { rule: 'N1', title: 'cause unknown without an event payer: it does not matter', facts: { cause: 'unknown', plans: { g: plan, s: { rel: 'spouse' } } }, order: 'g s' },
  { rule: '1.5', title: 'cause unknown, the compensation case ended before: it does not matter', facts: { cause: 'unknown', plans: { g: plan, wc: { ...comp, to: '2024-01-01' } } , on: '2024-06-15' }, order: 'g', excluded: 'wc:inactive' },
  { rule: 'M6', title: 'car accident: no-fault, then liability, then Medicare', facts: { cause: 'auto', born: '1950-01-01', plans: { m: medicare, l: liability, nf: auto } }, order: 'nf l m' },
  { rule: 'M6', title: 'other accident: medical payments of the premises', facts: { cause: 'other-accident', plans: { g: plan, nf: auto } }, order: 'nf g' },
  { rule: 'M7', title: 'other accident: liability before the plan', facts: { cause: 'other-accident', plans: { g: plan, l: liability } }, order: 'l g' },
  { rule: 'M7', title: 'no accident: liability has no part', facts: { plans: { g: plan, l: liability } }, order: 'g', excluded: 'l:not-related' },
  { rule: 'M8', title: 'Black Lung Program before Medicare', facts: { cause: 'employment', born: '1950-01-01', plans: { m: medicare, bl: lung } }, order: 'bl m' },
  { rule: 'M8', title: 'Black Lung Program and workers’ compensation: which condition is it?', facts: { cause: 'employment', plans: { wc: comp, bl: lung } }, asks: ['Claim.diagnosis'] },
  { rule: 'P1', title: 'Medicaid behind workers’ compensation', facts: { cause: 'employment', plans: { mc: { kind: 'medicaid', rel: 'self' }, wc: comp } }, order: 'wc mc' },
  { rule: 'M5', title: 'Medicare may pay conditionally', facts: { cause: 'employment', born: '1950-01-01', plans: { m: medicare, wc: comp } }, order: 'wc m' },
  { rule: '1.1', title: 'two liability insurers: no rule says which', facts: { cause: 'auto', plans: { l1: liability, l2: liability } }, asks: ['Coverage.period'] },
  { rule: 'P9', title: 'an excess-only policy is pointed at', facts: { cause: 'auto', plans: { g: plan, nf: auto } }, order: 'nf g' },
];
