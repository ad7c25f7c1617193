import type { Task } from 'fhir/r4.js';
import { handle } from '../../operations/next/handler.js';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import type { WorkCode } from '../../src/work/task.js';
import type { Answer, TestServer } from '../http/server.js';

export const NOW = '2026-05-01T09:00:00.000Z';

/** A server with the queue's operation alone. */
export const withNext = { operations: new OperationRegistry(operationsIn(inProject('operations/next'), handle)) };

/** A free Task of the queue; `rest` says what is special about it. */
export const queued = (id: string, rest: Partial<Task> = {}, code: WorkCode = 'follow-up'): Task => ({
  resourceType: 'Task', id, status: 'ready', intent: 'order', code: { coding: [{ system: `${CANONICAL}/CodeSystem/work`, code }] },
  focus: { reference: 'Claim/1' }, authoredOn: '2026-04-20T08:00:00Z', ...rest,
});

export const deadline = (end: string, start?: string): Pick<Task, 'restriction'> => ({ restriction: { period: { ...(start === undefined ? {} : { start }), end } } });
export const owned = (owner: string): Pick<Task, 'owner'> => ({ owner: { reference: owner } });

/** Writes resources all at once, as they are. */
export async function store(server: TestServer, ...resources: readonly { readonly resourceType: string; readonly id?: string | undefined }[]): Promise<void> {
  const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` } }));
  const answer = await server.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  if (answer.status !== 200) throw new Error(answer.text);
}

/** `Task/$next` for an owner, of these codes. */
export const next = (server: TestServer, owner: string | undefined, ...codes: readonly string[]): Promise<Answer> =>
  server.post('Task/$next', {
    resourceType: 'Parameters',
    parameter: [...(owner === undefined ? [] : [{ name: 'owner', valueReference: { reference: owner } }]), ...codes.map((code) => ({ name: 'code', valueCode: code }))],
  });

/** The Task that `$next` gave; undefined: none. */
export const given = (answer: Answer): Task | undefined => (answer.body as { parameter?: { resource: Task }[] }).parameter?.[0]?.resource;
