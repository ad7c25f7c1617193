import type { Claim, Coverage, CoverageEligibilityResponse, FhirResource, Patient, Questionnaire, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { interpret, interpretAdjudication, type Interpretation } from '../../claims/index.js';
import { relative } from '../../claims/read-header.js';
import { factsOf, type ScrubFacts } from '../../claims/scrub/facts.js';
import { scrub } from '../../claims/scrub/index.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { isDecision } from '../derivation/load.js';
import { readReference } from '../derivation/lookup.js';
import { storedScrubInput } from '../scrub/load.js';
import { deadlineOf } from '../task.js';
import { answersFrom, type ChecklistFacts } from './answers.js';
import { checklistsOf, isResponseTo, prefilled, responsesOf, urlOf, withResponse } from './checklist.js';

/** A Task with an answer to each of its checklists, and the answers that have to be written for it. */
export interface Filled {
  readonly task: Task;
  readonly changes: readonly ResourceChange[];
}

/** Begins the checklists of a Task that have no answers yet, with what the data shows (R018, R059). */
export async function withChecklists(task: Task, resources: Resources, now: Date): Promise<Filled> {
  const begun = await Promise.all(responsesOf(task).map((reference) => readReference(reference, resources)));
  const open = checklistsOf(task).filter((canonical) => !begun.some((each) => each?.resourceType === 'QuestionnaireResponse' && isResponseTo(each, canonical)));
  if (open.length === 0) return { task, changes: [] };
  const questionnaires = (await Promise.all(open.map((canonical) => questionnaireOf(canonical, resources)))).filter((each) => each !== undefined);
  const answers = answersFrom(await factsAbout(task, resources, now.toISOString().slice(0, 10)));
  const responses = questionnaires.map((questionnaire): QuestionnaireResponse => prefilled(questionnaire, task, answers, now.toISOString()));
  return { task: responses.reduce(withResponse, task), changes: responses.map((put) => ({ put, ifAbsent: true })) };
}

const questionnaireOf = async (canonical: string, resources: Resources): Promise<Questionnaire | undefined> =>
  (await resources.first<Questionnaire>('Questionnaire', `url=${encodeURIComponent(urlOf(canonical))}&_sort=-version`, 1))[0];

async function factsAbout(task: Task, resources: Resources, asOf: string): Promise<ChecklistFacts> {
  const focus = await readReference(task.focus?.reference, resources);
  const patient = relative(task.for?.reference);
  const [person, eligibility, coverages] = await Promise.all([
    readReference(patient, resources),
    patient === undefined ? [] : resources.search<CoverageEligibilityResponse>('CoverageEligibilityResponse', `patient=${patient}`),
    patient === undefined ? [] : resources.search<Coverage>('Coverage', `beneficiary=${patient}&status=active`),
  ]);
  const known = { eligibility, asOf, deadline: deadlineOf(task), patient: person as Patient | undefined, coverages: coverages.map(({ id = '' }) => `Coverage/${id}`) };
  return { ...known, ...(await unlessUnreadable(() => factsOfFocus(focus, resources, asOf))) };
}

/** What a claim that is to be sent, or a decision, adds to it. */
async function factsOfFocus(focus: FhirResource | undefined, resources: Resources, asOf: string): Promise<Partial<ChecklistFacts>> {
  if (focus && isDecision(focus)) return { decision: interpretAdjudication(focus) };
  if (focus?.resourceType !== 'Claim') return {};
  const input = await storedScrubInput(focus as Claim, resources, asOf);
  const facts = factsOf(input);
  return {
    decision: lastBefore(facts),
    found: new Set(scrub(input).map(({ code }) => code)),
    coverages: facts.focal?.reference === undefined ? [] : [facts.focal.reference],
  };
}

/** The decision of the payer whose turn came last. */
function lastBefore({ before }: ScrubFacts): Interpretation | undefined {
  const last = [...before].sort((a, b) => b.insurance.sequence - a.insurance.sequence)[0];
  return last?.adjudication && interpret(last.adjudication, last.unread);
}

/** Data that can't be worked with answers nothing: the whole checklist is left to a person. */
async function unlessUnreadable<T extends object>(read: () => Promise<T>): Promise<T | object> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof FhirError) return {};
    throw error;
  }
}
