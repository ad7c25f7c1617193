import type { FhirResource } from 'fhir/r4.js';
import { composeBody } from '../store/body.js';
import type { Change, ChangeResult, PutChange, Store } from '../store/store.js';
import { committing } from './committing.js';
import { prepare } from './interactions/preparation.js';
import { stringifyExact } from './json/exact.js';
import { outline } from './json/spans.js';
import { inTurns } from './pace.js';
import type { ReferenceResolver, Search } from './search/index.js';

/** What is written together with resources of some types, by whatever way these come. */
export interface Accompaniment {
  readonly types: ReadonlySet<string>;
  /**
   * The resources that go with one that is about to be written; `reference` stands for it in references to it, `before` is
   * what it replaces, where its type is guarded (`guard.ts`). They are written in the same commit, only if it makes a
   * version, and under ids that follow from their own here and from that version (`followerId`).
   */
  accompany(resource: FhirResource, reference: string, before: FhirResource | undefined): readonly FhirResource[];
  /** Called after each commit that wrote some. */
  written(): void;
}

/** A store whose commits take along what accompanies their resources. Types that nothing accompanies are passed on as they are. */
export function accompanied(store: Store, accompaniment: Accompaniment, search: Search): Store {
  return committing(store, async (changes: readonly Change[]): Promise<ChangeResult[]> => {
    if (!changes.some((change) => isAccompanied(change, accompaniment))) return store.commit(changes);
    const followers = (await inTurns<Change, readonly PutChange[]>(changes, (change, index) => (isAccompanied(change, accompaniment) ? followersOf(change, index, changes, accompaniment, { store, search }) : []))).flat();
    if (followers.length === 0) return store.commit(changes);
    const results = await store.commit([...changes, ...followers]);
    if (results.slice(changes.length).some(({ outcome }) => outcome === 'created')) accompaniment.written();
    return results.slice(0, changes.length);
  });
}

const isAccompanied = (change: Change, { types }: Accompaniment): change is PutChange => change.op === 'put' && types.has(change.type);

async function followersOf(change: PutChange, follows: number, changes: readonly Change[], { accompany }: Accompaniment, { store, search }: { readonly store: Store; readonly search: Search }): Promise<PutChange[]> {
  const { body } = change;
  const text = composeBody(body, { id: '', version: 0, lastUpdated: '', result: standIn });
  return accompany(JSON.parse(text) as FhirResource, standIn(follows), await replaced(change, store)).map((resource) => {
    const { resourceType: type, id = '' } = resource;
    const prepared = prepare(outline(stringifyExact(resource)), { type, expression: undefined, search, resolve: resultOf(changes) });
    return { op: 'put', method: 'PUT', type, id, body: prepared.body, index: prepared.index, follows };
  });
}

/** What a guard has read, and lets be replaced only as it is. */
async function replaced({ type, id, expect }: PutChange, store: Store): Promise<FhirResource | undefined> {
  const stored = expect?.version ? await store.readVersion(type, id, expect.version) : undefined;
  return stored && !stored.deleted ? (JSON.parse(Buffer.from(stored.body.buffer, stored.body.byteOffset, stored.body.byteLength).toString('utf8')) as FhirResource) : undefined;
}

/** Stands for the result of a change, whose id may be known only inside the commit. */
const standIn = (change: number): string => `urn:uuid:00000000-0000-4000-8000-${String(change).padStart(12, '0')}`;
const STAND_IN = /^urn:uuid:00000000-0000-4000-8000-(\d{12})$/;

const resultOf = (changes: readonly Change[]): ReferenceResolver => (reference) => {
  const number = Number(STAND_IN.exec(reference)?.[1] ?? NaN);
  const change = changes[number];
  return change && { type: change.op === 'match' ? change.condition.type : change.type, id: { slot: 'result', change: number } };
};
