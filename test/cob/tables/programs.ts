import type { RuleCase } from '../builder.js';

const plan = { rel: 'self', basis: 'active' } as const;
const medicare = { kind: 'medicare', rel: 'self', medicare: { by: ['age'] } } as const;
const medicaid = { kind: 'medicaid', rel: 'self' } as const;
const tricare = { kind: 'tricare', rel: 'self', basis: 'retired' } as const;
const born = '1950-01-01';

/** Government programs, Medigap, and what is not coordinated (§1.4). */
export const programs: readonly RuleCase[] = [
  { rule: 'P1', title: 'Medicaid after plan, Medicare and TRICARE', facts: { born, plans: { mc: medicaid, t: tricare, m: medicare, g: { ...plan, size: 20 } } }, order: 'g m t mc' },
  { rule: 'P1a', title: 'a child’s preventive care may be billed to Medicaid first', facts: { born: '2015-01-01', plans: { mc: medicaid, g: { ...plan, rel: 'child' } } }, order: 'g mc' },
  { rule: 'P1b', title: 'Medicaid, state program, Ryan White, Indian Health Service', facts: { plans: { i: { kind: 'ihs' }, r: { kind: 'ryan-white' }, s: { kind: 'state-program' }, mc: medicaid } }, order: 'mc s r i' },
  { rule: 'P7', title: 'Indian Health Service after a plan', facts: { plans: { i: { kind: 'ihs' }, g: plan } }, order: 'g i' },
  { rule: 'P2', title: 'TRICARE after an individual policy', facts: { plans: { t: tricare, i: { kind: 'individual', rel: 'self' } } }, order: 'i t' },
  { rule: 'P1', title: 'TRICARE before Medicaid', facts: { plans: { mc: medicaid, t: tricare } }, order: 't mc' },
  { rule: 'P2', title: 'on active duty: TRICARE only', facts: { plans: { t: { kind: 'tricare', rel: 'self', basis: 'active-duty' }, g: { ...plan, rel: 'spouse' }, mc: medicaid } }, order: 't', excluded: 'g:not-authorized mc:not-authorized' },
  { rule: 'P2', title: 'dependent of a member on active duty', facts: { people: { p: { role: 'SPS' } }, plans: { t: { kind: 'tricare', rel: 'spouse', by: 'p', basis: 'active-duty' }, g: plan } }, order: 'g t' },
  { rule: 'P2', title: 'own TRICARE, active duty or not unknown', facts: { plans: { t: { kind: 'tricare', rel: 'self' }, g: { ...plan, rel: 'spouse' } } }, asks: ["'basis'"] },
  { rule: '1.1', title: 'own TRICARE alone: active duty does not matter', facts: { plans: { t: { kind: null, type: 'https://nahdo.org/sopt|311', rel: 'self' } } }, order: 't' },
  { rule: 'P3', title: 'TRICARE for Life: Medicare, other insurance, TRICARE', facts: { born, plans: { t: tricare, g: { rel: 'self', basis: 'retired' }, m: medicare } }, order: 'm g t' },
  { rule: 'P3', title: 'TRICARE for Life directly behind Medicare', facts: { born, plans: { t: tricare, m: medicare } }, order: 'm t' },
  { rule: 'M1', title: 'TRICARE for Life: employed other insurance may precede Medicare', facts: { born, plans: { t: tricare, g: { ...plan, size: 20 }, m: medicare } }, order: 'g m t' },
  { rule: 'P4', title: 'CHAMPVA after Medicare and before Medicaid', facts: { born, plans: { mc: medicaid, c: { kind: 'champva' }, m: medicare } }, order: 'm c mc' },
  { rule: 'P4', title: 'CHAMPVA does not stand beside TRICARE', facts: { plans: { c: { kind: 'champva' }, t: tricare } }, order: 't', excluded: 'c:not-authorized' },
  { rule: 'P6', title: 'Medigap directly after Medicare, before a retiree plan', facts: { born, plans: { g: { rel: 'self', basis: 'retired' }, mg: { kind: 'medigap', rel: 'self' }, m: medicare } }, order: 'm mg g' },
  { rule: 'P6', title: 'Medigap after Medicare where the plan is first', facts: { born, plans: { g: { ...plan, size: 20 }, mg: { kind: 'medigap', rel: 'self' }, m: medicare } }, order: 'g m mg' },
  { rule: 'P6', title: 'Medigap without Medicare', facts: { plans: { mg: { kind: 'medigap', rel: 'self' } } }, asks: ['Coverage.period'] },
  { rule: 'P6', title: 'Medigap does not stand beside Medicare Advantage', facts: { born, plans: { mg: { kind: 'medigap', rel: 'self' }, ma: { ...medicare, kind: 'medicare-advantage' } } }, order: 'ma', excluded: 'mg:not-authorized' },
  { rule: 'M9', title: 'VA authorised: VA only', facts: { va: true, born, plans: { v: { kind: 'va' }, m: medicare, g: plan } }, order: 'v', excluded: 'g:not-authorized m:not-authorized' },
  { rule: 'M9', title: 'VA not authorised: all but VA', facts: { va: false, born, plans: { v: { kind: 'va' }, m: medicare } }, order: 'm', excluded: 'v:not-authorized' },
  { rule: 'M9', title: 'VA authorisation unknown', facts: { born, plans: { v: { kind: 'va' }, m: medicare } }, asks: ['Claim.insurance.preAuthRef'] },
  { rule: 'P8', title: 'hospital indemnity', facts: { plans: { h: { kind: 'non-coordinating' }, g: plan } }, order: 'g', excluded: 'h:not-a-plan' },
  { rule: 'N5', title: 'an indemnity policy whose text says that it coordinates', facts: { plans: { h: { kind: 'non-coordinating', provision: true, rel: 'self', from: '2001-01-01' }, g: plan } }, order: 'h g' },
  { rule: 'P10', title: 'health savings account', facts: { plans: { h: { kind: null, type: 'http://terminology.hl7.org/CodeSystem/v3-ActCode|HSAPOL' }, g: plan } }, order: 'g', excluded: 'h:not-a-plan' },
  { rule: 'P10', title: 'self-pay', facts: { plans: { p: { kind: null, type: 'http://terminology.hl7.org/CodeSystem/coverage-selfpay|pay' }, g: plan } }, order: 'g', excluded: 'p:not-a-plan' },
  { rule: '1.1', title: 'payer kind unknown', facts: { plans: { x: { kind: null, rel: 'self' } } }, asks: ['payer-kind'] },
  { rule: '1.1', title: 'a plan for people with both Medicare and Medicaid is neither by its type', facts: { born, plans: { x: { kind: null, type: 'https://nahdo.org/sopt|14', rel: 'self' } } }, asks: ['payer-kind'] },
  { rule: '1.1', title: 'the more specific of two types', facts: { born, plans: { g: { ...plan, basis: 'retired' }, m: { kind: null, rel: 'self', type: 'https://codesystem.x12.org/005010/1032|MB' } } }, order: 'm g' },
  { rule: '1.1', title: 'two VA coverages do not put each other out', facts: { va: true, plans: { a: { kind: 'va' }, b: { kind: 'va' }, g: plan } }, asks: ['Coverage.period'], excluded: 'g:not-authorized' },
  { rule: '1.1', title: 'nor do two TRICARE coverages of a member on active duty', facts: { plans: { a: { kind: 'tricare', rel: 'self', basis: 'active-duty' }, b: { kind: 'tricare', rel: 'self', basis: 'active-duty' }, mc: medicaid } }, asks: ['Coverage.period'], excluded: 'mc:not-authorized' },
  { rule: '1.1', title: 'two coverages of one program', facts: { plans: { a: medicaid, b: medicaid } }, asks: ['Coverage.period'] },
];
