import type { FhirResource } from 'fhir/r4.js';
import { composeBody } from '../store/body.js';
import type { Change, ChangeResult, CommitOptions, PutChange, Store } from '../store/store.js';
import { committing, commitWith } from './committing.js';
import { prepare } from './interactions/preparation.js';
import { stringifyExact } from './json/exact.js';
import { outline } from './json/spans.js';
import { inTurns } from './pace.js';
import type { Search } from './search/index.js';
import { resultOf, standIn } from './stand-in.js';

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
  return committing(store, async (changes: readonly Change[], options?: CommitOptions): Promise<ChangeResult[]> => {
    if (!changes.some((change) => isAccompanied(change, accompaniment))) return store.commit(changes, options);
    const followers = (await inTurns<Change, readonly PutChange[]>(changes, (change, index) => (isAccompanied(change, accompaniment) ? followersOf(change, index, changes, accompaniment, { store, search }) : []))).flat();
    if (followers.length === 0) return store.commit(changes, options);
    const { results, beside } = await commitWith(store, changes, followers, options);
    if (beside.some(({ outcome }) => outcome === 'created')) accompaniment.written();
    return results;
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
