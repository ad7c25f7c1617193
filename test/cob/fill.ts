import type { Facts, PlanFacts } from './builder.js';

/** Picks one of some values; the same picks for the same seed. */
type Pick = <T>(...values: readonly T[]) => T;

function picker(seed: number): Pick {
  let state = seed >>> 0;
  return (...values) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return values[(state >>> 16) % values.length]!;
  };
}

/** The same facts with one possible value for each that is not stated: what a person who asked could come back with. */
export function fillIn(facts: Facts, seed: number): Facts {
  const pick = picker(seed);
  const entries = Object.entries(facts.plans);
  const reasons = entries.flatMap(([, { kind, medicare }]) => (isMedicare(kind) ? (medicare?.by ?? []) : []));
  const born = facts.born ?? (reasons.includes('age') ? '1950-03-03' : pick('1950-03-03', '1990-03-03'));
  return {
    ...facts,
    cause: facts.cause === 'unknown' ? pick('none', 'employment', 'auto', 'other-accident') : (facts.cause ?? 'none'),
    va: facts.va ?? pick(true, false),
    born: exact(born, pick),
    family: fillFamily(facts.family, pick),
    people: Object.fromEntries(Object.entries(facts.people ?? {}).map(([key, person]) => [key, {
      ...person,
      born: person.born ? exact(person.born, pick) : `1985-${pick('01', '02', '07', '12')}-${pick('01', '15', '28')}`,
      ...(person.role?.startsWith('STP') ? { partnerOf: person.partnerOf ?? pick('mother', 'father') } : {}),
    }])),
    plans: Object.fromEntries(entries.map(([id, plan]) => [id, fillPlan(plan, born, pick)])),
  };
}

const isMedicare = (kind: PlanFacts['kind']): boolean => kind === 'medicare' || kind === 'medicare-advantage';

/** A day of a year or month that is all that is stated. */
const exact = (date: string, pick: Pick): string =>
  date.length === 4 ? `${date}-${pick('01', '06', '12')}-${pick('01', '15', '28')}` : date.length === 7 ? `${date}-${pick('01', '15', '28')}` : date;

function fillFamily(family: Facts['family'], pick: Pick): Facts['family'] {
  const together = family?.together ?? pick(true, false);
  const decree: NonNullable<Facts['family']>['decree'] = family ? family.decree : together ? undefined : pick(undefined, { known: '2020-01-01' });
  return {
    together,
    custody: family?.custody ?? pick('mother', 'father'),
    ...(decree ? { decree: { ...decree, kind: decree.kind ?? pick('one-parent', 'both-parents', 'joint-custody-silent'), responsible: decree.responsible ?? pick('mother', 'father') } } : {}),
  };
}

function fillPlan(plan: PlanFacts, born: string, pick: Pick): PlanFacts {
  const kind = plan.kind === null ? pick('group-health', 'medicaid', 'workers-comp', 'medicare', 'non-coordinating') : plan.kind;
  const size = plan.size ?? Math.min(pick(3, 19, 20, 99, 100, 5000), plan.largest ?? 5000);
  return {
    ...plan,
    kind,
    ...(plan.rel || plan.by ? {} : { rel: pick('self', 'spouse', 'child', 'other') }),
    ...(kind === 'group-health' ? { basis: plan.basis ?? pick('active', 'retired', 'laid-off', 'cobra', 'none') } : {}),
    ...(kind === 'tricare' ? { basis: plan.basis ?? pick('active-duty', 'retired', 'active') } : {}),
    size,
    multi: plan.multi ?? pick(true, false),
    largest: plan.largest ?? Math.max(size, pick(19, 20, 100)),
    elected: plan.elected ?? pick(true, false),
    ...(plan.from ? { from: exact(plan.from, pick) } : plan.since ? {} : { from: pick('1999-01-01', '2010-01-01', '2015-06-01', '2024-06-15', '2024-06-16') }),
    ...(plan.since ? { since: exact(plan.since, pick) } : {}),
    ...(isMedicare(kind) ? { medicare: fillEntitlement(plan, born, pick) } : {}),
  };
}

/** Reasons that the age allows; a start of renal disease no later than Medicare. */
function fillEntitlement({ medicare, from }: PlanFacts, born: string, pick: Pick): PlanFacts['medicare'] {
  const aged = born < '1959-06';
  const believable = (medicare?.by ?? []).filter((reason) => aged || reason !== 'age');
  const by: readonly ('age' | 'disability' | 'esrd')[] = believable.length > 0 ? believable : [aged ? 'age' : pick('disability', 'esrd')];
  const begins = from && from <= '2024-06-15' ? from : '2024-01-01';
  return { ...medicare, by, ...(by.includes('esrd') && !medicare?.esrd ? { esrd: pick('2015-01-01', exact(begins, pick)) } : {}) };
}
