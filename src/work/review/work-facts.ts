import type { QuestionnaireResponse, QuestionnaireResponseItem, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { WorkFacts } from '../../claims/review/facts.js';
import type { Sitting } from '../effort/sittings.js';
import { checklistsOf, overrideOf } from '../queue/checklist.js';
import { amountOf, deadlineOf, workCodeOf } from '../task.js';

/** A Task of the queue as a review counts it. `answers` are those to the checklist of an audit. */
export function workFacts(task: Task, sittings: readonly Sitting[], answers: readonly QuestionnaireResponse[]): WorkFacts {
  const code = workCodeOf(task) ?? '';
  const isDone = task.status === 'completed';
  const checklists = code === 'submit-claim' ? checklistsOf(task).map(nameOf) : [];
  return {
    code,
    owner: relative(task.owner?.reference),
    made: dayOf(task.authoredOn ?? task.meta?.lastUpdated) ?? '',
    done: isDone ? dayOf(task.executionPeriod?.end ?? task.lastModified ?? task.meta?.lastUpdated) : undefined,
    isOpen: task.status === 'ready' || task.status === 'in-progress' || task.status === 'on-hold',
    due: deadlineOf(task),
    amount: amountOf(task),
    sittings: sittings.map(({ who = 'none', end, seconds, touches }) => ({ who, day: end.slice(0, 10), seconds, touches })),
    ...(code === 'submit-claim' ? { claim: relative(task.focus?.reference) } : {}),
    ...(checklists.length > 0 ? { checklists, overridden: overrideOf(task) !== undefined } : {}),
    ...(code === 'audit-sample' && isDone ? { wrong: [...new Set(answers.flatMap(wrongIn))] } : {}),
  };
}

/** Items that were answered no. */
const wrongIn = ({ item = [] }: Pick<QuestionnaireResponse, 'item'>): string[] =>
  item.flatMap((one: QuestionnaireResponseItem) => [...(one.answer?.some(({ valueBoolean }) => valueBoolean === false) ? [one.linkId] : []), ...wrongIn(one)]);

/** `submission-checklist|0.1.0` of a canonical. */
const nameOf = (canonical: string): string => canonical.slice(canonical.lastIndexOf('/') + 1);

const dayOf = (time: string | undefined): string | undefined => time?.slice(0, 10);
