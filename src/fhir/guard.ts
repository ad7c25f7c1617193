import type { FhirResource } from 'fhir/r4.js';
import { composeBody } from '../store/body.js';
import type { Change, DeleteChange, PutChange, Store, Stored } from '../store/store.js';
import { commitAsSeen, committing } from './committing.js';
import type { FhirRequest } from './interactions/interaction.js';
import { FhirError, type Issue } from './outcome.js';
import { inTurns } from './pace.js';

/** What may become of resources of some types, by whatever way a change of them comes. */
export interface Guard {
  readonly types: ReadonlySet<string>;
  /**
   * What forbids the change, none: it may be made. `before` is undefined for what did not stand. `read` gives what a
   * relative reference leads to once the whole commit is done. `isAsSeen`: whoever makes the change says which version it is made on.
   * One of code `conflict` is 409.
   */
  issues(before: FhirResource | undefined, after: FhirResource, read: ReadAfter, isAsSeen: boolean): Promise<readonly Issue[]>;
  /** What forbids that it is deleted; default: nothing. */
  deletion?(before: FhirResource): readonly Issue[];
}

/** Several guards as one, each for its own types. */
export const guards = (...all: readonly Guard[]): Guard => ({
  types: new Set(all.flatMap(({ types }) => [...types])),
  issues: async (...asked) => (await Promise.all(all.filter(({ types }) => types.has(asked[1].resourceType)).map((guard) => guard.issues(...asked)))).flat(),
  deletion: (before) => all.flatMap((guard) => (guard.types.has(before.resourceType) ? (guard.deletion?.(before) ?? []) : [])),
});

export type ReadAfter = (reference: string) => Promise<FhirResource | undefined>;

/** A guard forbids change number `change` of a commit; nothing of it was written. 422 unless `refusal` says otherwise. */
export class ForbiddenChangeError extends FhirError {
  readonly change: number;
  constructor(change: number, issues: readonly Issue[], refusal: Pick<FhirError, 'status' | 'headers'> = { status: 422, headers: {} }) {
    super(refusal.status, issues, { ...refusal.headers });
    this.change = change;
  }
}

/**
 * The same error where the change came in an entry of a Bundle: its expressions resolve on what was sent. A patch does not
 * have the elements that it changes.
 */
export function asSent(error: unknown, { body, method }: Pick<FhirRequest, 'body' | 'method'>): unknown {
  if (!(error instanceof ForbiddenChangeError) || body === undefined || !('scanned' in body)) return error;
  const { expression } = body;
  return method === 'PATCH' ? new FhirError(error.status, error.issues.map((issue) => ({ ...issue, expression })), { ...error.headers }) : error.within(expression);
}

/** A conditional delete that matches more is looked at as far as this. */
const MOST_DELETED = 1_000;

/** A store that commits only what the guard allows: what is changed is read first, and committed only as it was read. Commits throw ForbiddenChangeError too. */
export function guarded(store: Store, guard: Guard): Store {
  const isGuarded = (change: Change): change is PutChange => change.op === 'put' && guard.types.has(change.type) && change.follows === undefined;
  const isDeletion = (change: Change): change is DeleteChange => change.op === 'delete' && guard.deletion !== undefined && guard.types.has(change.type);
  return committing(store, async (changes, options) => {
    if (changes.some(isDeletion)) await inTurns(changes, (change, at) => (isDeletion(change) ? mayDelete(change, at, store, guard) : undefined));
    if (!changes.some(isGuarded)) return store.commit(changes, options);
    return commitAsSeen(store, changes, options, () => inTurns<Change, Change>(changes, (change, at) => (isGuarded(change) ? look(change, at, changes, store, guard) : change)));
  });
}

/** The change, to be made only on what the guard has seen. */
async function look(change: PutChange, at: number, changes: readonly Change[], store: Store, guard: Guard): Promise<PutChange> {
  const before = await standing(change, store);
  if (change.expect?.version !== undefined && change.expect.version !== (before?.version ?? 0)) return change;
  if (before && change.condition?.whenOne === 'keep') return change;
  const issues = await guard.issues(before && parse(before), composed(change), readAfter(changes, store), change.expect?.version !== undefined && !change.expect.isOurs);
  if (issues.length > 0) throw new ForbiddenChangeError(at, issues, issues.some(({ code }) => code === 'conflict') ? { status: 409, headers: {} } : undefined);
  return { ...change, expect: { ...change.expect, version: before?.version ?? 0 } };
}

async function mayDelete({ type, id, condition }: DeleteChange, at: number, store: Store, guard: Guard): Promise<void> {
  const stored = id === undefined ? undefined : await store.read(type, id);
  const found = condition ? (await store.search({ types: [type], where: condition.where, sort: [], count: MOST_DELETED, isLast: true, total: 'none', includes: [] })).matches : stored && !stored.deleted ? [stored] : [];
  const issues = found.flatMap((one) => guard.deletion?.(parse(one)) ?? []);
  if (issues.length > 0) throw new ForbiddenChangeError(at, issues.slice(0, 1));
}

/** What the change is made on; of several matches none: the store refuses that. */
export async function standing({ type, id, method, condition }: PutChange, store: Pick<Store, 'read' | 'search'>): Promise<Stored | undefined> {
  if (condition) {
    const { matches } = await store.search({ types: [type], where: condition.where, sort: [], count: 2, isLast: true, total: 'none', includes: [] });
    if (matches[0]) return matches[0];
  }
  const stored = method === 'POST' ? undefined : await store.read(type, id);
  return stored?.deleted ? undefined : stored;
}

const parse = ({ body }: Stored): FhirResource => JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as FhirResource;

/** References to other changes of the commit are composed as this, since their ids may be known only inside it. */
const standIn = (change: number): string => `change-${change}`;
const STAND_IN = /^change-(\d+)$/;

const composed = ({ body, id }: PutChange): FhirResource => JSON.parse(composeBody(body, { id, version: 0, lastUpdated: '', result: standIn })) as FhirResource;

const readAfter = (changes: readonly Change[], store: Store): ReadAfter => async (reference) => {
  const number = STAND_IN.exec(reference)?.[1];
  const [type = '', id = ''] = reference.split('/');
  const change = number === undefined ? changes.find((each) => each.op === 'put' && each.type === type && each.id === id) : changes[Number(number)];
  if (change?.op === 'put') return composed(change);
  const stored = type === '' || id === '' ? undefined : await store.read(type, id);
  return stored && !stored.deleted ? parse(stored) : undefined;
};
