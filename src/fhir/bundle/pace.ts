import { setImmediate } from 'node:timers/promises';

/** How long a large Bundle may keep the event loop before other requests have their turn. */
const TURN_MS = 10;

/** To be awaited between the pieces of long work: lets others go on when a turn is over. */
export function pace(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MS) return;
    await setImmediate();
    began = performance.now();
  };
}
