import type { RuleCase } from '../builder.js';

const own = { rel: 'self', basis: 'active' } as const;
const spouse = { rel: 'spouse', basis: 'active' } as const;

/** NAIC MDL-120 §6 between group and individual plans, but for the plans of children. */
export const naic: readonly RuleCase[] = [
  { rule: 'N0', title: 'a plan without provision goes before the own plan', facts: { plans: { a: { ...own, provision: true }, b: { ...spouse, provision: false } } }, order: 'b a' },
  { rule: 'N1', title: 'two plans without provision: the next rule decides', facts: { plans: { a: { ...spouse, provision: false }, b: { ...own, provision: false } } }, order: 'b a' },
  { rule: 'N0', title: 'a provision that is not stated is presumed', facts: { plans: { a: own, b: spouse } }, order: 'a b' },
  { rule: 'N1', title: 'own retiree plan before a spouse’s active plan, without Medicare', facts: { plans: { a: spouse, b: { rel: 'self', basis: 'retired' } } }, order: 'b a' },
  { rule: 'N1', title: 'the subscriber reference tells what the relationship does not', facts: { plans: { a: { ...own, rel: 'spouse' }, b: { basis: 'active', by: 'patient' } } }, order: 'b a' },
  { rule: 'N1', title: 'a common-law spouse is a dependent', facts: { plans: { a: { rel: 'common', basis: 'active' }, b: own } }, order: 'b a' },
  { rule: 'N1', title: 'relationship unknown, and nothing else would make them differ', facts: { plans: { a: { basis: 'active', from: '2020-01-01' }, b: { ...own, from: '2010-01-01' } } }, order: 'b a' },
  { rule: 'N1', title: 'relationship unknown on the older plan', facts: { plans: { a: { basis: 'active', from: '2005-01-01' }, b: own } }, asks: ['Coverage.relationship'] },
  { rule: 'N3', title: 'active before laid off', facts: { plans: { a: { rel: 'self', basis: 'laid-off', from: '2000-01-01' }, b: own } }, order: 'b a' },
  { rule: 'N3', title: 'two dependent coverages by the same spouse: active before retired', facts: { plans: { a: { rel: 'spouse', basis: 'retired', from: '2000-01-01' }, b: spouse } }, order: 'b a' },
  { rule: 'N5', title: 'retired against laid off: neither is active', facts: { plans: { a: { rel: 'self', basis: 'retired', from: '2012-01-01' }, b: { rel: 'self', basis: 'laid-off' } } }, order: 'b a' },
  { rule: 'N4', title: 'a retiree plan before COBRA, however old', facts: { plans: { a: { rel: 'self', basis: 'cobra', from: '1990-01-01' }, b: { rel: 'self', basis: 'retired' } } }, order: 'b a' },
  { rule: 'N4', title: 'an individual policy before COBRA', facts: { plans: { a: { rel: 'self', basis: 'cobra', from: '1990-01-01' }, b: { rel: 'self', kind: 'individual' } } }, order: 'b a' },
  { rule: 'N5', title: 'the basis of the newer plan is unknown and makes no difference', facts: { plans: { a: { rel: 'self', from: '2020-01-01' }, b: own } }, order: 'b a' },
  { rule: 'N3', title: 'the basis of the older plan is unknown', facts: { plans: { a: { rel: 'self', from: '2000-01-01' }, b: own } }, asks: ["'basis'"] },
  { rule: 'N5', title: 'first-covered goes before the start of the period', facts: { plans: { a: { ...own, from: '2024-01-01', since: '2001-05-01' }, b: { ...own, from: '2015-01-01' } } }, order: 'a b' },
  { rule: 'N5', title: 'a year is precise enough when the other plan began in another', facts: { plans: { a: { ...own, from: '2016' }, b: { ...own, from: '2015-12-31' } } }, order: 'b a' },
  { rule: 'N5', title: 'a month that holds the other start is not', facts: { plans: { a: { ...own, from: '2015-12' }, b: { ...own, from: '2015-12-15' } } }, asks: ['Coverage.period.start'] },
  { rule: 'N5', title: 'a month whose last day is the other start can be earlier or equal only', facts: { plans: { a: { ...own, from: '2015-12' }, b: { ...own, from: '2015-12-31' } } }, asks: ['Coverage.period.start'] },
  { rule: 'N6', title: 'three plans that began together share equally', facts: { plans: { c: own, a: own, b: own } }, order: 'a = b = c' },
  { rule: 'N6', title: 'equal plans before an unequal one', facts: { plans: { c: { ...own, from: '2012-01-01' }, a: own, b: own } }, order: 'a = b c' },
  { rule: 'N7', title: 'three plans: own active, own COBRA, spouse', facts: { plans: { a: spouse, b: { rel: 'self', basis: 'cobra' }, c: { ...own, from: '2022-01-01' } } }, order: 'c b a' },
  { rule: 'N7', title: 'a circle of N3 and N5 has no order: the plans must say', facts: { plans: { a: { ...own, from: '2020-01-01' }, b: { rel: 'self', basis: 'retired', from: '2000-01-01' }, c: { rel: 'self', kind: 'individual', from: '2010-01-01' } } }, asks: ['Coverage.order', 'Coverage.order', 'Coverage.order'] },
  { rule: 'N8', title: 'a closed panel that goes first', facts: { plans: { a: { ...own, type: 'http://terminology.hl7.org/CodeSystem/v3-ActCode|HMO' }, b: spouse } }, order: 'a b' },
  { rule: 'N9', title: 'medical before dental although the dental plan is older', facts: { service: 'dental', plans: { a: { ...own, covers: ['dental'], from: '2001-01-01' }, b: { ...own, covers: ['medical', 'dental'] } } }, order: 'b a' },
  { rule: 'N9', title: 'a spouse’s medical plan before the own dental plan', facts: { service: 'dental', plans: { a: { ...own, covers: ['dental'] }, b: { ...spouse, covers: ['medical', 'dental'] } } }, order: 'b a' },
  { rule: 'N1', title: 'two medical plans that both cover dental: not a matter of N9', facts: { service: 'dental', plans: { a: { ...spouse, covers: ['medical', 'dental'] }, b: { ...own, covers: ['medical', 'dental'] } } }, order: 'b a' },
  { rule: 'P12', title: 'an individual policy coordinates by default', facts: { plans: { a: { ...own, from: '2020-01-01' }, b: { rel: 'self', kind: 'individual' } } }, order: 'b a' },
  { rule: 'P12', title: 'by setting it stays out beside a group plan', facts: { settings: { individualPolicies: 'stay-out' }, plans: { a: own, b: { rel: 'self', kind: 'individual' } } }, order: 'a', excluded: 'b:not-a-plan' },
  { rule: '1.1', title: 'by setting it takes part when it is alone', facts: { settings: { individualPolicies: 'stay-out' }, plans: { b: { rel: 'self', kind: 'individual', type: 'https://nahdo.org/sopt|5' }, a: { kind: null, type: 'https://nahdo.org/sopt|2' } } }, order: 'b a' },
];
