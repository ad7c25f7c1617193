/** Tasks about remittances that are settled by what came since. */
import type { DocumentReference, FhirResource, Task } from 'fhir/r4.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import type { Remittance } from '../../x12/era/remittance.js';
import { detail, workCodeOf } from '../task.js';
import { isAboutTrace } from './documents.js';
import { searchAll } from './facts.js';

const OPEN: ReadonlySet<string> = new Set(['ready', 'in-progress', 'on-hold']);
export const isOpen = ({ status }: Task): boolean => OPEN.has(status);

/** A Task that is done, by `document` where one is what does it. */
export const done = (task: Task, at: string, document?: string): Task => ({
  ...task,
  status: 'completed',
  executionPeriod: { start: task.executionPeriod?.start ?? at, end: at },
  lastModified: at,
  ...(document === undefined ? {} : {
    note: [...(task.note ?? []), { time: at, text: 'A remittance with the same trace number came that balances, and was posted' }],
    output: [...(task.output ?? []), { ...detail('document'), valueReference: { reference: document } }],
  }),
});

export const expectingItsVersion = (put: FhirResource): ResourceChange => (put.meta?.versionId === undefined ? { put } : { put, expectVersion: Number(put.meta.versionId) });

/**
 * Open Tasks of remittances that were parked since they did not balance, and that this one corrects: it has their trace
 * number and originator (TRN02, TRN03), whatever its date. Those of other amounts for what was posted already are not among them.
 */
export async function parkedBefore({ trace }: Remittance, resources: Resources): Promise<Task[]> {
  const documents = await searchAll<DocumentReference>(resources, 'DocumentReference', 'identifier', [trace.number]);
  const parked = documents.filter((document) => isAboutTrace(document, trace) && document.context?.related === undefined);
  const tasks = await searchAll<Task>(resources, 'Task', 'focus', parked.map(({ id }) => `DocumentReference/${id ?? ''}`));
  return tasks.filter((task) => workCodeOf(task) === 'match-remittance' && isOpen(task));
}
