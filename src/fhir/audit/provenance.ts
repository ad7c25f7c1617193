import type { Provenance } from 'fhir/r4.js';
import type { Change, PutChange } from '../../store/store.js';
import type { ReferenceResolver, Search } from '../search/index.js';
import { standIn, withSlots } from '../stand-in.js';

/** By which operation, and for whom, resources are changed. */
export interface Cause {
  /** Milliseconds. */
  readonly at: number;
  /** The canonical URL of its OperationDefinition. */
  readonly policy: string;
  /** Who called it, as a resource: `Practitioner/1`; undefined: not known. */
  readonly caller: string | undefined;
}

/** What says by itself where something comes from, or who looked at it. */
const OWN: ReadonlySet<string> = new Set(['Provenance', 'AuditEvent']);

/**
 * A Provenance (R4 §6.3) for each resource that an operation writes without one of its own in the same commit. It is
 * made only if the resource really changes: what is done again leaves no second one. `device`: who did it, `Device/…`.
 */
export function provenancesOf(changes: readonly Change[], cause: Cause, device: string, search: Search, resolve: ReferenceResolver): PutChange[] {
  const stated = new Set(changes.flatMap((change) => (change.op === 'put' && change.type === 'Provenance' ? change.index.flatMap((entry) => (entry.kind === 'reference' && entry.param === 'target' ? [targetOf(entry)] : [])) : [])));
  return changes.flatMap((change, index) => {
    if (change.op !== 'put' || change.follows !== undefined || OWN.has(change.type) || stated.has(`${change.type}/${change.id}`) || stated.has(`#${index}`)) return [];
    const fields = provenanceOf(standIn(index), isNew(change), cause, device);
    const body: PutChange['body'] = ['{"resourceType":"Provenance","id":"', { slot: 'id' }, '","meta":{', { slot: 'meta' }, '},', ...withSlots(JSON.stringify(fields).slice(1))];
    return [{ op: 'put', method: 'POST', type: 'Provenance', id: 'provenance', body, index: search.extract({ resourceType: 'Provenance', ...fields } as Provenance, resolve), follows: index }];
  });
}

/** `Type/id`, or `#n` for what change number n comes to. */
const targetOf = ({ type, id }: { readonly type?: string; readonly id?: string | { readonly change: number } }): string => (typeof id === 'object' ? `#${id.change}` : `${type ?? ''}/${id ?? ''}`);

const isNew = ({ method, expect, condition }: PutChange): boolean => method === 'POST' || expect?.version === 0 || condition?.whenOne === 'keep';

const provenanceOf = (target: string, created: boolean, { at, policy, caller }: Cause, device: string): Omit<Provenance, 'resourceType'> => ({
  target: [{ reference: target }],
  recorded: new Date(at).toISOString(),
  policy: [policy],
  activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: created ? 'CREATE' : 'UPDATE' }] },
  agent: [{
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] },
    who: { reference: device },
    ...(caller === undefined ? {} : { onBehalfOf: { reference: caller } }),
  }],
});
