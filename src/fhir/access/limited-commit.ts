import { createHash } from 'node:crypto';
import type { Change, Condition, DeleteChange, Expression, IndexEntry, MatchChange, PutChange, Store, Stored } from '../../store/store.js';
import { commitAsSeen } from '../committing.js';
import { ForbiddenChangeError, standing } from '../guard.js';
import { errors, FhirError } from '../outcome.js';
import { inTurns } from '../pace.js';
import { matches } from '../search/matches.js';
import type { Permission } from './caller.js';
import type { Limits } from './limited-store.js';
import { forbiddenIn } from './own-record.js';
import { insufficientScope } from './refusal.js';
import { bothOf, type Right } from './rights.js';
import type { Sight } from './sight.js';

/**
 * Commits what a caller may: what stands must be reached by the permission, and what will stand too. What is judged is
 * pinned to the version that was seen. Refused: 404 for what the caller does not see, 403 for what they may not make.
 */
export function limitedCommit(store: Store, limits: Limits, sight: Sight): Store['commit'] {
  const { rights, baseUrl, makes = false } = limits;
  return (changes, options) => commitAsSeen(store, changes, options, async () => {
    // First what conditional references stand for: what refers to it is judged by that.
    const asked = await inTurns(changes, (change, at) => (change.op === 'match' ? match(change, at) : undefined));
    const ids = changes.map((change, at) => asked[at]?.id ?? idOf(change));
    const named = new Set(changes.flatMap((change) => (change.op === 'put' ? [`${change.type}/${change.id}`] : [])));
    return inTurns<Change, Change>(changes, (change, at) => (change.op === 'put' ? put(change, at, { ids, named }) : change.op === 'delete' ? remove(change, at) : (asked[at]?.change ?? change)));
  });

  async function put(change: PutChange, at: number, beside: Beside): Promise<PutChange> {
    const { type, method } = change;
    const { ids } = beside;
    // An operation asks by the id that it gives itself, whether it did so before: that is no search.
    const narrowed = change.condition && !makes ? { ...change, condition: { ...change.condition, ...narrow(change.condition, at) } } : change;
    const updating = method === 'POST' ? 'none' : rights.of(type, 'u');
    const making = makingRight(change);
    if (method === 'POST') {
      if (!reaches(making, change, change.id, ids)) throw forbidden(at, type, 'c');
      await mustBeOfRecord(change, at, undefined, 'c', beside);
      return narrowed;
    }
    if (updating === 'all' && making === 'all') return narrowed;
    const before = await standing(narrowed, store);
    if (before && change.condition?.whenOne === 'keep' && making !== 'none') return narrowed;
    const right = before ? updating : making;
    if (before && !(await sight.reaches(before, updating))) throw await unreached(before, at, 'u');
    if (!before && right === 'none') throw makes || updating === 'none' ? forbidden(at, type, 'c') : absent(at, type);
    if (!reaches(right, change, before?.id ?? change.id, ids)) throw forbidden(at, type, before ? 'u' : 'c');
    await mustBeOfRecord(change, at, before, before ? 'u' : 'c', beside);
    return { ...narrowed, expect: { ...change.expect, version: change.expect?.version ?? before?.version ?? 0 } };
  }

  /** Beyond the reach of a `patient/` scope what it may not say; another scope that reaches it lets it say anything. */
  async function mustBeOfRecord(change: PutChange, at: number, before: Stored | undefined, permission: Permission, { ids, named }: Beside): Promise<void> {
    if (!rights.areOfPatient) return;
    const { type } = change;
    const other = rights.beyondPatient(type, permission);
    if (reaches(other, change, before?.id ?? change.id, ids) && (!before || (await sight.reaches(before, other)))) return;
    const issue = await forbiddenIn(change, before, named, { store, rights, sight, baseUrl });
    if (issue) throw refused(at, new FhirError(403, issue, { ...insufficientScope(rights.caller, [{ type, permissions: [permission] }], undefined, 'user').headers }));
  }

  /** An update that finds nothing makes it (SMART App Launch 2.2: `u`); who is limited would learn by it which ids are taken. */
  function makingRight({ type, method, condition }: PutChange): Right {
    if (method === 'POST') return rights.of(type, 'c');
    const updating = rights.of(type, 'u');
    if (updating === 'all') return 'all';
    if (makes) return rights.has(type, 'c') ? rights.of(type, 'c') : updating;
    return condition ? updating : 'none';
  }

  async function remove(change: DeleteChange, at: number): Promise<DeleteChange> {
    const { type, id = '', condition } = change;
    const right = rights.of(type, 'd');
    if (right === 'none') throw forbidden(at, type, 'd');
    if (condition) {
      const { where } = narrow(condition, at);
      return { ...change, condition: { ...condition, ...rekeyed(condition, right === 'all' ? where : bothOf(right, where)) } };
    }
    if (right === 'all') return change;
    const before = await store.read(type, id);
    // What is not there and what is not seen are the same.
    if (!before || before.deleted) throw absent(at, type);
    if (!(await sight.reaches(before, right))) throw await unreached(before, at, 'd');
    return { ...change, expect: { ...change.expect, version: change.expect?.version ?? before.version } };
  }

  /** A conditional reference finds what a search would; where that is limited, what it finds now and nothing else. */
  async function match(change: MatchChange, at: number): Promise<{ readonly change: MatchChange; readonly id?: string }> {
    const { condition } = change;
    const narrowed = { ...condition, ...narrow(condition, at) };
    if (narrowed.where === condition.where) return { change };
    const { matches: [found, another] } = await store.search({ types: [condition.type], where: narrowed.where, sort: [], count: 2, isLast: true, total: 'none', includes: [] });
    if (!found || another) return { change: { op: 'match', condition: narrowed } };
    return { id: found.id, change: { op: 'match', condition: { ...narrowed, ...rekeyed(narrowed, bothOf({ op: 'id', in: [found.id] }, narrowed.where)) } } };
  }

  function narrow(condition: Condition, at: number): Pick<Condition, 'key' | 'where'> {
    const right = rights.of(condition.type, 's');
    if (right === 'none') throw forbidden(at, condition.type, 's');
    return right === 'all' ? condition : rekeyed(condition, bothOf(right, condition.where));
  }

  /** What may be read is not hidden. */
  async function unreached(before: Stored, at: number, permission: Permission): Promise<ForbiddenChangeError> {
    return (await sight.reaches(before, rights.of(before.type, 'r'))) ? forbidden(at, before.type, permission) : absent(at, before.type);
  }

  function forbidden(at: number, type: string, permission: Permission): ForbiddenChangeError {
    // Who has the scope, and is limited by it, needs one that is not: no other patient's record is had by `patient/`.
    const isLimited = rights.has(type, permission) && rights.caller.scopes[0]?.context === 'patient';
    return refused(at, insufficientScope(rights.caller, [{ type, permissions: [permission] }], undefined, isLimited ? 'user' : undefined));
  }
}

const refused = (at: number, error: FhirError): ForbiddenChangeError => new ForbiddenChangeError(at, error.issues, error);
const absent = (at: number, type: string): ForbiddenChangeError => refused(at, errors.notFound(`There is no ${type} with this id`));

/** Another condition, under a key of its own: nobody else's match may stand for it. */
const rekeyed = ({ key }: Condition, where: Expression): Pick<Condition, 'key' | 'where'> =>
  ({ where, key: createHash('sha256').update(JSON.stringify([key, where])).digest('base64url') });

/** The ids that the changes will leave, by their numbers, as far as they are known before the commit. */
type Ids = readonly (string | undefined)[];

/** What is written in the same commit: `named`: `Type/id`. */
interface Beside {
  readonly ids: Ids;
  readonly named: ReadonlySet<string>;
}

const idOf = (change: Change): string | undefined => (change.op === 'put' && !change.condition ? change.id : undefined);

/** Whether a right reaches what a change will leave. A reference to what is known only inside the commit leads nowhere here. */
function reaches(right: Right, { type, index }: PutChange, id: string, ids: Ids): boolean {
  if (right === 'all' || right === 'none') return right === 'all';
  const entries = index.map((entry): IndexEntry => {
    if (entry.kind !== 'reference' || typeof entry.id !== 'object') return entry;
    const { id: slot, ...rest } = entry;
    const known = ids[slot.change];
    return known === undefined ? rest : { ...rest, id: known };
  });
  return matches(right, { type, id, entries });
}
