import type { MissingFact } from './types.js';

/**
 * A fact that a rule needs and nobody states: the question for it, and the values it could have (a few that stand for
 * all, where only their order or band matters).
 */
export interface UnknownFact<T> extends MissingFact {
  /** One id for one fact: asked twice, it has the same value in the same world. */
  readonly id: string;
  /** Computed only when the values are tried. */
  readonly possible: readonly T[] | (() => readonly T[]);
}

/** Gives the value that an unknown fact has in the world that is being looked at. */
export type Ask = <T>(fact: UnknownFact<T>) => T;

/**
 * What is decided under every possible value of the facts that turned out to be needed: a result where all are chosen,
 * or a fact and what follows from each of its values. `unexplored`: there were more worlds than the limit.
 */
export type Worlds<R> =
  | { readonly result: R }
  | { readonly fact: UnknownFact<unknown>; readonly branches: readonly Worlds<R>[] }
  | { readonly unexplored: true };

/** Thrown through the rules by `ask` at the first fact that has no value yet, and caught by `explore` alone: a signal, no error. */
class FactNeeded {
  readonly fact: UnknownFact<unknown>;
  constructor(fact: UnknownFact<unknown>) {
    this.fact = fact;
  }
}

interface Node<R> {
  readonly assumed: ReadonlyMap<string, unknown>;
  state: { result: R } | { fact: UnknownFact<unknown>; branches: Node<R>[] } | { unexplored: true };
}

/**
 * Runs `decide` under every possible value of every fact it asks for. Nearest facts first: when `limit` runs are not
 * enough, what is left unexplored depends on the most facts.
 */
export function explore<R>(decide: (ask: Ask) => R, limit: number): Worlds<R> {
  const root: Node<R> = { assumed: new Map(), state: { unexplored: true } };
  const queue: Node<R>[] = [root];
  for (let run = 0; run < limit; run++) {
    const node = queue[run];
    if (!node) break;
    node.state = runOnce(decide, node.assumed);
    if ('branches' in node.state) queue.push(...node.state.branches);
  }
  return freeze(root);
}

function runOnce<R>(decide: (ask: Ask) => R, assumed: ReadonlyMap<string, unknown>): Node<R>['state'] {
  const ask = <T>(fact: UnknownFact<T>): T => {
    if (!assumed.has(fact.id)) throw new FactNeeded(fact);
    return assumed.get(fact.id) as T;
  };
  try {
    return { result: decide(ask) };
  } catch (thrown) {
    if (!(thrown instanceof FactNeeded)) throw thrown;
    const { fact } = thrown;
    const possible = typeof fact.possible === 'function' ? fact.possible() : fact.possible;
    const branches = possible.map((value): Node<R> => ({ assumed: new Map(assumed).set(fact.id, value), state: { unexplored: true } }));
    return { fact, branches };
  }
}

const freeze = <R>({ state }: Node<R>): Worlds<R> =>
  'branches' in state ? { fact: state.fact, branches: state.branches.map(freeze) } : state;

/** Every result, first world first. */
export function results<R>(worlds: Worlds<R>): R[] {
  if ('result' in worlds) return [worlds.result];
  return 'branches' in worlds ? worlds.branches.flatMap(results) : [];
}

/** All facts that were asked for, nearest first, each once. */
export function factsAsked<R>(worlds: Worlds<R>): UnknownFact<unknown>[] {
  const facts = new Map<string, UnknownFact<unknown>>();
  let level: Worlds<R>[] = [worlds];
  while (level.length > 0) {
    for (const node of level) if ('fact' in node && !facts.has(node.fact.id)) facts.set(node.fact.id, node.fact);
    level = level.flatMap((node) => ('branches' in node ? node.branches : []));
  }
  return [...facts.values()];
}

/**
 * The facts among them that change what is decided, as `sameness` tells results apart: a fact whose every value leads
 * to the same is left out. What was not explored counts as different.
 */
export function decisiveFacts<R>(worlds: Worlds<R>, sameness: (result: R) => string): UnknownFact<unknown>[] {
  return factsAsked(reduce(worlds, sameness, '').worlds);
}

/** A tree without the facts that make no difference, and a key that is equal for trees that decide the same. */
function reduce<R>(worlds: Worlds<R>, sameness: (result: R) => string, path: string): { worlds: Worlds<R>; key: string } {
  if ('result' in worlds) return { worlds, key: sameness(worlds.result) };
  if (!('branches' in worlds)) return { worlds, key: `unexplored ${path}` };
  const branches = worlds.branches.map((branch, index) => reduce(branch, sameness, `${path}.${index}`));
  const [first] = branches;
  if (first && branches.every(({ key }) => key === first.key)) return first;
  return { worlds: { fact: worlds.fact, branches: branches.map((branch) => branch.worlds) }, key: `${worlds.fact.id}?${branches.map(({ key }) => key).join('|')}` };
}
