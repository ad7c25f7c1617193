import type { Change, ChangeResult, DeleteChange, PutChange, Store } from '../../store/store.js';
import { committing, commitWith } from '../committing.js';
import { inTurns } from '../pace.js';
import { resultOf, standIn } from '../stand-in.js';
import { auditChange, auditFields, timeOrderedId, type AuditFacts } from './event.js';
import { provenancesOf, type Cause } from './provenance.js';
import { isUnsupported, type AuditTrail } from './trail.js';

/** On whose behalf changes are committed. */
export interface Origin {
  /** What an AuditEvent of changes of one kind tells, but for the resources. */
  factsOf(action: 'C' | 'U' | 'D'): Omit<AuditFacts, 'entities' | 'action'>;
  /** The operation that changes are made by: what it writes has a Provenance, of its own or one that is made here. */
  cause?(): Cause | undefined;
  /** Called after each commit that is recorded. */
  committed?(): void;
}

/** R4's restful-interaction of what becomes of a resource. */
export const BECAME = { C: 'create', U: 'update', D: 'delete' } as const;

/** What the server commits by itself. `device`: `Device/…`. */
export const byItself = (device: string, now: () => Date): Origin => ({
  factsOf: (action) => ({ at: now().getTime(), by: 'server', interactions: [BECAME[action]], status: 200, actor: { who: device } }),
});

/** An AuditEvent names so many resources; more are told by several. */
const MOST_ENTITIES = 200;

/** A conditional delete that matches more is recorded as far as this. */
const MOST_DELETED = 1_000;

/** Changes of one kind, which are told together. `follows` as in `PutChange`. */
interface Told {
  readonly action: 'C' | 'U' | 'D';
  readonly follows: number | undefined;
  readonly entities: string[];
}

/**
 * A store whose commits take along an AuditEvent for what they create, one for what they update and one for what they
 * delete, and for what an operation writes a Provenance. On a store without transactions, which takes one change at a time, it follows with the reads (`trail.ts`).
 */
export function recording(store: Store, origin: Origin, trail: AuditTrail): Store {
  return committing(store, async (changes, options) => {
    const cause = origin.cause?.();
    const provenances = cause ? provenancesOf(changes, cause, trail.observer, trail.search, resultOf(changes)) : [];
    const all = [...changes, ...provenances];
    const resolve = resultOf(all);
    const told = await toldBy(all, store);
    const events = await inTurns(told, ({ action, follows, entities }, at) => {
      const facts = { ...origin.factsOf(action), action, entities };
      const id = follows === undefined ? timeOrderedId(facts.at) : `audit-${at}`;
      return auditChange(auditFields(facts, trail.observer), id, trail.search, { resolve, ...(follows === undefined ? {} : { follows }) });
    });
    const results = await commitWith(store, changes, [...provenances, ...events], options).then((committed) => committed.results, async (error: unknown) => {
      if (!isUnsupported(error)) throw error;
      const { results: alone } = await commitWith(store, changes, provenances, options);
      if (alone[0]?.repeated) return alone;
      for (const { action, entities } of toldAfter(changes, alone)) await trail.note({ ...origin.factsOf(action), action, entities });
      return alone;
    });
    if (events.length > 0 && !results[0]?.repeated) origin.committed?.();
    return results;
  });
}

async function toldBy(changes: readonly Change[], store: Store): Promise<Told[]> {
  const told: Told[] = [];
  const latest = new Map<string, Told>();
  for (const [index, change] of changes.entries()) {
    if (change.op === 'match') continue;
    const action = actionOf(change);
    const follows = change.op === 'put' ? change.follows : undefined;
    const key = `${action} ${follows ?? ''}`;
    let kind = latest.get(key);
    if (!kind || kind.entities.length >= MOST_ENTITIES) {
      kind = { action, follows, entities: [] };
      latest.set(key, kind);
      told.push(kind);
    }
    kind.entities.push(...(change.op === 'put' ? [addressOf(change, index)] : await deletedBy(change, store)));
  }
  return told;
}

/** As the interaction means it: whether an update creates is known only inside the commit. */
function actionOf(change: PutChange | DeleteChange): Told['action'] {
  if (change.op === 'delete') return 'D';
  return change.method === 'POST' || change.expect?.version === 0 || change.condition?.whenOne === 'keep' ? 'C' : 'U';
}

const addressOf = ({ type, id, condition, follows }: PutChange, index: number): string => (condition || follows !== undefined ? standIn(index) : `${type}/${id}`);

async function deletedBy({ type, id, condition }: DeleteChange, store: Store): Promise<string[]> {
  if (id !== undefined) return [`${type}/${id}`];
  if (!condition) return [];
  const { matches } = await store.search({ types: [type], where: condition.where, sort: [], count: MOST_DELETED, isLast: true, total: 'none', includes: [] });
  return matches.map((match) => `${match.type}/${match.id}`);
}

/** What was made, where that is known from the results alone. */
function toldAfter(changes: readonly Change[], results: readonly ChangeResult[]): Told[] {
  return changes.flatMap((change, index): Told[] => {
    const result = results[index];
    if (change.op === 'match' || result?.id === undefined) return [];
    return [{ action: actionOf(change), follows: undefined, entities: [`${result.type}/${result.id}`] }];
  });
}
