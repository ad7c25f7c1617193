import type { EntitlementReason } from './coverage-facts.js';
import { agedMonth, EARLIEST_DAY, isAged, monthOf, representatives } from './dates.js';
import { COVERAGE_EXTENSION, type World } from './plan-questions.js';
import type { Plan } from './situation.js';

/** Why the patient has Medicare on the date of service: by age or disability (`other`), by renal disease (`esrd`), or both. */
export interface Entitlement {
  readonly other: 'age' | 'disability' | undefined;
  readonly esrd: boolean;
}

export function entitlement(world: World, medicare: Plan): Entitlement {
  const { situation, ask } = world;
  const aged = isAged(situation.birth, situation.day);
  const { reasons } = medicare.medicare;
  const stated = reasons.filter((reason) => !(reason === 'age' && aged === false));
  if (stated.length === 0) {
    const possible: readonly EntitlementReason[] = aged === true ? ['age'] : aged === false ? ['disability', 'esrd'] : ['age', 'disability', 'esrd'];
    const reason = aged === true ? 'age' : ask({
      id: `${medicare.ref} reason`, coverage: medicare.ref, rule: 'M2', possible,
      expression: COVERAGE_EXTENSION('medicare-entitlement', 'reason'), question: 'Why has the patient Medicare: age, disability, or end-stage renal disease (ESRD)?',
    });
    return reason === 'esrd' ? { other: undefined, esrd: true } : { other: reason, esrd: false };
  }
  const esrd = stated.includes('esrd');
  if (stated.includes('disability')) return { other: (aged ?? isNowAged(world, medicare)) ? 'age' : 'disability', esrd };
  return { other: stated.includes('age') ? 'age' : undefined, esrd };
}

const isNowAged = ({ ask }: World, medicare: Plan): boolean =>
  ask({
    id: 'patient aged', coverage: medicare.ref, rule: 'M2', possible: [true, false],
    expression: 'Patient.birthDate', question: 'What is the patient’s date of birth (65 or older on the date of service)?',
  });

/**
 * The month in which the coordination period for renal disease began; undefined: not yet on the date of service. Where
 * renal disease is the only reason (`only`), it began no later than Medicare, and a later start can't be right.
 */
export function esrdStartMonth({ situation, ask }: World, medicare: Plan, only: boolean): number | undefined {
  const { esrdCoordinationStart: stated, coordinationMonths } = medicare.medicare;
  const now = monthOf(situation.day);
  const stands = stated && monthOf(stated.first) <= now ? { first: monthOf(stated.first), last: Math.min(monthOf(stated.last), now) } : undefined;
  if (stated && !stands && !only) return undefined;
  if (stands && stands.first === stands.last) return stands.first;
  const range = stands ?? { first: monthOf(EARLIEST_DAY), last: now };
  const began = medicare.inForce.start ? monthOf(medicare.inForce.start.last) : now;
  const possible = only && began >= range.first ? { ...range, last: Math.min(range.last, began) } : range;
  // What the rules compare the month with: the ends of the period, and when Medicare began or could have.
  const thresholds = [now - coordinationMonths, now - coordinationMonths + 1, began, situation.birth ? agedMonth(situation.birth.first) : began];
  return ask({
    id: `${medicare.ref} esrd-start`, coverage: medicare.ref, rule: 'M3',
    possible: () => representatives(possible, [possible, ...thresholds.map((month) => ({ first: month, last: month }))]),
    expression: COVERAGE_EXTENSION('medicare-entitlement', 'esrdCoordinationStart'),
    question: 'In which month did eligibility for Medicare by end-stage renal disease (ESRD) begin: fourth month of dialysis, first with home training, or month of transplant?',
  });
}

/** Was Medicare lawfully primary when renal disease began (M3d)? Not, if nothing but renal disease gave Medicare by then. */
export function primaryBeforeEsrd({ situation, ask }: World, medicare: Plan, esrdStart: number, other: Entitlement['other']): boolean {
  const { primaryBeforeEsrd: stated, reasons } = medicare.medicare;
  if (stated !== undefined) return stated;
  const begun = medicare.inForce.start;
  const agedLater = situation.birth && !reasons.includes('disability') && agedMonth(situation.birth.first) >= esrdStart;
  if (other === undefined || agedLater || (begun && monthOf(begun.first) >= esrdStart)) return false;
  return ask({
    id: `${medicare.ref} primary-before-esrd`, coverage: medicare.ref, rule: 'M3d', possible: [true, false],
    expression: COVERAGE_EXTENSION('medicare-entitlement', 'primaryBeforeEsrd'),
    question: 'Was Medicare already primary to the plan, by age or disability, when end-stage renal disease (ESRD) began?',
  });
}
