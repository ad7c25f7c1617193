import type { LogEntry } from '../fhir/interactions/interaction.js';
import type { Resources } from '../fhir/resources.js';
import type { SyncEngine } from './engine.js';
import { sources, statusOf } from './status.js';

export interface ScheduleParts {
  readonly engine: SyncEngine;
  readonly resources: Resources;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Looks at every source whose time has come (`sync-source` every), side by side. When it was looked at last stands in its
 * checkpoints, so that it holds over restarts and for several processes.
 */
export const scheduled = ({ engine, resources, log }: ScheduleParts) => async (now: Date): Promise<void> => {
  await Promise.all((await sources(resources)).map(async ({ endpoint, source }) => {
    if (source.everyMs === undefined || !(await isDue(source.everyMs))) return;
    try {
      await engine.run(endpoint);
    } catch (error) {
      log({ level: 'error', event: 'source not synchronised', source: source.id, error: error instanceof Error ? error.name : typeof error });
    }

    async function isDue(everyMs: number): Promise<boolean> {
      const { lanes } = await statusOf(source, resources, now);
      const last = lanes.map(({ started }) => Date.parse(started ?? '')).filter((ms) => !Number.isNaN(ms));
      const isCutOff = lanes.some(({ ended, isRunning }) => ended === undefined && !isRunning);
      if (lanes.some(({ notBefore }) => notBefore !== undefined && Date.parse(notBefore) > now.getTime())) return false;
      return last.length === 0 || isCutOff || now.getTime() - Math.min(...last) >= everyMs;
    }
  }));
};
