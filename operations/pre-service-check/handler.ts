import type { CoverageEligibilityResponse, Patient } from 'fhir/r4.js';
import { addYears } from '../../src/claims/calendar.js';
import { coverageTimeline, orderBenefits, type CobInput } from '../../src/cob/index.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { gatherStored } from '../cob-order/gather.js';
import { answerOf } from '../cob-order/handler.js';
import { wholeDate } from '../whole-date.js';
import { eligibilityOf } from './eligibility.js';
import { questionsOf } from './questions.js';
import { leaveTask } from './task.js';

/** The timeline begins so many years before the visit. */
const YEARS_BACK = 1;

/** `$pre-service-check`: who will pay for a visit, what is not known about it, and whom to ask before. */
export const handle: Handler = async ({ target, in: inputs }, context) => {
  const patient = target as Patient;
  const visit = { date: wholeDate(inputs, 'date') ?? context.today(), benefitType: inputs.string('benefitType') ?? 'medical' };
  const [gathered, answers] = await Promise.all([
    gatherStored(patient, context),
    context.resources.search<CoverageEligibilityResponse>('CoverageEligibilityResponse', `patient=Patient/${patient.id ?? ''}`),
  ]);
  const input: CobInput = { ...gathered, ...visit, relatedCause: 'none' };
  const order = orderBenefits(input);
  const excluded = new Set(order.excluded.map(({ coverage }) => coverage));
  const coverages = gathered.coverages.filter(({ id }) => !excluded.has(`Coverage/${id ?? ''}`));
  const timeline = coverageTimeline(input, addYears(visit.date, -YEARS_BACK));
  const eligibility = coverages.map((coverage) => eligibilityOf(coverage, answers, context.today()));
  const { missing } = orderBenefits({ ...input, relatedCause: 'unknown' });
  const question = questionsOf({ date: visit.date, order, missing, coverages, timeline, eligibility });
  return {
    out: {
      ...answerOf(order),
      gap: timeline.filter((span) => span.coverages.length === 0).map(({ start, end }) => ({ start, end })),
      overlap: timeline.filter((span) => span.coverages.length > 1).map(({ start, end, coverages: coverage }) => ({ start, end, coverage })),
      eligibility,
      question,
      task: inputs.boolean('persist') === true ? await leaveTask(patient, visit, question, context) : undefined,
    },
  };
};
