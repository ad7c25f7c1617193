/**
 * Work that goes on after its request was answered — R4 §3.1.6; Bulk Data Access 2.0, "Bulk Data Status Request", "Delete
 * Request" and "Output File Request". `GET [base]/$job/[id]`, `DELETE [base]/$job/[id]`, `GET [base]/$job/[id]/[file]`
 *
 * | the job | answer |
 * |---|---|
 * | is another caller's, has ended long ago, or never was | 404 |
 * | goes on | 202 with `X-Progress` and `Retry-After` |
 * | is done | 200 with what came of it; a file as newline-delimited JSON |
 * | has failed | 500 with the reason |
 * | is deleted | 202; it is broken off where it goes on |
 *
 * Its state names the Task that says it too (`Link`), to all who may read Tasks.
 */
import { errors } from '../outcome.js';
import type { AsyncJobs } from '../jobs.js';
import type { Call, Fhir, FhirResponse } from './interaction.js';

export const jobStatus = async (call: Call, fhir: Fhir): Promise<FhirResponse> => jobsOf(fhir).status(call.job, call.request);
export const jobCancel = async (call: Call, fhir: Fhir): Promise<FhirResponse> => jobsOf(fhir).cancel(call.job, call.request);
export const jobFile = async (call: Call, fhir: Fhir): Promise<FhirResponse> => jobsOf(fhir).file(call.job, call.file, call.request);

function jobsOf({ jobs }: Fhir): AsyncJobs {
  if (!jobs) throw errors.notFound('This server has no jobs');
  return jobs;
}
