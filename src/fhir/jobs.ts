import type { FhirRequest, FhirResponse } from './interactions/interaction.js';

/** Work that goes on after its request was answered (R4 §3.1.6, "Asynchronous Request Pattern"), as its callers see it; whose job it is not, for them it is not there. */
export interface AsyncJobs {
  /** Does the request of an operation when its turn comes, once, in the name of its caller; answers the absolute URL at which to ask for it. @throws {FhirError} 503 when too many wait */
  defer(request: FhirRequest): Promise<string>;
  /** 202 while it goes on, then what came of it. @throws {FhirError} 404 */
  status(id: string, request: FhirRequest): Promise<FhirResponse>;
  /** Ends it, and takes away what came of it. @throws {FhirError} 404 */
  cancel(id: string, request: FhirRequest): Promise<FhirResponse>;
  /** One of the files that came of it. @throws {FhirError} 404 */
  file(id: string, name: string, request: FhirRequest): Promise<FhirResponse>;
}

/** The first segment of the addresses of jobs. */
export const JOB_SEGMENT = '$job';
