import type { LogEntry } from '../fhir/interactions/interaction.js';
import type { Resources } from '../fhir/resources.js';
import type { SyncEngine } from './engine.js';
import type { Source } from './source.js';
import { checkpointsOf, isHeld, sources } from './status.js';

export interface ScheduleParts {
  readonly engine: SyncEngine;
  readonly resources: Resources;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Begins a look at every source whose time has come (`sync-source` every), and waits for none: what takes hours at one
 * keeps no other waiting. When a source was looked at last stands in its checkpoints, so that it holds over restarts and
 * for several processes. Whoever stops the engine waits for what was begun.
 */
export function scheduled({ engine, resources, log }: ScheduleParts): (now: Date) => Promise<void> {
  const running = new Set<string>();
  return async (now) => {
    await Promise.all((await sources(resources)).map(async ({ endpoint, source }) => {
      if (running.has(source.id) || !(await isDue(source, resources, now))) return;
      running.add(source.id);
      void engine.run(endpoint)
        .catch((error: unknown) => log({ level: 'error', event: 'source not synchronised', source: source.id, error: error instanceof Error ? error.name : typeof error }))
        .finally(() => running.delete(source.id));
    }));
  };
}

/** After a failure it waits as long as is noted there; what was cut off goes on at once. */
async function isDue(source: Source, resources: Resources, now: Date): Promise<boolean> {
  if (source.everyMs === undefined) return false;
  const checkpoints = await checkpointsOf(source, resources);
  if (checkpoints.some(({ notBefore }) => notBefore !== undefined && Date.parse(notBefore) > now.getTime())) return false;
  if (checkpoints.some((checkpoint) => checkpoint.ended === undefined && !isHeld(checkpoint, now))) return true;
  const begun = checkpoints.map(({ started }) => Date.parse(started ?? '')).filter((ms) => !Number.isNaN(ms));
  return begun.length === 0 || now.getTime() - Math.min(...begun) >= source.everyMs;
}
