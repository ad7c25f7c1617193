import type { LogEntry } from '../fhir/interactions/interaction.js';
import type { Resources } from '../fhir/resources.js';
import type { Checkpoint } from './checkpoint.js';
import type { SyncEngine } from './engine.js';
import { isPassing } from './failure.js';
import { NOTIFIED_LANE, openNotices } from './notified.js';
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
  const begin = (what: string, run: () => Promise<unknown>): void => {
    running.add(what);
    void run()
      .catch((error: unknown) => log({ level: 'error', event: 'source not synchronised', source: what, error: error instanceof Error ? error.name : typeof error }))
      .finally(() => running.delete(what));
  };
  return async (now) => {
    await Promise.all((await sources(resources)).map(async ({ endpoint, source }) => {
      const [lanes, notices] = [source.id, `${source.id} notified`];
      const checkpoints = await checkpointsOf(source, resources);
      if (checkpoints.some((checkpoint) => isOfAll(checkpoint) && isLater(checkpoint, now))) return;
      const due = (checkpoint: Checkpoint): boolean => isDue(checkpoint, source.everyMs ?? Infinity, now);
      if (!running.has(lanes) && source.everyMs !== undefined && (checkpoints.length === 0 || checkpoints.some((checkpoint) => checkpoint.lane !== NOTIFIED_LANE && due(checkpoint)))) begin(lanes, () => engine.run(endpoint, { due }));
      const mayFollow = !checkpoints.some((checkpoint) => checkpoint.lane === NOTIFIED_LANE && isLater(checkpoint, now));
      if (mayFollow && !running.has(notices) && (await openNotices(source, resources, 1)).length > 0) begin(notices, () => engine.follow(endpoint));
    }));
  };
}

const isLater = ({ notBefore }: Checkpoint, now: Date): boolean => notBefore !== undefined && Date.parse(notBefore) > now.getTime();

/** What fails here fails for the whole source. */
const isOfAll = ({ lane, failure = '' }: Checkpoint): boolean => lane === 'metadata' || isPassing(failure);

/** What was cut off goes on at once, or when it is of use; all else after so long. */
function isDue(checkpoint: Checkpoint, everyMs: number, now: Date): boolean {
  const { started, ended } = checkpoint;
  if (isLater(checkpoint, now) || isHeld(checkpoint, now)) return false;
  return ended === undefined || started === undefined || now.getTime() - Date.parse(started) >= everyMs;
}
