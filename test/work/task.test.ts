import { describe, expect, it } from 'vitest';
import { centsOf } from '../../src/claims/money.js';
import { amountOf, deadlineOf, priorityOf, taskId, toTask, workCodeOf, type WorkItem } from '../../src/work/task.js';

const item: WorkItem = {
  code: 'submit-claim', cause: ['Claim/1', 'abc'], focus: 'Claim/2', patient: 'Patient/1', description: 'Send the claim', deadline: '2026-12-31',
  amount: centsOf(5470), authoredOn: '2026-11-22T10:00:00.000Z', partOf: ['Task/1'], playbook: 'https://cobalt.example/fhir/PlanDefinition/x|1', notes: ['made'],
};

describe('a Task of the queue', () => {
  it('says what, about what, for whom, until when and how much', () => {
    const task = toTask(item);
    expect(task).toMatchObject({
      resourceType: 'Task', status: 'ready', intent: 'order', priority: 'routine', focus: { reference: 'Claim/2' }, for: { reference: 'Patient/1' },
      restriction: { period: { end: '2026-12-31' } }, partOf: [{ reference: 'Task/1' }], instantiatesUri: 'https://cobalt.example/fhir/PlanDefinition/x|1',
    });
    expect([workCodeOf(task), amountOf(task), deadlineOf(task)]).toEqual(['submit-claim', 5470, '2026-12-31']);
  });

  it('has the id of its cause: another cause or another code is another Task, another text is not', () => {
    const ids = [item, { ...item, description: 'Other words' }, { ...item, cause: ['Claim/1', 'abd'] }, { ...item, cause: ['Claim/1abc'] }, { ...item, code: 'prepare-claim' as const }].map((one) => toTask(one).id);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toBe(taskId('submit-claim', ['Claim/1', 'abc']));
    expect(ids[0]).toMatch(/^[a-f0-9]{32}$/);
  });

  it.each([
    [undefined, undefined, 'routine'], [undefined, 900_000, 'routine'], [31, 900_000, 'routine'], [30, 100_000, 'urgent'], [30, 99_999, 'routine'], [15, undefined, 'routine'],
    [14, undefined, 'urgent'], [8, 100_000, 'urgent'], [7, 100_000, 'stat'], [7, 99_999, 'urgent'], [4, undefined, 'urgent'], [3, undefined, 'stat'], [-40, undefined, 'stat'],
  ] as const)('with %s days left and %s cents at stake is %s', (daysLeft, amount, expected) => {
    expect(priorityOf({ daysLeft, amount: amount === undefined ? undefined : centsOf(amount) })).toBe(expected);
  });
});
