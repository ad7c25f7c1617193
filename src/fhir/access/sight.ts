import type { Binary } from 'fhir/r4.js';
import type { Expression, IndexEntry, Store, Stored } from '../../store/store.js';
import { isMember } from '../interactions/compartment.js';
import { matches } from '../search/matches.js';
import type { Search, SearchableResource } from '../search/index.js';
import type { Permission } from './caller.js';
import { goesByContext, type Right, type Rights } from './rights.js';

/** What of the store a caller sees: each version is judged by its own content. */
export class Sight {
  readonly #store: Store;
  readonly #rights: Rights;
  readonly #search: Search;
  /** A version never changes: what a limit makes of one that the store keeps need not be found out again. */
  readonly #judged = new WeakMap<Stored, Map<Expression, boolean>>();

  constructor(store: Store, rights: Rights, search: Search) {
    this.#store = store;
    this.#rights = rights;
    this.#search = search;
  }

  /** The current version, if all of these permissions reach it; a deletion, if they reached what was deleted. */
  async current(type: string, id: string, permissions: readonly Permission[]): Promise<Stored | undefined> {
    const rights = permissions.map((permission) => this.#rights.of(type, permission));
    if (rights.includes('none')) return undefined;
    const stored = await this.#store.read(type, id);
    return stored && (await this.#sees(stored, rights)) ? stored : undefined;
  }

  async currentIsSeen(type: string, id: string, permission: Permission): Promise<boolean> {
    return (await this.current(type, id, [permission])) !== undefined;
  }

  /** A version of long ago is seen if it may be, and what stands now may be too: what was moved out of a record is out of it as a whole. */
  async version(stored: Stored, permission: Permission): Promise<boolean> {
    const right = this.#rights.of(stored.type, permission);
    if (right === 'all') return true;
    if (right === 'none' || !(await this.#sees(stored, [right]))) return false;
    return this.currentIsSeen(stored.type, stored.id, permission);
  }

  /** Whether a right reaches what stands, or stood before it was deleted. */
  async reaches(stored: Stored, right: Right): Promise<boolean> {
    return this.#sees(stored, [right]);
  }

  async #sees(stored: Stored, rights: readonly Right[]): Promise<boolean> {
    if (rights.includes('none')) return false;
    const limits = rights.filter((right) => right !== 'all' && right !== 'none');
    if (limits.length === 0) return true;
    const held = await this.#lastHeld(stored);
    if (!held) return false;
    const unmet = limits.filter((limit) => !this.#meets(held, limit));
    return unmet.length === 0 || (unmet.every(goesByContext) && this.#reachesContext(held));
  }

  /** Whether what a Binary states as its `securityContext` is in the patient's record, and may be read: what all share opens nothing. */
  async #reachesContext({ type, body }: Stored): Promise<boolean> {
    if (type !== 'Binary') return false;
    const { securityContext } = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as Binary;
    const [, of, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(securityContext?.reference ?? '') ?? [];
    return of !== undefined && id !== undefined && isMember('Patient', of) && this.currentIsSeen(of, id, 'r');
  }

  #meets(held: Stored, limit: Expression): boolean {
    const judged = this.#judged.get(held) ?? new Map<Expression, boolean>();
    const before = judged.get(limit);
    if (before !== undefined) return before;
    const meets = matches(limit, { type: held.type, id: held.id, entries: this.#entriesOf(held) });
    this.#judged.set(held, judged.set(limit, meets));
    return meets;
  }

  #entriesOf({ body, lastUpdated }: Stored): readonly IndexEntry[] {
    const value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as SearchableResource;
    const moment = Date.parse(lastUpdated);
    return [...this.#search.extract(value), { kind: 'date', param: '_lastUpdated', low: moment, high: moment + 1 }];
  }

  /** A deletion says nothing itself. */
  async #lastHeld(stored: Stored): Promise<Stored | undefined> {
    return stored.deleted ? this.#store.readVersion(stored.type, stored.id, stored.version - 1) : stored;
  }
}
