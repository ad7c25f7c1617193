import type { PlanFacts, RuleCase } from '../builder.js';

const byAge = { kind: 'medicare', rel: 'self', medicare: { by: ['age'] }, from: '2020-01-01' } as const satisfies PlanFacts;
const byDisability = { kind: 'medicare', rel: 'self', medicare: { by: ['disability'] }, from: '2020-01-01' } as const satisfies PlanFacts;
const work = { rel: 'self', basis: 'active', multi: false } as const;
const aged = '1954-01-10';
const young = '1974-01-10';
/** Medicare by renal disease from 2022-01: month 30 is 2024-06. */
const byEsrd = { kind: 'medicare', rel: 'self', medicare: { by: ['esrd'], esrd: '2022-01-01' }, from: '2022-01-01' } as const satisfies PlanFacts;

const federalPlan = 'https://nahdo.org/sopt|391';

/** Medicare secondary payer, 42 USC 1395y(b). */
export const medicare: readonly RuleCase[] = [
  { rule: 'M11', title: 'aged, 19 employees', facts: { born: aged, plans: { g: { ...work, size: 19 }, m: byAge } }, order: 'm g' },
  { rule: 'M1', title: 'aged, 20 employees', facts: { born: aged, plans: { g: { ...work, size: 20 }, m: byAge } }, order: 'g m' },
  { rule: 'M1', title: 'aged, a spouse’s employment, 20 employees', facts: { born: aged, plans: { g: { ...work, rel: 'spouse', size: 20 }, m: byAge } }, order: 'g m' },
  { rule: 'M11', title: 'disabled, 99 employees', facts: { born: young, plans: { g: { ...work, size: 99 }, m: byDisability } }, order: 'm g' },
  { rule: 'M2', title: 'disabled, 100 employees', facts: { born: young, plans: { g: { ...work, size: 100 }, m: byDisability } }, order: 'g m' },
  { rule: 'M2', title: 'disabled adult child on a parent’s plan: any family member’s employment', facts: { born: young, plans: { g: { ...work, rel: 'child', size: 100 }, m: byDisability } }, order: 'g m' },
  { rule: 'M2', title: 'disabled, multi-employer: an election does not matter', facts: { born: young, plans: { g: { ...work, size: 12, multi: true, largest: 100, elected: true }, m: byDisability } }, order: 'g m' },
  { rule: 'M1', title: 'entitled by disability, now 65: the rule of the aged', facts: { born: '1959-06-30', plans: { g: { ...work, size: 50 }, m: byDisability } }, order: 'g m' },
  { rule: 'M11', title: 'entitled by disability, 65 next month: the rule of the disabled', facts: { born: '1959-07-02', plans: { g: { ...work, size: 50 }, m: byDisability } }, order: 'm g' },
  { rule: 'M1', title: 'born on the first: 65 for Medicare a month earlier', facts: { born: '1959-07-01', plans: { g: { ...work, size: 50 }, m: byDisability } }, order: 'g m' },
  { rule: 'M2', title: 'entitled by disability, birth date unknown, 50 employees', facts: { plans: { g: { ...work, size: 50 }, m: byDisability } }, asks: ['Patient.birthDate'] },
  { rule: 'M2', title: 'entitled by disability, birth date unknown, 100 employees: it does not matter', facts: { plans: { g: { ...work, size: 100 }, m: { ...byDisability } } , born: young }, order: 'g m' },
  { rule: 'M1', title: 'no reason stated, aged: by age', facts: { born: aged, plans: { g: { ...work, size: 20 }, m: { kind: 'medicare', rel: 'self', from: '2020-01-01' } } }, order: 'g m' },
  { rule: 'M2', title: 'no reason stated, under 65', facts: { born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { kind: 'medicare', rel: 'self', from: '2023-01-01' } } }, asks: ["'reason'", 'esrdCoordinationStart'] },
  { rule: 'M4', title: 'no reason stated, under 65, Medicare for more than 30 months: retiree plan second in any case', facts: { born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { kind: 'medicare', rel: 'self', from: '2021-12-01' } } }, order: 'm g' },
  { rule: 'M2', title: 'a reason that the age contradicts is no reason', facts: { born: young, plans: { g: { ...work, size: 50 }, m: { ...byAge, from: '2023-06-01' } } }, asks: ["'reason'", 'esrdCoordinationStart'] },

  { rule: 'M1x', title: 'multi-employer, small employer, no election: the plan first', facts: { born: aged, plans: { g: { ...work, size: 9, multi: true, largest: 20, elected: false }, m: byAge } }, order: 'g m' },
  { rule: 'M1x', title: 'multi-employer, small employer, election: Medicare first', facts: { born: aged, plans: { g: { ...work, size: 9, multi: true, largest: 20, elected: true }, m: byAge } }, order: 'm g' },
  { rule: 'M11', title: 'multi-employer, none of 20', facts: { born: aged, plans: { g: { ...work, size: 9, multi: true, largest: 19 }, m: byAge } }, order: 'm g' },
  { rule: 'M11', title: 'multi-employer, the largest of 19: the own size need not be known', facts: { born: aged, plans: { g: { ...work, multi: true, largest: 19 }, m: byAge } }, order: 'm g' },
  { rule: 'M1x', title: 'multi-employer without election: the own size need not be known', facts: { born: aged, plans: { g: { ...work, multi: true, largest: 300, elected: false }, m: byAge } }, order: 'g m' },
  { rule: 'M1x', title: 'small employer, not stated whether of several', facts: { born: aged, plans: { g: { rel: 'self', basis: 'active', size: 9 }, m: byAge } }, asks: ['multiEmployer', 'largestEmployerSize', 'smallEmployerElection'] },
  { rule: 'M1', title: 'large employer, not stated whether of several: it does not matter', facts: { born: aged, plans: { g: { rel: 'self', basis: 'active', size: 20 }, m: byAge } }, order: 'g m' },
  { rule: 'M2', title: 'size unknown, disabled, one employer', facts: { born: young, plans: { g: work, m: byDisability } }, asks: ['employerSize'] },

  { rule: 'M1', title: 'sixth month of employer disability pay', facts: { born: aged, plans: { g: { ...work, size: 500, disabilityPay: '2024-01-01' }, m: byAge }, on: '2024-06-30' }, order: 'g m' },
  { rule: 'CES', title: 'seventh month of employer disability pay', facts: { born: aged, plans: { g: { ...work, size: 500, disabilityPay: '2024-01-01' }, m: byAge }, on: '2024-07-01' }, order: 'm g' },
  { rule: 'CES', title: 'pay began within a month: the seventh month depends on the last day of work', facts: { born: aged, plans: { g: { ...work, size: 500, disabilityPay: '2024-01-15' }, m: byAge }, on: '2024-07-10' }, asks: ['disabilityPayFrom'] },
  { rule: 'CES', title: 'pay began within a month: the eighth does not', facts: { born: aged, plans: { g: { ...work, size: 500, disabilityPay: '2024-01-15' }, m: byAge }, on: '2024-08-01' }, order: 'm g' },
  { rule: 'M1', title: 'disability pay begins after the service', facts: { born: aged, plans: { g: { ...work, size: 500, disabilityPay: '2024-07-01' }, m: byAge } }, order: 'g m' },
  { rule: 'CES', title: 'laid off: does the subscriber retain employment rights?', facts: { born: aged, plans: { g: { rel: 'self', basis: 'laid-off', size: 500 }, m: byAge } }, asks: ["'basis'"] },
  { rule: 'CES', title: 'laid off and on social security disability', facts: { born: young, plans: { g: { rel: 'self', basis: 'laid-off', size: 500 }, m: byDisability } }, order: 'm g' },
  { rule: 'CES', title: 'on social security disability, on the plan of a spouse who is laid off: the spouse’s rights', facts: { born: young, plans: { g: { rel: 'spouse', basis: 'laid-off', size: 500 }, m: byDisability } }, asks: ["'basis'"] },
  { rule: 'M11', title: 'laid off from a small employer: it does not matter', facts: { born: aged, plans: { g: { rel: 'self', basis: 'laid-off', size: 5, multi: false }, m: byAge } }, order: 'm g' },

  { rule: 'M3', title: 'last day of month 30', facts: { on: '2024-06-30', born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: byEsrd } }, order: 'g m' },
  { rule: 'M3', title: 'first day of month 31', facts: { on: '2024-07-01', born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: byEsrd } }, order: 'm g' },
  { rule: 'M3', title: 'after the period Medicare is first even for who still works', facts: { on: '2024-07-01', born: young, plans: { g: { ...work, size: 5000 }, m: byEsrd } }, order: 'm g' },
  { rule: 'M3', title: 'any size, COBRA, held by a domestic partner', facts: { born: young, people: { p: { role: 'DOMPART' } }, plans: { g: { rel: 'other', by: 'p', basis: 'cobra', size: 3, multi: false }, m: byEsrd } }, order: 'g m' },
  { rule: 'M3', title: 'the length of the period is a parameter', facts: { on: '1996-03-01', born: '1930-01-01', plans: { g: { ...work, size: 100, from: '1980-01-01' }, m: { ...byEsrd, from: '1994-09-01', medicare: { by: ['esrd'], esrd: '1994-09-01', months: 18 } } } }, order: 'm g' },
  { rule: 'M3', title: 'start unknown, Medicare for 30 whole months: still open', facts: { on: '2024-06-30', born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, medicare: { by: ['esrd'] } } } }, asks: ['esrdCoordinationStart'] },
  { rule: 'M3', title: 'start unknown, Medicare for 31 months: the period is over', facts: { on: '2024-07-01', born: young, plans: { g: { ...work, size: 5000 }, m: { ...byEsrd, medicare: { by: ['esrd'] } } } }, order: 'm g' },
  { rule: 'M3', title: 'start known to the year, and all of it in the period', facts: { born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, medicare: { by: ['esrd'], esrd: '2022' } } } }, order: 'g m' },
  { rule: 'M3', title: 'start known to the year, and part of it in the period', facts: { on: '2024-08-01', born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, from: '2022-12-01', medicare: { by: ['esrd'], esrd: '2022' } } } }, asks: ['esrdCoordinationStart'] },
  { rule: 'M3', title: 'start known to the year, and no later than Medicare', facts: { on: '2024-08-01', born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, medicare: { by: ['esrd'], esrd: '2022' } } } }, order: 'm g' },
  { rule: 'M3', title: 'a start after the service can’t be right where renal disease is the only reason', facts: { born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, medicare: { by: ['esrd'], esrd: '2024-09-01' } } } }, asks: ['esrdCoordinationStart'] },
  { rule: 'M4', title: 'renal disease that begins after the service does not count beside age', facts: { born: aged, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byAge, medicare: { by: ['age', 'esrd'], esrd: '2024-09-01' } } } }, order: 'm g' },
  { rule: 'M3d', title: 'Medicare was primary when renal disease began: it stays', facts: { born: aged, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byAge, medicare: { by: ['age', 'esrd'], esrd: '2023-09-01', before: true } } } }, order: 'm g' },
  { rule: 'M3d', title: 'was Medicare primary when renal disease began?', facts: { born: aged, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byAge, medicare: { by: ['age', 'esrd'], esrd: '2023-09-01' } } } }, asks: ['primaryBeforeEsrd'] },
  { rule: 'M3', title: 'renal disease is the only reason, though Medicare is recorded from before: there was no other to be primary by', facts: { plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, from: '2019-01-01' } } }, order: 'g m' },
  { rule: 'M3', title: '65 only after renal disease began: Medicare cannot have been primary', facts: { born: '1958-12-05', plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byAge, medicare: { by: ['age', 'esrd'], esrd: '2023-09-01' } } } }, order: 'g m' },
  { rule: 'M3', title: 'Medicare began with renal disease: it cannot have been primary', facts: { born: young, plans: { g: { rel: 'self', basis: 'retired' }, m: { ...byEsrd, medicare: { by: ['disability', 'esrd'], esrd: '2022-01-01' } } } }, order: 'g m' },

  { rule: 'M4', title: 'retiree plan of a large employer', facts: { born: aged, plans: { g: { rel: 'self', basis: 'retired', size: 9000 }, m: byAge } }, order: 'm g' },
  { rule: 'M4', title: 'COBRA of a large employer, disabled', facts: { born: young, plans: { g: { rel: 'self', basis: 'cobra', size: 9000 }, m: byDisability } }, order: 'm g' },
  { rule: 'M4', title: 'an individual policy is no group health plan', facts: { born: aged, plans: { i: { kind: 'individual', rel: 'self' }, m: byAge } }, order: 'm i' },
  { rule: 'M4', title: 'basis unknown', facts: { born: aged, plans: { g: { rel: 'self', size: 500 }, m: byAge } }, asks: ["'basis'"] },
  { rule: 'M11', title: 'basis unknown at a small employer: it does not matter', facts: { born: aged, plans: { g: { rel: 'self', size: 5, multi: false }, m: byAge } }, order: 'm g' },
  { rule: 'M12', title: 'domestic partner of a worker, coded spouse on the coverage', facts: { born: aged, people: { p: { role: 'DOMPART' } }, plans: { g: { ...work, rel: 'spouse', by: 'p', size: 500 }, m: byAge } }, order: 'm g' },
  { rule: 'M12', title: 'former spouse', facts: { born: aged, people: { p: { role: 'FMRSPS' } }, plans: { g: { ...work, rel: 'other', by: 'p', size: 500 }, m: byAge } }, order: 'm g' },
  { rule: 'M12', title: 'parent of a worker', facts: { born: '1934-01-01', plans: { g: { ...work, rel: 'parent', size: 500 }, m: byAge } }, order: 'm g' },
  { rule: 'M2', title: 'disabled domestic partner: a family member', facts: { born: young, people: { p: { role: 'DOMPART' } }, plans: { g: { ...work, rel: 'other', by: 'p', size: 500 }, m: byDisability } }, order: 'g m' },
  { rule: 'M13', title: 'vow of poverty and volunteers are pointed at', facts: { born: aged, plans: { g: { ...work, size: 20 }, m: byAge } }, order: 'g m' },
  { rule: 'M14', title: 'Part B is pointed at', facts: { born: aged, plans: { g: { rel: 'self', basis: 'retired' }, m: byAge } }, order: 'm g' },
  { rule: 'M15', title: 'Medicare Advantage in the place of Medicare', facts: { born: aged, plans: { g: { rel: 'self', basis: 'retired' }, ma: { ...byAge, kind: 'medicare-advantage' }, m: byAge } }, order: 'ma g', excluded: 'm:not-authorized' },
  { rule: 'M16', title: 'an HMO before Medicare', facts: { born: aged, plans: { g: { ...work, size: 20, type: 'http://terminology.hl7.org/CodeSystem/v3-ActCode|HMO' }, m: byAge } }, order: 'g m' },

  { rule: 'N1M', title: 'own COBRA, Medicare, plan of a working spouse', facts: { born: aged, plans: { own: { rel: 'self', basis: 'cobra' }, m: byAge, spouse: { ...work, rel: 'spouse', size: 20 } } }, order: 'spouse m own' },
  { rule: 'N1', title: 'no reversal when Medicare is first of all', facts: { born: aged, plans: { own: { rel: 'self', basis: 'retired' }, m: byAge, spouse: { ...work, rel: 'spouse', size: 19 } } }, order: 'm own spouse' },
  { rule: 'N1', title: 'no reversal when Medicare is last of all', facts: { born: aged, plans: { own: { ...work, size: 20 }, m: byAge, spouse: { ...work, rel: 'spouse', size: 20 } } }, order: 'own spouse m' },
  { rule: 'N1M', title: 'the reversal holds with Medicare Advantage and Medicaid', facts: { born: aged, plans: { own: { rel: 'self', basis: 'retired' }, ma: { ...byAge, kind: 'medicare-advantage' }, spouse: { ...work, rel: 'spouse', size: 20 }, mc: { kind: 'medicaid', rel: 'self' } } }, order: 'spouse ma own mc' },
  { rule: 'N7', title: 'a circle that N0 makes is not reversed', facts: { born: aged, plans: { own: { rel: 'self', basis: 'retired', provision: false }, m: byAge, spouse: { ...work, rel: 'spouse', size: 20 } } }, asks: ['Coverage.order', 'Coverage.order', 'Coverage.order'] },

  { rule: 'P5', title: 'federal employee: the government is a large employer', facts: { born: aged, plans: { fehb: { rel: 'self', basis: 'active', type: federalPlan }, m: byAge } }, order: 'fehb m' },
  { rule: 'P5', title: 'federal employee, disabled', facts: { born: young, plans: { fehb: { rel: 'self', basis: 'active', type: federalPlan }, m: byDisability } }, order: 'fehb m' },
  { rule: 'P5', title: 'federal annuitant', facts: { born: aged, plans: { fehb: { rel: 'self', basis: 'retired', type: 'https://codesystem.x12.org/005010/1032|FI' }, m: byAge } }, order: 'm fehb' },
  { rule: 'P5', title: 'federal annuitant with the plan of a working spouse', facts: { born: aged, plans: { fehb: { rel: 'self', basis: 'retired', type: federalPlan }, m: byAge, spouse: { ...work, rel: 'spouse', size: 450 } } }, order: 'spouse m fehb' },
];
