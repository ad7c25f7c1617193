import { setImmediate } from 'node:timers/promises';

/** How long large work may keep the event loop before other requests have their turn. */
const TURN_MS = 5;

/** To be awaited between the pieces of long work: lets others go on when a turn is over. */
export function pace(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MS) return;
    await setImmediate();
    began = performance.now();
  };
}

/** So many of a list are begun at once. */
const AT_ONCE = 50;

/** `Promise.all` of a list that may be long: a few at once, and others have their turn between. */
export async function inTurns<Item, Result>(items: readonly Item[], task: (item: Item, index: number) => Result | Promise<Result>): Promise<Result[]> {
  const pause = pace();
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(async (item, index) => task(item, start + index)))));
    await pause();
  }
  return results;
}
