import type { RuleCase } from '../builder.js';

const plan = { rel: 'self', basis: 'active' } as const;
const spouse = { rel: 'spouse', basis: 'active' } as const;

/** Who takes part at all: dates, status and kind of service (§1.5). */
export const dates: readonly RuleCase[] = [
  { rule: 'N1', title: 'the end date is inclusive', facts: { on: '2024-06-30', plans: { a: plan, b: { ...spouse, to: '2024-06-30' } } }, order: 'a b', excluded: '' },
  { rule: '1.5', title: 'the day after the end', facts: { on: '2024-07-01', plans: { a: plan, b: { ...spouse, to: '2024-06-30' } } }, order: 'a', excluded: 'b:inactive' },
  { rule: 'N1', title: 'an end month counts whole', facts: { on: '2024-06-30', plans: { a: plan, b: { ...spouse, to: '2024-06' } } }, order: 'a b' },
  { rule: 'N1', title: 'an end year counts whole', facts: { on: '2024-12-31', plans: { a: plan, b: { ...spouse, to: '2024' } } }, order: 'a b' },
  { rule: 'N1', title: 'an end with a time and zone counts by its date as written', facts: { on: '2024-06-30', plans: { a: plan, b: { ...spouse, to: '2024-06-30T23:30:00-08:00' } } }, order: 'a b' },
  { rule: 'N1', title: 'a start month counts from its first day', facts: { on: '2024-06-01', plans: { a: plan, b: { ...spouse, from: '2024-06' } } }, order: 'a b' },
  { rule: '1.5', title: 'the day before the start', facts: { on: '2024-05-31', plans: { a: plan, b: { ...spouse, from: '2024-06' } } }, order: 'a', excluded: 'b:inactive' },
  { rule: 'N1', title: 'the start date is inclusive', facts: { on: '2024-06-01', plans: { a: plan, b: { ...spouse, from: '2024-06-01' } } }, order: 'a b' },
  { rule: '1.5', title: 'no start: has it begun?', facts: { plans: { a: plan, b: { ...spouse, from: null } } }, asks: ['Coverage.period.start'] },
  { rule: '1.5', title: 'no start, but ended: it does not matter', facts: { plans: { a: plan, b: { ...spouse, from: null, to: '2024-01-31' } } }, order: 'a', excluded: 'b:inactive' },
  { rule: '1.5', title: 'no start, but of another kind of service: it does not matter', facts: { plans: { a: plan, b: { ...spouse, from: null, covers: ['dental'] } } }, order: 'a', excluded: 'b:benefit-type' },
  { rule: 'N5', title: 'no start of the period, but first covered', facts: { plans: { a: plan, b: { ...plan, from: null, since: '2001-01-01' } } }, order: 'b a' },
  { rule: '1.5', title: 'cancelled, entered in error, draft', facts: { plans: { a: plan, b: { ...plan, status: 'cancelled' }, c: { ...plan, status: 'entered-in-error' }, d: { ...plan, status: 'draft' } } }, order: 'a', excluded: 'b:cancelled c:cancelled d:inactive' },
  { rule: 'N1', title: 'a medical plan covers behavioral care beside a behavioral plan', facts: { service: 'behavioral', plans: { a: plan, b: { ...spouse, covers: ['behavioral'] } } }, order: 'a b' },
  { rule: '1.5', title: 'a hospital-only plan does not cover other medical services', facts: { plans: { a: plan, b: { ...spouse, covers: ['hospital'] } } }, order: 'a', excluded: 'b:benefit-type' },
  { rule: 'N1', title: 'a medical plan covers the hospital too', facts: { service: 'hospital', plans: { a: plan, b: { ...spouse, covers: ['hospital'] } } }, order: 'a b' },
  { rule: '1.5', title: 'a drug policy by its type', facts: { service: 'pharmacy', plans: { a: plan, b: { ...spouse, type: 'http://terminology.hl7.org/CodeSystem/v3-ActCode|DRUGPOL' } } }, order: 'b', excluded: 'a:benefit-type' },
  { rule: '1.5', title: 'not at its source any more: is it in force?', facts: { plans: { a: plan, b: { ...spouse, gone: '2024-06-01' } } }, asks: ['confirmed'] },
  { rule: '1.5', title: 'the only one, and not at its source any more', facts: { plans: { a: { ...plan, gone: '2024-06-01' } } }, asks: ['confirmed'] },
  { rule: 'N1', title: 'not at its source any more, and confirmed since', facts: { plans: { a: plan, b: { ...spouse, gone: '2024-06-01', confirmed: '2024-06-01' } } }, order: 'a b' },
  { rule: '1.5', title: 'not at its source any more, and confirmed before', facts: { plans: { a: plan, b: { ...spouse, gone: '2024-06-01', confirmed: '2024-05-31' } } }, asks: ['confirmed'] },
  { rule: '1.5', title: 'not at its source any more, but ended: it does not matter', facts: { plans: { a: plan, b: { ...spouse, gone: '2024-06-01', to: '2024-01-31' } } }, order: 'a', excluded: 'b:inactive' },
  { rule: '1.5', title: 'not at its source any more, but of another kind of service: it does not matter', facts: { plans: { a: plan, b: { ...spouse, gone: '2024-06-01', covers: ['dental'] } } }, order: 'a', excluded: 'b:benefit-type' },
  { rule: 'M15', title: 'not at its source any more, but replaced by another: it does not matter', facts: { plans: { a: { kind: 'medicare', medicare: { by: ['age'] }, gone: '2024-06-01' }, b: { kind: 'medicare-advantage', medicare: { by: ['age'] } } }, born: '1950-01-01' }, order: 'b', excluded: 'a:not-authorized' },
  { rule: 'N1', title: 'not at its source any more, but its payer has decided', facts: { plans: { a: { ...plan, gone: '2024-06-01' }, b: spouse }, decided: ['a'] }, order: 'a b' },
  { rule: '1.5', title: 'parts of it were held back: does it hold?', facts: { plans: { a: plan, b: { ...spouse, partial: '2024-06-01' } } }, asks: ['confirmed'] },
  { rule: 'N1', title: 'parts of it were held back, and what stands was confirmed', facts: { plans: { a: plan, b: { ...spouse, partial: '2024-06-01', confirmed: '2024-06-02' } } }, order: 'a b' },
  { rule: '1.5', title: 'parts of it were held back, and changed after it was confirmed', facts: { plans: { a: plan, b: { ...spouse, partial: '2024-06-03', confirmed: '2024-06-02' } } }, asks: ['confirmed'] },
  { rule: '1.5', title: 'nobody takes part', facts: { service: 'vision', plans: { a: plan } }, order: '', excluded: 'a:benefit-type' },
];
