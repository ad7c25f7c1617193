import type { Facts, RuleCase } from '../builder.js';

const mother = { rel: 'child', by: 'mother', basis: 'active' } as const;
const father = { rel: 'child', by: 'father', basis: 'active' } as const;
const stepmother = { rel: 'child', by: 'stepmother', basis: 'active' } as const;
const stepfather = { rel: 'child', by: 'stepfather', basis: 'active' } as const;
const people: NonNullable<Facts['people']> = {
  mother: { role: 'MTH', born: '1985-06-10' },
  father: { role: 'FTH', born: '1984-09-20' },
  stepmother: { role: 'STPMTH', born: '1986-01-01', partnerOf: 'father' },
  stepfather: { role: 'STPFTH', born: '1980-01-02', partnerOf: 'mother' },
};
const born = { ...people };
const together = { together: true } as const;
const withMother = { together: false, custody: 'mother' } as const;
const decreeOn = (responsible: string, more: object = {}) => ({ ...withMother, decree: { kind: 'one-parent', responsible, known: '2020-01-01', ...more } });
const spouse = { rel: 'spouse', by: 'husband', basis: 'active' } as const;

/** NAIC MDL-120 §6D(2): dependent children. */
export const children: readonly RuleCase[] = [
  { rule: 'N2a', title: 'the year of birth does not count', facts: { people, family: together, plans: { m: mother, f: father } }, order: 'm f' },
  { rule: 'N2a', title: '28 February before 29 February', facts: { people: { ...people, mother: { role: 'MTH', born: '1988-02-29' }, father: { role: 'FTH', born: '1985-02-28' } }, family: together, plans: { m: mother, f: father } }, order: 'f m' },
  { rule: 'N2a', title: 'a birth month is precise enough when the other is in another month', facts: { people: { ...people, mother: { role: 'MTH', born: '1985-06' } }, family: together, plans: { m: mother, f: father } }, order: 'm f' },
  { rule: 'N2a', title: 'a birth month that holds the other birthday is not', facts: { people: { ...people, mother: { role: 'MTH', born: '1985-09' } }, family: together, plans: { m: mother, f: father } }, asks: ['RelatedPerson.birthDate'] },
  { rule: 'N2a', title: 'a parent born on 1 January is first or equal whatever the other’s birthday: only equality is open', facts: { people: { mother: { role: 'MTH', born: '1985-01-01' }, father: { role: 'FTH' } }, family: together, plans: { m: mother, f: { ...father, from: '2012-01-01' } } }, order: 'm f' },
  { rule: 'N2a', title: 'parents who are a couple by partner-of', facts: { people: { mother: { role: 'MTH', born: '1985-06-10', partnerOf: 'father' }, father: { role: 'FTH', born: '1984-02-20' } }, family: {}, plans: { m: mother, f: father } }, order: 'f m' },
  { rule: 'N2a', title: 'nothing said of the family', facts: { people, plans: { m: mother, f: father } }, asks: ['parentsTogether', 'decree', 'custodialParent', 'responsibleParent'] },
  { rule: 'N2b', title: 'same birthday: the plan that has covered its parent longer', facts: { people: { mother: { role: 'MTH', born: '1985-06-10' }, father: { role: 'FTH', born: '1980-06-10' } }, family: together, plans: { m: { ...mother, from: '2012-01-01' }, f: father } }, order: 'f m' },
  { rule: 'N6', title: 'same birthday, same start', facts: { people: { mother: { role: 'MTH', born: '1985-06-10' }, father: { role: 'FTH', born: '1980-06-10' } }, family: together, plans: { m: mother, f: father } }, order: 'f = m' },
  { rule: 'N3', title: 'same birthday and start: active before retired after all', facts: { people: { mother: { role: 'MTH', born: '1985-06-10' }, father: { role: 'FTH', born: '1980-06-10' } }, family: together, plans: { m: mother, f: { ...father, basis: 'retired' } } }, order: 'm f' },
  { rule: 'N5', title: 'two plans of one parent: the longer coverage', facts: { people, family: together, plans: { m1: { ...mother, from: '2012-01-01' }, m2: mother } }, order: 'm2 m1' },
  { rule: 'N5', title: 'two plans of one parent beside the other parent’s', facts: { people, family: together, plans: { m1: { ...mother, from: '2012-01-01' }, f: { ...father, from: '1999-01-01' }, m2: mother } }, order: 'm2 m1 f' },
  { rule: 'N1', title: 'a child with an own plan', facts: { people, family: together, plans: { m: mother, own: { rel: 'self', basis: 'active', from: '2023-01-01' } } }, order: 'own m' },

  { rule: 'N2c', title: 'the responsible parent first, then by custody', facts: { people: born, family: decreeOn('father'), plans: { m: mother, sf: stepfather, f: father, sm: stepmother } }, order: 'f m sf sm' },
  { rule: 'N2c', title: 'the responsible parent has no plan: the present spouse’s', facts: { people: born, family: decreeOn('father'), plans: { m: mother, sf: stepfather, sm: stepmother } }, order: 'sm m sf' },
  { rule: 'N2c', title: 'the responsible parent’s plan has ended: the present spouse’s', facts: { people: born, family: decreeOn('father'), plans: { m: mother, f: { ...father, to: '2024-06-14' }, sm: stepmother } }, order: 'sm m', excluded: 'f:inactive' },
  { rule: 'N2f', title: 'neither the responsible parent nor a spouse has a plan', facts: { people: born, family: decreeOn('father'), plans: { m: mother, sf: stepfather } }, order: 'm sf' },
  { rule: 'N2c', title: 'a decree that the plans did not know yet does not bind them', facts: { on: '2019-12-31', people: born, family: decreeOn('father'), plans: { m: mother, f: father } }, order: 'm f' },
  { rule: 'N2c', title: 'on the day they know it, it does', facts: { on: '2020-01-01', people: born, family: decreeOn('father'), plans: { m: mother, f: father } }, order: 'f m' },
  { rule: 'N2c', title: 'since when they know it is not stated: they are taken to', facts: { people: born, family: decreeOn('father', { known: undefined }), plans: { m: mother, f: father } }, order: 'f m' },
  { rule: 'N2c', title: 'whom the decree makes responsible is not stated', facts: { people: born, family: { ...withMother, decree: { kind: 'one-parent' } }, plans: { m: mother, f: father } }, asks: ['responsibleParent'] },
  { rule: 'N2c', title: 'what the decree says is not stated, and custody and birthday agree only in part', facts: { people: born, family: { ...withMother, decree: {} }, plans: { m: mother, f: father } }, asks: ['decree', 'responsibleParent'] },
  { rule: 'N2d', title: 'both parents responsible: birthday, not custody', facts: { people: born, family: { together: false, custody: 'father', decree: { kind: 'both-parents', known: '2020-01-01' } }, plans: { m: mother, f: father } }, order: 'm f' },
  { rule: 'N2e', title: 'joint custody, silent on health care: birthday', facts: { people: born, family: { together: false, decree: { kind: 'joint-custody-silent', known: '2020-01-01' } }, plans: { m: mother, f: father } }, order: 'm f' },
  { rule: 'N5', title: 'a step-parent is not a parent to the birthday rule', facts: { people: born, family: { together: false, decree: { kind: 'both-parents', known: '2020-01-01' } }, plans: { sf: { ...stepfather, from: '2019-01-01' }, m: mother, f: father } }, order: 'm f sf' },

  { rule: 'N2f', title: 'custody with the father, both remarried', facts: { people: born, family: { together: false, custody: 'father' }, plans: { m: mother, sf: stepfather, f: father, sm: stepmother } }, order: 'f sm m sf' },
  { rule: 'N2f', title: 'a parent goes before the own spouse whoever has custody', facts: { people: born, family: { together: false }, plans: { sf: stepfather, m: mother } }, order: 'm sf' },
  { rule: 'N2f', title: 'a step-parent of whom the partner is not stated', facts: { people: { ...born, stepfather: { role: 'STPFTH' } }, family: withMother, plans: { sf: stepfather, f: father } }, asks: ['partner-of'] },
  { rule: 'N2f', title: 'the custodial parent without a plan: the spouse’s before the other parent’s', facts: { people: born, family: withMother, plans: { f: father, sf: stepfather } }, order: 'sf f' },

  { rule: 'N2g', title: 'two grandparents who are a couple: birthday', facts: { people: { grandma: { role: 'GRMTH', born: '1950-11-01', partnerOf: 'grandpa' }, grandpa: { role: 'GRFTH', born: '1948-03-01' } }, family: { together: false }, plans: { a: { rel: 'other', by: 'grandma', basis: 'retired' }, b: { rel: 'other', by: 'grandpa', basis: 'retired' } } }, order: 'b a' },
  { rule: 'N2g', title: 'a guardian with custody before a grandparent', facts: { people: { aunt: { role: 'AUNT', born: '1980-11-01' }, grandpa: { role: 'GRFTH', born: '1948-03-01' } }, family: { together: false, custody: 'aunt' }, plans: { a: { rel: 'child', by: 'aunt', basis: 'active' }, b: { rel: 'child', by: 'grandpa', basis: 'active' } } }, order: 'a b' },
  { rule: 'N2g', title: 'a guardian whom a decree makes responsible', facts: { people: { aunt: { role: 'AUNT' }, grandpa: { role: 'GRFTH' } }, family: { together: false, decree: { kind: 'one-parent', responsible: 'grandpa', known: '2020-01-01' } }, plans: { a: { rel: 'child', by: 'aunt', basis: 'active' }, b: { rel: 'child', by: 'grandpa', basis: 'active' } } }, order: 'b a' },

  { rule: 'N2h', title: 'the spouse’s plan when it is older', facts: { people: { ...people, husband: { role: 'HUSB', born: '1999-01-01' } }, plans: { m: { ...mother, from: '2020-01-01' }, s: spouse } }, order: 's m' },
  { rule: 'N2h', title: 'a retired parent’s older plan before an active spouse’s', facts: { people: { ...people, husband: { role: 'HUSB', born: '1999-01-01' } }, plans: { m: { ...mother, basis: 'retired' }, s: { ...spouse, from: '2020-01-01' } } }, order: 'm s' },
  { rule: 'N2h', title: 'same start: birthdays of parent and spouse', facts: { people: { ...people, husband: { role: 'HUSB', born: '1999-06-09' } }, plans: { m: mother, s: spouse } }, order: 's m' },
  { rule: 'N2h', title: 'by setting, the spouse’s plan first', facts: { settings: { marriedChild: 'spouse-first' }, people: { ...people, husband: { role: 'HUSB' } }, plans: { m: mother, s: { ...spouse, from: '2023-01-01' } } }, order: 's m' },
  { rule: 'N7', title: 'a circle of the birthday rule and N2h: the plans must say', facts: { people: { mother: { role: 'MTH', born: '1985-06-10' }, father: { role: 'FTH', born: '1984-09-20' }, husband: { role: 'HUSB' } }, family: together, plans: { m: { ...mother, from: '2010-01-01' }, f: { ...father, from: '2000-01-01' }, s: { ...spouse, from: '2005-01-01' } } }, asks: ['Coverage.order', 'Coverage.order', 'Coverage.order'] },
  { rule: 'N10', title: 'an old plan text with the gender rule is pointed at', facts: { people, family: together, plans: { m: mother, f: father } }, order: 'm f' },
];
