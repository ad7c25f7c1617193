/**
 * Every rule of the order of benefits, by its id. `source`: `read` in the cited text, `quoted` in sourced notes, or
 * `recalled` from the regulation or manual and shown as unverified. `part`: it `orders` two coverages, `excludes` one, is
 * a `note` in the trace (the data that would decide it have no element), or is decided `elsewhere`.
 */
interface Rule {
  readonly title: string;
  readonly citation: string;
  readonly source: 'read' | 'quoted' | 'recalled';
  readonly part: 'orders' | 'excludes' | 'note' | 'elsewhere';
}

export const RULES = {
  '1.1': { title: 'a fact is asked for only if it would change the order', citation: 'Cobalt, order of benefits', source: 'read', part: 'note' },
  '1.5': { title: 'only coverage in force on the date of service, and only for the kind of service it covers', citation: 'NAIC MDL-120 §6A', source: 'recalled', part: 'excludes' },

  N0: { title: 'a plan without a coordination provision goes first', citation: 'NAIC MDL-120 §6B', source: 'recalled', part: 'orders' },
  N1: { title: 'the plan that covers the patient as subscriber goes before the one that covers the patient as dependent', citation: 'NAIC MDL-120 §6D(1)(a); SDCL 58-18A-69', source: 'read', part: 'orders' },
  N1M: { title: 'reversed where Medicare stands between the two: dependent plan, Medicare, own plan', citation: 'NAIC MDL-120 §6D(1)(b); SDCL 58-18A-69', source: 'read', part: 'orders' },
  N2a: { title: 'parents together: the plan of the parent whose birthday comes earlier in the year', citation: 'NAIC MDL-120 §6D(2)(a)', source: 'read', part: 'orders' },
  N2b: { title: 'same birthday: the plan that has covered its parent longer', citation: 'NAIC MDL-120 §6D(2)(a)', source: 'read', part: 'orders' },
  N2c: { title: 'a court decree makes one parent responsible: that parent’s plan, or else the plan of that parent’s spouse', citation: 'NAIC MDL-120 §6D(2)(b)(i)', source: 'quoted', part: 'orders' },
  N2d: { title: 'a decree makes both parents responsible: the birthday rule', citation: 'NAIC MDL-120 §6D(2)(b)(ii)', source: 'quoted', part: 'orders' },
  N2e: { title: 'a decree gives joint custody and is silent on health care: the birthday rule', citation: 'NAIC MDL-120 §6D(2)(b)(iii)', source: 'read', part: 'orders' },
  N2f: { title: 'no decree on responsibility: custodial parent, custodial parent’s spouse, other parent, other parent’s spouse', citation: 'NAIC MDL-120 §6D(2)(b)(iv)', source: 'read', part: 'orders' },
  N2g: { title: 'plans of persons who are not the parents: as if they were', citation: 'NAIC MDL-120 §6D(2)(c)', source: 'recalled', part: 'orders' },
  N2h: { title: 'a child who is also on the own spouse’s plan: the longer coverage, then the birthday rule', citation: 'NAIC MDL-120 (2013) §6D(2)(d)', source: 'recalled', part: 'orders' },
  N3: { title: 'active employment before retirement or lay-off', citation: 'NAIC MDL-120 §6D(3)', source: 'read', part: 'orders' },
  N4: { title: 'continuation coverage (COBRA or state) after any other', citation: 'NAIC MDL-120 §6D(4)', source: 'read', part: 'orders' },
  N5: { title: 'the plan that has covered the patient longer', citation: 'NAIC MDL-120 §6D(5)', source: 'read', part: 'orders' },
  N6: { title: 'no rule decides: the plans share equally', citation: 'NAIC MDL-120 §6D(6)', source: 'recalled', part: 'orders' },
  N7: { title: 'more than two plans: the rules apply pair by pair', citation: 'NAIC MDL-120 §6A(4)', source: 'recalled', part: 'note' },
  N8: { title: 'closed panel not used: the secondary pays as if it were primary', citation: 'NAIC MDL-120 §6A', source: 'recalled', part: 'note' },
  N9: { title: 'medical plan before dental plan where both cover the service', citation: 'ADA guidance on coordination of benefits', source: 'read', part: 'orders' },
  N10: { title: 'an old plan text may still hold the gender rule', citation: 'superseded by NAIC MDL-120 §6D(2)', source: 'read', part: 'note' },

  M1: { title: 'working aged: plan by own or spouse’s current employment with 20 or more employees before Medicare', citation: '42 USC 1395y(b)(1)(A)', source: 'read', part: 'orders' },
  M1x: { title: 'multi-employer plan: one employer with 20 or more brings in all, unless the small-employer exception was elected', citation: '42 USC 1395y(b)(1)(A)(iii)', source: 'read', part: 'orders' },
  M2: { title: 'disability under 65: plan by current employment with 100 or more employees before Medicare', citation: '42 CFR 411.101, 411.204', source: 'quoted', part: 'orders' },
  CES: { title: 'employer disability pay keeps current employment status for six months only', citation: '42 CFR 411.104', source: 'quoted', part: 'orders' },
  M3: { title: 'end-stage renal disease: the plan first for 30 months, however it is held', citation: '42 USC 1395y(b)(1)(C)', source: 'quoted', part: 'orders' },
  M3d: { title: 'Medicare that was lawfully primary when renal disease began stays primary', citation: '42 CFR 411.163(b)(4)', source: 'quoted', part: 'orders' },
  M4: { title: 'coverage that is not held by current employment comes after Medicare', citation: '42 CFR 411.108(b)(2)', source: 'quoted', part: 'orders' },
  M5: { title: 'workers’ compensation first for the work injury', citation: '42 CFR 411.45', source: 'read', part: 'orders' },
  M6: { title: 'no-fault insurance first for the accident', citation: '42 CFR 411.53', source: 'read', part: 'orders' },
  M7: { title: 'liability insurance before the health coverage', citation: '42 CFR 411.50–411.54', source: 'recalled', part: 'orders' },
  M8: { title: 'Federal Black Lung Program first for the covered lung disease', citation: '30 USC 901; 42 CFR 411.40', source: 'recalled', part: 'orders' },
  M9: { title: 'VA alone where it authorised the service, not at all where it did not', citation: '42 CFR 411.6–411.8', source: 'recalled', part: 'excludes' },
  M10: { title: 'services furnished or paid by another federal agency', citation: '42 CFR 411.6', source: 'recalled', part: 'elsewhere' },
  M11: { title: 'small employer: Medicare first', citation: '42 USC 1395y(b)(1)(A)(ii)', source: 'read', part: 'orders' },
  M12: { title: 'working aged reaches own and spouse’s employment only: Medicare first for others', citation: '42 CFR 411.170', source: 'recalled', part: 'orders' },
  M13: { title: 'members of religious orders under a vow of poverty, and volunteers: Medicare first', citation: '42 USC 1395y(b)(1)(D)', source: 'recalled', part: 'note' },
  M14: { title: 'Part B not taken: a plan behind Medicare may pay as if Part B had paid', citation: 'plan text', source: 'read', part: 'note' },
  M15: { title: 'Medicare Advantage stands in Medicare’s place', citation: '42 CFR 422.108', source: 'recalled', part: 'excludes' },
  M16: { title: 'Medicare may pay towards the copayment of a primary HMO (value code 44)', citation: 'CMS Pub 100-05 ch. 5', source: 'recalled', part: 'note' },

  P1: { title: 'Medicaid after all third parties', citation: '42 CFR 433.139(b)', source: 'read', part: 'orders' },
  P1a: { title: 'pay and chase: Medicaid may be billed first for preventive pediatric care and child-support-enforced coverage', citation: '42 USC 1396a(a)(25)(E), (F)', source: 'read', part: 'note' },
  P1b: { title: 'programs that pay after Medicaid', citation: 'CMS COB/TPL Handbook 2020', source: 'recalled', part: 'orders' },
  P2: { title: 'TRICARE after all other insurance; for a member on active duty TRICARE only', citation: 'TRICARE Reimbursement Manual ch. 4 §1', source: 'read', part: 'orders' },
  P3: { title: 'TRICARE for Life: Medicare, other insurance, TRICARE', citation: 'TRICARE Reimbursement Manual ch. 4 §4', source: 'read', part: 'orders' },
  P4: { title: 'CHAMPVA after all but Medicaid and what comes after it; never with TRICARE', citation: '38 USC 1781; 38 CFR 17.270–17.278', source: 'recalled', part: 'orders' },
  P5: { title: 'federal employees: the plan of an employee before Medicare, the plan of an annuitant after it', citation: '5 USC ch. 89; 42 USC 1395y(b)', source: 'read', part: 'orders' },
  P6: { title: 'Medigap directly after Medicare, never without it', citation: '42 USC 1395ss', source: 'recalled', part: 'orders' },
  P7: { title: 'Indian Health Service is the payer of last resort', citation: '42 CFR 136.61', source: 'recalled', part: 'orders' },
  P8: { title: 'hospital indemnity, accident, specified disease and long-term care policies are not coordinated', citation: 'NAIC MDL-120 §3', source: 'recalled', part: 'excludes' },
  P9: { title: 'automobile medical payments and “excess only” policies: state and policy text decide', citation: 'Wis. Adm. Code Ins 3.40(18)', source: 'quoted', part: 'note' },
  P10: { title: 'spending accounts, charity and self-pay are not coverage', citation: 'CARC 187; CMS GHP guide', source: 'recalled', part: 'excludes' },
  P11: { title: 'two high-deductible plans with a health savings account: the primary deductible is no allowable expense', citation: 'NAIC MDL-120 §3A(2)', source: 'recalled', part: 'elsewhere' },
  P12: { title: 'individual policies coordinate since the 2005 NAIC text; older state texts bind group plans only', citation: 'NAIC MDL-120 (2005) §3', source: 'recalled', part: 'excludes' },
} as const satisfies Readonly<Record<string, Rule>>;

/** Ids of `domain/cob-rules.md` §1; `1.1` and `1.5` are its sections without rows. */
export type RuleId = keyof typeof RULES;

/** The citation as it is shown, with its mark when nobody re-read the text. */
export function citationOf(id: RuleId): string {
  const { citation, source } = RULES[id];
  return source === 'recalled' ? `${citation} (unverified)` : citation;
}
