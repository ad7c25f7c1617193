import { SourceError } from './client/index.js';
import { RowChanged } from './journal.js';
import { Stopped } from './lane.js';

export const SHUTTING = 'The server is shutting down: it goes on where it was';
export const CHANGED = 'Its Endpoint was changed meanwhile: it goes on by what that says now';

/** Whether waiting may mend it. Such a failure is of the whole source; any other of what was asked for. */
export const isPassing = (code: string): boolean => code === 'unreachable' || code === 'unauthorized';

/** A defect of ours, or the store's, is a failure too: it must show, and keep nothing else waiting. */
export function failureOf(error: unknown): { readonly code: string; readonly text: string; readonly afterMs: number | undefined } {
  if (error instanceof SourceError) return { code: error.failure, text: error.message, afterMs: error.afterMs };
  if (error instanceof Stopped) return { code: 'stopped', text: error.message, afterMs: undefined };
  if (error instanceof RowChanged) return { code: 'unreachable', text: 'Others change the same resources all the time: it goes on where it was', afterMs: undefined };
  return { code: 'internal', text: 'It failed on this side: the log says with what', afterMs: undefined };
}

/** For the log: what a source said by its codes, where a defect is by its name and place, and nobody's data. */
export function detailsOf(error: unknown): Readonly<Record<string, string | number>> {
  if (error instanceof SourceError) return { status: error.status ?? 0, codes: error.codes.join(' ') };
  if (!(error instanceof Error) || failureOf(error).code !== 'internal') return {};
  return { error: error.name, at: /([\w.-]+:\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1] ?? '' };
}
