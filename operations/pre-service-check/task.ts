import type { Patient, Task } from 'fhir/r4.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import { playbooksIn, withPlaybook } from '../../src/work/queue/playbooks.js';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { AUTOMATION, detail, toTask } from '../../src/work/task.js';
import type { Question } from './questions.js';

/**
 * Leaves a Task `verify-cob` for a visit: its questions are its inputs, its deadline the day of the visit. One for a
 * patient, a day and a kind of service: who asks again finds it there. Nothing to ask, no Task.
 */
export async function leaveTask({ id = '' }: Patient, visit: { readonly date: string; readonly benefitType: string }, questions: readonly Question[], context: OperationContext): Promise<string | undefined> {
  const [first] = questions;
  if (!first) return undefined;
  const patient = `Patient/${id}`;
  const task: Task = toTask(withPlaybook({
    code: 'verify-cob',
    cause: ['pre-service', patient, visit.date, visit.benefitType],
    reason: { system: `${CANONICAL}/CodeSystem/intake-question`, code: first.reason },
    focus: patient,
    patient,
    description: 'Verify coverage and the order of benefits before the visit: ask what stands among the inputs',
    deadline: visit.date,
    requester: AUTOMATION,
    inputs: questions.map(({ reason, question, coverage }) => ({ type: { ...detail('finding').type, text: reason }, valueString: coverage === undefined ? question : `${coverage}: ${question}` })),
    authoredOn: context.now().toISOString(),
  }, playbooksIn(context.conformance.ofType('PlanDefinition'))));
  await context.resources.commit([{ put: task, ifAbsent: true }]);
  return `Task/${task.id ?? ''}`;
}
