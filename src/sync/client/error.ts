import type { OperationOutcome } from 'fhir/r4.js';
import { objectsIn } from '../shape.js';

/**
 * Why a source did not give what it was asked for.
 * `unreachable`: no whole answer, or a status after which it may go well later, and all attempts are used up ·
 * `refused`: it said no (4xx) · `unauthorized`: no token, or one that it does not take · `foreign`: the address is not the
 * source's own: nothing was sent · `unreadable`: what came is no FHIR.
 */
export type SourceFailure = 'unreachable' | 'refused' | 'unauthorized' | 'foreign' | 'unreadable';

/** The one error of a source. The message holds nothing that the source said: it may quote a patient. */
export class SourceError extends Error {
  readonly failure: SourceFailure;
  /** Of the answer; undefined where none came. */
  readonly status: number | undefined;
  /** What the source said, where it was an OperationOutcome. */
  readonly outcome: OperationOutcome | undefined;
  /** How long the source wants to be left alone, ms. */
  readonly afterMs: number | undefined;
  /** Where the source redirects to, `Type/id` there: what was asked for has been merged into it. */
  readonly successor: string | undefined;

  constructor(failure: SourceFailure, message: string, { status, outcome, afterMs, successor }: { readonly status?: number | undefined; readonly outcome?: OperationOutcome | undefined; readonly afterMs?: number | undefined; readonly successor?: string | undefined } = {}) {
    super(message);
    this.name = 'SourceError';
    this.failure = failure;
    this.status = status;
    this.outcome = outcome;
    this.afterMs = afterMs;
    this.successor = successor;
  }

  /** The codes that the source gave, e.g. Epic's 4113: those alone are ever logged. */
  get codes(): readonly string[] {
    const codings = objectsIn(this.outcome?.issue).flatMap(({ details }) => objectsIn((details as { coding?: unknown } | null | undefined)?.coding));
    return codings.flatMap(({ code }) => (typeof code === 'string' && /^[\w.-]{1,40}$/.test(code) ? [code] : []));
  }
}
