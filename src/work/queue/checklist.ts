import type { Questionnaire, QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import { detail, digest, isDetail } from '../task.js';

/** What the data answers, by the `linkId` of the item. */
export type Answers = Readonly<Record<string, readonly QuestionnaireResponseItemAnswer[] | undefined>>;

/** The checklists that a Task asks for: canonicals with their versions. */
export const checklistsOf = ({ input = [] }: Task): string[] => input.filter(isDetail('checklist')).flatMap(({ valueCanonical }) => valueCanonical ?? []);

/** References to the answers that a Task has. */
export const responsesOf = ({ output = [] }: Task): string[] => output.filter(isDetail('checklist')).flatMap(({ valueReference }) => relative(valueReference?.reference) ?? []);

/** Why the work went on though a checklist is not complete; undefined: nobody said so. */
export const overrideOf = ({ output = [] }: Task): string | undefined =>
  output.filter(isDetail('override')).map(({ valueString, valueCodeableConcept }) => (valueString ?? valueCodeableConcept?.text ?? '').trim()).find((reason) => reason !== '');

/**
 * The response of a Task to a checklist, with what the data answers: completed when nothing is open, else in progress.
 * Its id follows from both, so that there is one.
 */
export function prefilled(questionnaire: Questionnaire, task: Task, answers: Answers, authored: string): QuestionnaireResponse {
  const { url = '', version = '' } = questionnaire;
  const item = answered(questionnaire.item ?? [], answers);
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    id: digest(`checklist ${task.id ?? ''} ${url}`).slice(0, 32),
    questionnaire: `${url}|${version}`,
    status: 'in-progress',
    ...(task.for ? { subject: task.for } : {}),
    authored,
    ...(item.length > 0 ? { item } : {}),
  };
  return openItems(questionnaire, response).length > 0 ? response : { ...response, status: 'completed' };
}

/** The Task with this response among what came of it. */
export const withResponse = (task: Task, { id = '' }: QuestionnaireResponse): Task => ({
  ...task,
  output: [...(task.output ?? []), { ...detail('checklist'), valueReference: { reference: `QuestionnaireResponse/${id}` } }],
});

/** The items that must be answered, and with yes where the answer is yes or no, and are not: their `linkId`s. */
export function openItems({ item = [] }: Questionnaire, response: QuestionnaireResponse): string[] {
  const given = new Map(flat(response.item ?? []).map(({ linkId, answer = [] }) => [linkId, answer]));
  return flat(item).flatMap(({ linkId, required, type }) => {
    const answer = given.get(linkId) ?? [];
    const isDone = type === 'boolean' ? answer.some(({ valueBoolean }) => valueBoolean === true) : answer.length > 0;
    return required === true && !isDone ? [linkId] : [];
  });
}

/** Whether a response is one to this checklist, of whatever version. */
export const isResponseTo = ({ questionnaire = '' }: QuestionnaireResponse, canonical: string): boolean => urlOf(questionnaire) === urlOf(canonical);

/** Whether whoever answered says that it is done. */
export const isFinished = ({ status }: QuestionnaireResponse): boolean => status === 'completed' || status === 'amended';

/** A canonical without its version. */
export const urlOf = (canonical: string): string => canonical.split('|', 1)[0] ?? '';

function answered(items: readonly QuestionnaireItem[], answers: Answers): QuestionnaireResponseItem[] {
  return items.flatMap(({ linkId, text, item = [] }): QuestionnaireResponseItem[] => {
    const answer = Object.hasOwn(answers, linkId) ? (answers[linkId] ?? []) : [];
    const below = answered(item, answers);
    if (answer.length === 0 && below.length === 0) return [];
    return [{ linkId, ...(text === undefined ? {} : { text }), ...(answer.length > 0 ? { answer: [...answer] } : {}), ...(below.length > 0 ? { item: below } : {}) }];
  });
}

const flat = <T extends { readonly item?: T[] }>(items: readonly T[]): T[] => items.flatMap((item) => [item, ...flat(item.item ?? [])]);
