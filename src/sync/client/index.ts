/** FHIR servers of others, as a client sees them. */
export { SourceError, type SourceFailure } from './error.js';
export { Pace, PACE, type PaceLimits } from './pace.js';
export { SourceClient, type Access, type SourceAnswer, type SourceClientParts } from './source-client.js';
