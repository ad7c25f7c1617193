import type { CoverageEligibilityResponse, Patient, QuestionnaireResponseItemAnswer } from 'fhir/r4.js';
import { daysBetween } from '../../claims/calendar.js';
import type { Adjustment, Cents, Interpretation } from '../../claims/index.js';
import { formatCents, toMoney } from '../../claims/money.js';
import { relative } from '../../claims/read-header.js';
import { ADJUSTMENT_RULES } from '../../claims/scrub/adjustments.js';
import { BALANCE_RULES } from '../../claims/scrub/balance.js';
import { CODE_RULES } from '../../claims/scrub/codes.js';
import { IDENTITY_RULES } from '../../claims/scrub/identity.js';
import { PRIOR_PAYER_RULES } from '../../claims/scrub/prior-payers.js';
import type { ScrubRule } from '../../claims/scrub/rule.js';
import { SEQUENCE_RULES } from '../../claims/scrub/sequence.js';
import type { Answers } from './checklist.js';

/** What the answers to the checklists are read from. */
export interface ChecklistFacts {
  /** The decision under review: of the payer before, or the one that is posted. */
  readonly decision?: Interpretation | undefined;
  /** What was found when the claim was scrubbed, by the ids of the rules; undefined: there is no claim to be sent. */
  readonly found?: ReadonlySet<string> | undefined;
  /** The payers' answers about eligibility. */
  readonly eligibility: readonly CoverageEligibilityResponse[];
  /** The coverages whose eligibility counts, `Coverage/1`. */
  readonly coverages: readonly string[];
  readonly patient?: Patient | undefined;
  /** The last day on which the claim is taken. */
  readonly deadline?: string | undefined;
  /** Today, YYYY-MM-DD. */
  readonly asOf: string;
}

/** Older than this, an answer about eligibility says nothing about today (R059). */
const FRESH_DAYS = 30;

const idsOf = (...families: readonly (readonly ScrubRule[])[]): string[] => families.flat().map(({ id }) => id);

/** Items that are answered yes when the claim was scrubbed and none of these rules found anything; else they are left to a person. */
const SETTLED_WITHOUT: Readonly<Record<string, readonly string[]>> = {
  balanced: idsOf(BALANCE_RULES, ADJUSTMENT_RULES),
  'payer-order': idsOf(SEQUENCE_RULES),
  'prior-decisions': idsOf(PRIOR_PAYER_RULES),
  identity: idsOf(IDENTITY_RULES),
  codes: idsOf(CODE_RULES),
  'coverage-active': ['coverage-unresolved', 'coverage-inactive', 'coverage-not-responsible', 'eligibility-not-in-force'],
  'eligibility-active': ['coverage-unresolved', 'coverage-inactive', 'coverage-not-responsible', 'eligibility-not-in-force'],
  attachments: ['explanation-missing', 'attachment-empty', 'attachment-unresolved'],
};

type Read = (facts: ChecklistFacts) => readonly QuestionnaireResponseItemAnswer[];

/** What is read of the facts themselves, by `linkId`. */
const READ: Readonly<Record<string, Read>> = {
  charge: ({ decision }) => amount(decision?.charge),
  allowed: ({ decision }) => amount(decision?.allowed),
  paid: ({ decision }) => amount(decision?.paid),
  'patient-responsibility': ({ decision }) => amount(decision?.patientResponsibility),
  residual: ({ decision }) => amount(decision?.residual),
  adjustments: ({ decision }) => (decision ? [...decision.adjudication.adjustments, ...decision.line.flatMap(({ adjustment }) => adjustment)].map(({ group, reason, amount: cents }: Adjustment) => ({ valueString: `${group}-${reason} ${formatCents(cents)}` })) : []),
  'eligibility-checked': eligibilityChecked,
  'services-covered': ({ found, ...facts }) => yes(found !== undefined && eligibilityChecked(facts).length > 0 && !['coverage-other-benefit', 'service-excluded', 'benefit-used-up', 'authorization-missing'].some((id) => found.has(id))),
  'filing-limit': ({ deadline }) => (deadline === undefined ? [] : [{ valueDate: deadline }]),
  language: ({ patient }) => text(patient?.communication?.filter(({ preferred }) => preferred === true).map(({ language }) => language.text ?? language.coding?.[0]?.code)),
  channel: ({ patient }) => text(patient?.telecom?.filter(({ rank }) => rank === 1).map(({ system }) => system)),
};

/** What the facts answer; what they don't is left to a person. */
export const answersFrom = (facts: ChecklistFacts): Answers => ({
  ...Object.fromEntries(Object.entries(SETTLED_WITHOUT).map(([linkId, ids]) => [linkId, yes(facts.found !== undefined && !ids.some((id) => facts.found?.has(id)))])),
  ...Object.fromEntries(Object.entries(READ).map(([linkId, read]) => [linkId, read(facts)])),
});

/** The oldest of the latest answers: of every coverage there is one, and it is fresh. */
function eligibilityChecked({ eligibility, coverages, asOf }: ChecklistFacts): QuestionnaireResponseItemAnswer[] {
  const checked = coverages.map((coverage) => eligibility.filter(({ insurance = [] }) => insurance.some((row) => relative(row.coverage.reference) === coverage)).map(({ created }) => created.slice(0, 10)).sort().at(-1));
  const [oldest] = checked.filter((date) => date !== undefined).sort();
  if (oldest === undefined || checked.includes(undefined)) return [];
  const age = daysBetween(oldest, asOf);
  return age >= 0 && age <= FRESH_DAYS ? [{ valueDate: oldest }] : [];
}

const amount = (cents: Cents | undefined): QuestionnaireResponseItemAnswer[] => {
  if (cents === undefined) return [];
  const { value, currency } = toMoney(cents);
  return [{ valueQuantity: { ...(value === undefined ? {} : { value }), ...(currency === undefined ? {} : { unit: currency, code: currency }), system: 'urn:iso:std:iso:4217' } }];
};

const yes = (holds: boolean): QuestionnaireResponseItemAnswer[] => (holds ? [{ valueBoolean: true }] : []);

const text = (values: readonly (string | undefined)[] | undefined): QuestionnaireResponseItemAnswer[] => (values ?? []).flatMap((value) => (value === undefined ? [] : [{ valueString: value }]));
