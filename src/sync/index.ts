/**
 * Keeps data in step with other FHIR servers: health records, and payers' decisions. Where to look:
 *
 * | question | file |
 * |---|---|
 * | what an Endpoint says of a source | `source.ts` |
 * | how each type is had from it | `plan.ts` |
 * | one run: types one after another, each under a lease | `engine.ts`, `known.ts`, `step.ts`, `failure.ts`, `journal.ts`, `checkpoint.ts` |
 * | the ways: what changed, an export, each patient, one by one, what a notification names | `window.ts`, `bulk.ts`, `sweep.ts`, `referenced.ts`, `notified.ts` |
 * | what one resource of a source becomes here | `intake.ts`, `shape.ts`, `identity.ts`, `references.ts`, `merge.ts`, `upstream.ts` |
 * | what the source does not have any more, or does not give | `missing.ts`, `dead-letter.ts` |
| what refers to something that comes later, patients that are merged | `settle.ts`, `merged.ts` |
 * | a payer's members and decisions | `payer.ts` |
 * | what goes back | `write-back.ts`, `pending.ts` |
 * | when, and how far behind | `schedule.ts`, `status.ts` |
 * | whether it can work at all (`cobalt doctor`) | `examine.ts` |
 * | requests, tokens, waiting, pace | `client/`, and `src/smart/backend`, `src/outbound/retry.ts` |
 */
export { accessFacts } from './access.js';
export { SyncEngine, type EngineParts, type LaneFailure, type RunResult } from './engine.js';
export { SourceError, type Access } from './client/index.js';
export { examinePayer, examineSource, type Examined, type ExaminingParts } from './examine.js';
export { failureIssue } from './issues.js';
export { isOf, locate } from './locate.js';
export { localize } from './references.js';
export { scheduled } from './schedule.js';
export { isSource, sourceOf, type Source } from './source.js';
export { statusOf, syncMetrics, type SyncStatus } from './status.js';
export { upstreamOf } from './upstream.js';
export type { Conflict } from './write-back.js';
