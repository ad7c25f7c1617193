import type { FhirResource, Questionnaire, QuestionnaireResponse, Task } from 'fhir/r4.js';
import type { Guard, ReadAfter } from '../../fhir/guard.js';
import type { Issue } from '../../fhir/outcome.js';
import { workCodeOf, type WorkCode, type WorkStatus } from '../task.js';
import { checklistsOf, isFinished, isResponseTo, openItems, overrideOf, responsesOf, urlOf } from './checklist.js';
import type { FindPlaybook } from './playbooks.js';

/** What a Task of the queue may become. What failed may be tried again; what was entered in error may be withdrawn from any state. */
const TRANSITIONS: Readonly<Record<WorkStatus, readonly WorkStatus[]>> = {
  ready: ['in-progress', 'on-hold', 'completed', 'cancelled', 'failed'],
  'in-progress': ['ready', 'on-hold', 'completed', 'cancelled', 'failed'],
  'on-hold': ['ready', 'in-progress', 'completed', 'cancelled', 'failed'],
  failed: ['ready', 'in-progress', 'cancelled'],
  completed: [],
  cancelled: [],
};

/** Withdrawn for good. */
const WITHDRAWN = 'entered-in-error';

/** Work that is not completed before its checklists are, or somebody says why it went on without (R018, R031). */
const HELD: ReadonlySet<string> = new Set<WorkCode>(['submit-claim']);

/** Keeps the Tasks of the queue to their states and checklists; Tasks of other kinds are as R4 has them. */
export const taskGuard = (find: FindPlaybook, questionnaires: readonly Questionnaire[]): Guard => ({
  types: new Set(['Task']),
  async issues(before, after, read, isAsSeen) {
    const [was, is] = [before as Task | undefined, after as Task];
    const moves = [...transitionIssues(was, is), ...(isAsSeen ? [] : takenIssues(was, is))];
    return moves.length > 0 || !isHeld(was, is) ? moves : checklistIssues(is, await responses(is, read), { find, questionnaires });
  },
});

/** Who takes a Task that another has taken meanwhile loses; who wants to give it to somebody else says which version was seen (If-Match). */
function takenIssues(before: Task | undefined, after: Task): Issue[] {
  if (before === undefined || workCodeOf(before) === undefined || before.status !== 'in-progress' || after.status !== 'in-progress') return [];
  const [was, is] = [before.owner?.reference, after.owner?.reference];
  if (was === undefined || was === is) return [];
  return [{ severity: 'error', code: 'conflict', id: 'task-taken', expression: after.owner ? 'Task.owner' : 'Task', text: 'Somebody else has taken the Task: read it again, and name the version that you saw in If-Match to give it to another' }];
}

/** What is wrong with the move from one version of a Task to the next. */
export function transitionIssues(before: Task | undefined, after: Task): Issue[] {
  const code = before && workCodeOf(before);
  if (before === undefined || code === undefined) return [];
  const issues: Issue[] = [];
  const allowed = before.status === WITHDRAWN ? [] : Object.hasOwn(TRANSITIONS, before.status) ? TRANSITIONS[before.status as WorkStatus] : undefined;
  if (allowed && after.status !== before.status && after.status !== WITHDRAWN && !allowed.includes(after.status as WorkStatus)) {
    const next = allowed.length > 0 ? `to ${allowed.join(', ')}` : 'no further: make a new Task';
    issues.push({ severity: 'error', code: 'business-rule', id: 'task-transition', expression: 'Task.status', text: `A Task that is ${before.status} goes ${next}` });
  }
  if (workCodeOf(after) !== code) {
    issues.push({ severity: 'error', code: 'business-rule', id: 'task-code', expression: after.code ? 'Task.code' : 'Task', text: `The Task is one to ${code} and stays one: cancel it and make another` });
  }
  return issues;
}

export interface ChecklistRules {
  readonly find: FindPlaybook;
  readonly questionnaires: readonly Questionnaire[];
}

/**
 * What is open on the checklists of a Task that would go on: those that it names, else those of its playbook. None when
 * an override gives a reason. `responses` are those that the Task refers to.
 */
export function checklistIssues(task: Task, responses: readonly QuestionnaireResponse[], { find, questionnaires }: ChecklistRules): Issue[] {
  if (overrideOf(task) !== undefined) return [];
  const named = checklistsOf(task);
  const asked = named.length > 0 ? named : (find(workCodeOf(task) as WorkCode)?.checklists ?? []);
  return asked.flatMap((canonical): Issue[] => {
    const given = responses.filter((response) => isResponseTo(response, canonical));
    const questionnaire = questionnaires.find(({ url }) => url === urlOf(canonical));
    const finished = given.filter(isFinished);
    const open = finished.map((response) => (questionnaire ? openItems(questionnaire, response) : []));
    if (open.some((items) => items.length === 0)) return [];
    const name = urlOf(canonical).split('/').at(-1) ?? '';
    const lack = finished.length > 0 ? `lacks ${open[0]?.join(', ') ?? ''}` : given.length > 0 ? 'is not completed' : 'is not answered';
    return [{
      severity: 'error', code: 'business-rule', id: 'task-checklist', expression: task.output ? 'Task.output' : 'Task',
      text: `The checklist ${name} ${lack}: complete its QuestionnaireResponse and name it in an output of type checklist, or give the reason in an output of type override`,
    }];
  });
}

const isHeld = (before: Task | undefined, after: Task): boolean => after.status === 'completed' && before?.status !== 'completed' && HELD.has(workCodeOf(after) ?? '');

const responses = async (task: Task, read: ReadAfter): Promise<QuestionnaireResponse[]> =>
  (await Promise.all(responsesOf(task).map((reference) => read(reference)))).filter(isResponse);

const isResponse = (resource: FhirResource | undefined): resource is QuestionnaireResponse => resource?.resourceType === 'QuestionnaireResponse';
