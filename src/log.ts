import pino, { type Level } from 'pino';
import type { LogEntry } from './fhir/interactions/interaction.js';

/** Pino's levels that are used. */
export const LOG_LEVELS = ['error', 'warn', 'info'] as const satisfies readonly Level[];

export interface Log {
  readonly write: (entry: LogEntry) => void;
  /** Before the process ends: lines are written a few at a time. */
  readonly flush: () => void;
}

/** The log on standard error: a line of JSON each, with its time. Lines below `level` are left out. */
export function openLog(level: (typeof LOG_LEVELS)[number]): Log {
  const destination = pino.destination({ dest: 2, sync: false, minLength: 4_096, periodicFlush: 200 });
  const logger = pino({ level, base: null, messageKey: 'event', timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level: (label) => ({ level: label }) } }, destination);
  return {
    write: ({ level: of, event, ...details }) => logger[of](details, event),
    flush: () => destination.flushSync(),
  };
}
