import type { Basic, FhirResource } from 'fhir/r4.js';
import { CANONICAL, structureDefinition } from '../../claims/canonical.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';

/** `CodeSystem/stock`: what is worked out from what is stored, and kept beside it. */
export const STOCK_SYSTEM = `${CANONICAL}/CodeSystem/stock`;
const MARK = structureDefinition('stock-taken');

/** More changes than this are not looked at one by one: everything is worked out anew. */
const MOST_CHANGES = 20_000;
/** Clocks of several processes differ, and a commit takes a while: so far back it is looked at again. */
const OVERLAP_MS = 2_000;
/** Changes that concern nobody are looked at again until there are so many: the mark would be one more of them. */
const MOST_PASSED_OVER = 500;

/** What a stock rests on, and how it is worked out. */
export interface StockRules {
  /** Id of the `Basic` that says up to when what is stored was looked through. */
  readonly mark: string;
  /** Types that it rests on. */
  readonly types: ReadonlySet<string>;
  /** Works out what rests on some resources anew; undefined: everything. Answers how many subjects that concerned. */
  renew(changed: readonly FhirResource[] | undefined, resources: Resources): Promise<number>;
}

/**
 * Keeps a stock up to date by what was stored since the last look, by whatever way it came (REST, import, load, another
 * process). A look is complete up to the moment when it began: whoever asks waits for one. Two at once, in one process
 * or several, write the same.
 */
export class StockTaking {
  readonly #rules: StockRules;
  #taking: Promise<void> | undefined;

  constructor(rules: StockRules) {
    this.#rules = rules;
  }

  /** Brings the stock up to now; callers at the same time wait for the same look and the one after it. */
  async take(resources: Resources): Promise<void> {
    if (this.#taking) await this.#taking.catch(() => undefined);
    this.#taking ??= this.#take(resources).finally(() => (this.#taking = undefined));
    await this.#taking;
  }

  async #take(resources: Resources): Promise<void> {
    const { mark: id, types, renew } = this.#rules;
    const mark = await resources.read<Basic>('Basic', id);
    const since = mark?.extension?.find(({ url }) => url === MARK)?.valueInstant;
    const changed = since === undefined ? undefined : await resources.changedSince(new Date(Date.parse(since) - OVERLAP_MS), types, MOST_CHANGES, isOfStock);
    const latest = changed ? changed.latest : await resources.latestChange();
    const concerned = await renew(changed?.resources, resources);
    const isNews = changed === undefined || concerned > 0 || changed.versions > MOST_PASSED_OVER;
    if (latest !== undefined && latest !== since && isNews) await resources.commit([{ put: markAt(id, latest) }]);
  }
}

/** Kept by the thousand, and no reason to look again: their ids say so. */
export const STOCK_IDS = { facts: 'review-', effort: 'effort-' } as const;
const isOfStock = (type: string, id: string): boolean => type === 'Basic' && Object.values(STOCK_IDS).some((prefix) => id.startsWith(prefix));

const markAt = (id: string, valueInstant: string): Basic => ({
  resourceType: 'Basic', id, extension: [{ url: MARK, valueInstant }], code: { coding: [{ system: STOCK_SYSTEM, code: 'stock-taken' }] },
});

/** What makes the kept rows the wanted ones: what is there and the same stays, what nothing wants any more goes. */
export function difference(wanted: readonly Basic[], kept: readonly Basic[], textOf: (basic: Basic) => string = (basic) => JSON.stringify(basic.extension)): ResourceChange[] {
  const known = new Map(kept.map((basic) => [basic.id, textOf(basic)]));
  const ids = new Set(wanted.map(({ id }) => id));
  return [
    ...wanted.filter((basic) => known.get(basic.id) !== textOf(basic)).map((put) => ({ put })),
    ...kept.filter(({ id }) => !ids.has(id)).map(({ id = '' }) => ({ delete: { type: 'Basic', id } })),
  ];
}

/** Does something for each, a few at a time. */
export async function forEach<T>(all: Iterable<T>, work: (one: T) => Promise<void>, sideBySide = 4): Promise<void> {
  const left = all[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
}
