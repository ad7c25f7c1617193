import { ANY_BIRTHDAY, type DayRange, isExact, representatives } from './dates.js';
import type { Decree, DecreeKind, Person } from './people-facts.js';
import type { World } from './plan-questions.js';
import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';

/** The plans of a dependent child that are being ordered, and who holds each. */
export interface ChildPlan {
  readonly plan: Plan;
  readonly holder: Person;
}

const FAMILY = (part: string): string =>
  `Patient.extension('https://cobalt.example/fhir/StructureDefinition/family-situation').extension('${part}')`;

/** A spouse of a parent: coded so, or linked by `partner-of` without being a parent or guardian. */
export const isStepParent = ({ role, partnerOf }: Person): boolean =>
  role === 'step-parent' || (partnerOf !== undefined && role !== 'parent' && role !== 'guardian');

export const areCouple = (x: Person, y: Person): boolean => x.partnerOf === y.key || y.partnerOf === x.key;

/** Keys of those who may be the parents: holders who are not step-parents, partners of step-parents, related persons coded as parents. */
function parentsOf({ situation }: World, plans: readonly ChildPlan[]): string[] {
  const holders = plans.map(({ holder }) => holder);
  const keys = new Set([
    ...holders.filter((holder) => !isStepParent(holder)).map(({ key }) => key),
    ...holders.flatMap((holder) => (isStepParent(holder) && holder.partnerOf !== undefined ? [holder.partnerOf] : [])),
    ...situation.people.filter(({ role }) => role === 'parent').map(({ key }) => key),
  ]);
  return keys.size > 0 ? [...keys].sort() : ['nobody who is known'];
}

export const parentsTogether = ({ situation, ask }: World, plan: Plan, rule: RuleId): boolean =>
  situation.family.parentsTogether ?? ask({
    id: 'family together', coverage: plan.ref, rule, possible: [true, false],
    expression: `${FAMILY('parentsTogether')}.value`, question: 'Do the parents (or those who stand in their place) live together or are they married, or are they divorced, separated or apart?',
  });

export const custodialParent = (world: World, plans: readonly ChildPlan[], plan: Plan): string =>
  world.situation.family.custodialParent ?? world.ask({
    id: 'family custody', coverage: plan.ref, rule: 'N2f', possible: () => parentsOf(world, plans),
    expression: `${FAMILY('custodialParent')}.value`, question: 'Which parent has custody (with whom does the child live)?',
  });

/** A decree as it applies on the date of service. */
export interface ApplicableDecree {
  readonly kind: DecreeKind;
}

/**
 * The decree on the child's health care that the plans know on the date of service. A family of which nothing is stated
 * may have one, if the parents are apart.
 */
export function applicableDecree(world: World, plan: Plan): ApplicableDecree | undefined {
  const { situation: { family, day }, ask } = world;
  if (family.stated && (!family.decree || isNotYetKnown(family.decree, day))) return undefined;
  if (!family.stated && parentsTogether(world, plan, 'N2a')) return undefined;
  const unstated: readonly (DecreeKind | 'none')[] = family.stated ? ['one-parent', 'both-parents'] : ['none', 'one-parent', 'both-parents'];
  const kind = family.decree?.kind ?? ask({
    id: 'family decree', coverage: plan.ref, rule: 'N2c', possible: unstated,
    expression: FAMILY('decree'), question: 'Is there a court decree on the child’s health care, and whom does it make responsible (one parent, both, or joint custody without a word on it)?',
  });
  return kind === 'none' ? undefined : { kind };
}

/** A plan is bound by a decree from when it knows its terms (NAIC MDL-120 §6D(2)(b)(i)); no date: it is taken to know. */
export const isNotYetKnown = ({ knownSince }: Decree, day: number): boolean => knownSince !== undefined && knownSince.first > day;

export const responsibleParent = (world: World, plans: readonly ChildPlan[], plan: Plan): string =>
  world.situation.family.decree?.responsibleParent ?? world.ask({
    id: 'family responsible', coverage: plan.ref, rule: 'N2c', possible: () => parentsOf(world, plans),
    expression: `${FAMILY('decree')}.extension('responsibleParent').value`, question: 'Which parent does the court decree make responsible for the child’s health care?',
  });

/** The parent whose present spouse a step-parent is. */
export const partnerOf = (world: World, plans: readonly ChildPlan[], { plan, holder }: ChildPlan): string =>
  holder.partnerOf ?? world.ask({
    id: `${holder.key} partner`, coverage: plan.ref, rule: 'N2f', possible: () => parentsOf(world, plans),
    expression: 'RelatedPerson.extension(\'https://cobalt.example/fhir/StructureDefinition/partner-of\').value', question: 'Which parent is this step-parent married to?',
  });

/** The birthday as the day of a leap year, or another day that has the same place among all subscribers' birthdays. */
export function birthday(world: World, { plan, holder }: ChildPlan, rule: RuleId): number {
  if (isExact(holder.birthday)) return holder.birthday.first;
  const lacks = plan.holder ? `${holder.key.startsWith('Patient/') ? 'Patient' : 'RelatedPerson'}.birthDate` : 'Coverage.subscriber';
  return world.ask({
    id: `${holder.key} birthday`, coverage: plan.ref, rule, possible: () => representatives(holder.birthday, subscribersBirthdays(world)),
    expression: lacks, question: 'What is the birthday (month and day of birth) of the subscriber of this plan?',
  });
}

const subscribersBirthdays = ({ situation }: World): DayRange[] =>
  [...new Map(situation.plans.filter(isHeldByPerson).map(({ ref, holder }) => [holder?.key ?? ref, holder?.birthday ?? ANY_BIRTHDAY])).values()];

/** Plans whose subscribers the birthday rule may compare: not the patient's own, nor government programs'. */
const isHeldByPerson = ({ kind, relationship }: Plan): boolean =>
  relationship !== 'self' && (kind === undefined || kind.kind === 'group-health' || kind.kind === 'individual' || kind.kind === 'non-coordinating');
