import type { Basic, Extension, Task } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { relative } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { difference, STOCK_IDS, STOCK_SYSTEM } from '../stock/stock.js';
import { AUTOMATION, digest, workCodeOf } from '../task.js';
import { sittingsOf, type Sitting } from './sittings.js';

const EFFORT = structureDefinition('effort');
const ROWS = `code=${STOCK_SYSTEM}|effort`;
/** Tasks whose records are looked up in one search. */
const AT_A_TIME = 50;
/** Who may stand in `Basic.author` (R4). */
const AUTHOR = /^(Practitioner|PractitionerRole|Organization)\//;

/** A sitting as it is kept: found by who (`author`), when (`created`) and what (`subject`). */
export function toBasic({ task, who, start, end, seconds, touches, source }: Sitting): Basic {
  const part = (url: string, value: Omit<Extension, 'url'>): Extension => ({ url, ...value });
  return {
    resourceType: 'Basic',
    id: `${STOCK_IDS.effort}${digest(JSON.stringify([task, source, start, end, who])).slice(0, 32)}`,
    extension: [{
      url: EFFORT,
      extension: [
        ...(who === undefined ? [] : [part('who', { valueReference: { reference: who } })]),
        part('period', { valuePeriod: { start, end } }),
        part('duration', { valueDuration: { value: seconds, unit: 's', system: 'http://unitsofmeasure.org', code: 's' } }),
        part('touches', { valuePositiveInt: touches }),
        part('source', { valueCode: source }),
      ],
    }],
    code: { coding: [{ system: STOCK_SYSTEM, code: 'effort' }] },
    subject: { reference: task },
    created: end.slice(0, 10),
    ...(who !== undefined && AUTHOR.test(who) ? { author: { reference: who } } : {}),
  };
}

/** Undefined for what is none, or was tampered with. */
export function fromBasic({ extension = [], subject }: Basic): Sitting | undefined {
  const parts = new Map((extension.find(({ url }) => url === EFFORT)?.extension ?? []).map((part) => [part.url, part]));
  const period = parts.get('period')?.valuePeriod;
  const [task, seconds, touches] = [subject?.reference, parts.get('duration')?.valueDuration?.value, parts.get('touches')?.valuePositiveInt];
  if (task === undefined || period?.start === undefined || period.end === undefined || seconds === undefined || touches === undefined) return undefined;
  return { task, who: parts.get('who')?.valueReference?.reference, start: period.start, end: period.end, seconds, touches, source: parts.get('source')?.valueCode === 'entered' ? 'entered' : 'derived' };
}

/** Whether somebody else than the server has or had a Task of the queue, or has entered time for it. */
export const isOfPeople = (task: Task): boolean => workCodeOf(task) !== undefined && relative(task.owner?.reference) !== AUTOMATION;

/** Brings the records of a Task to what its versions say. Nothing is written to the Task: whoever has ended it is not asked again. */
export async function recordEffort(task: Task, resources: Resources): Promise<void> {
  if (!isOfPeople(task) || (task.status === 'ready' && task.meta?.versionId === '1')) return;
  const [versions, kept] = await Promise.all([resources.versions<Task>('Task', task.id ?? ''), resources.search<Basic>('Basic', `${ROWS}&subject=Task/${task.id ?? ''}`)]);
  const changes = difference(sittingsOf(versions).map(toBasic), kept);
  if (changes.length > 0) await resources.commit(changes, { orInOrder: true });
}

/** What is recorded of some Tasks, by their references. */
export async function effortOf(tasks: readonly string[], resources: Resources): Promise<Map<string, Sitting[]>> {
  const found = new Map<string, Sitting[]>();
  for (let at = 0; at < tasks.length; at += AT_A_TIME) {
    for await (const page of resources.pages<Basic>('Basic', `${ROWS}&subject=${tasks.slice(at, at + AT_A_TIME).join()}`)) {
      for (const sitting of page.flatMap((basic) => fromBasic(basic) ?? [])) found.set(sitting.task, [...(found.get(sitting.task) ?? []), sitting]);
    }
  }
  return found;
}
