import type { FhirRequest, FhirResponse } from './interactions/interaction.js';

/** Told how far something is: in words that tell nothing of whom it is about, and which part of all is done, 0 to 1, where that is known. */
export type Progress = (said: string, part?: number) => void;

/** What began, to be asked about: absolute URLs. */
export interface Begun {
  /** Where to ask how far it is, and what came of it. */
  readonly status: string;
  /** The Task that says how far it is. */
  readonly task: string;
}

/** Work that goes on after its request was answered (R4 §3.1.6, "Asynchronous Request Pattern"), as its callers see it; whose job it is not, for them it is not there. */
export interface AsyncJobs {
  /** Does the request of an operation when its turn comes, once, in the name of its caller; answers where to ask for it. @throws {FhirError} 503 when too many wait */
  defer(request: FhirRequest): Promise<Begun>;
  /** 202 while it goes on, then what came of it. @throws {FhirError} 404 */
  status(id: string, request: FhirRequest): Promise<FhirResponse>;
  /** Ends it, and takes away what came of it. @throws {FhirError} 404 */
  cancel(id: string, request: FhirRequest): Promise<FhirResponse>;
  /** One of the files that came of it. @throws {FhirError} 404 */
  file(id: string, name: string, request: FhirRequest): Promise<FhirResponse>;
}

/** Says of an answer that a Task tells how far the work is that it is about (RFC 8631 §4, relation type `status`). */
export const taskLink = (url: string): { readonly Link: string } => ({ Link: `<${url}>; rel="status"` });

/** The first segment of the addresses of jobs. */
export const JOB_SEGMENT = '$job';
