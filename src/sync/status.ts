import type { Basic, Endpoint } from 'fhir/r4.js';
import type { Resources } from '../fhir/resources.js';
import { EXPORT_LANE } from './bulk.js';
import { added, checkpointId, fromBasic, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { deadLetters } from './dead-letter.js';
import { NOTIFIED_LANE } from './notified.js';
import { sourceOf, type Source } from './source.js';
import { isStep } from './step.js';
import { SYNC_SYSTEM } from './upstream.js';

/** Where the synchronisation of a source stands. */
export interface SyncStatus {
  /** Of the last run of each lane, together. */
  readonly counts: Counts;
  /** Up to which moment of the source's clock everything is here; undefined: not everything ever was. */
  readonly checkpoint: string | undefined;
  /** How far behind that is, ms. */
  readonly lagMs: number | undefined;
  readonly lanes: readonly LaneStatus[];
  /** How many resources could not be taken. */
  readonly deadLetters: number;
}

export interface LaneStatus extends Pick<Checkpoint, 'lane' | 'highWater' | 'started' | 'ended' | 'failure' | 'notBefore' | 'counts'> {
  readonly isRunning: boolean;
}

export async function statusOf(source: Source, resources: Pick<Resources, 'search' | 'pages'>, now: Date): Promise<SyncStatus> {
  const checkpoints = await checkpointsOf(source, resources);
  const moments = checkpoints.filter(isOfType).map(({ highWater }) => highWater);
  const checkpoint = moments.length === 0 || moments.includes(undefined) ? undefined : moments.toSorted()[0];
  return {
    counts: checkpoints.reduce((counts, one) => added(counts, one.counts), NOTHING),
    checkpoint,
    lagMs: checkpoint === undefined ? undefined : Math.max(0, now.getTime() - Date.parse(checkpoint)),
    lanes: checkpoints.map(({ lease, ...lane }) => ({ ...lane, isRunning: isHeld({ lease }, now) })),
    deadLetters: (await deadLetters(source, resources)).size,
  };
}

/** Of what is kept in step, and of what fails before it. */
export async function checkpointsOf(source: Source, resources: Pick<Resources, 'search'>): Promise<readonly Checkpoint[]> {
  const basics = await resources.search<Basic>('Basic', `code=${SYNC_SYSTEM}|checkpoint&subject=Endpoint/${source.id}`);
  return basics.flatMap((basic) => fromBasic(basic) ?? []).filter((checkpoint) => isWanted(checkpoint, source));
}

/** What the source does not offer any more, or in another lane, is behind no more, and nothing of it is to be gone on with. */
export async function forgetLanes(source: Source, planned: readonly string[], resources: Resources): Promise<void> {
  const left = (await checkpointsOf(source, resources)).filter((checkpoint) => isOfType(checkpoint) && !planned.includes(checkpoint.lane));
  await resources.write(left.map(({ lane }) => ({ delete: { type: 'Basic', id: checkpointId(source.id, lane) } })));
}

/** Whether it says how far a type is. */
const isOfType = ({ lane }: Checkpoint): boolean => !isStep(lane) && lane !== NOTIFIED_LANE;

/** Whether somebody is at it. */
export const isHeld = ({ lease }: Pick<Checkpoint, 'lease'>, now: Date): boolean => lease !== undefined && Date.parse(lease.until) > now.getTime();

/** Lanes of types that are not kept in step any more say nothing of how far it is behind; a step says something while it fails. */
const isWanted = ({ lane, failure }: Checkpoint, { types, group }: Source): boolean => (isStep(lane) || lane === NOTIFIED_LANE ? failure !== undefined : lane === EXPORT_LANE ? group !== undefined : types.some((type) => type === lane));

/** All Endpoints that are sources and can be asked. */
export async function sources(resources: Resources): Promise<{ readonly endpoint: Endpoint; readonly source: Source }[]> {
  const endpoints = await resources.search<Endpoint>('Endpoint', 'status=active&connection-type=http://terminology.hl7.org/CodeSystem/endpoint-connection-type|hl7-fhir-rest');
  return endpoints.flatMap((endpoint) => {
    try {
      return [{ endpoint, source: sourceOf(endpoint) }];
    } catch {
      // A payer's Endpoint that claims are sent to, or one that says something that can't be: $sync says what.
      return [];
    }
  });
}

/** For metrics: where each source stands, by its Endpoint's id. Seconds; what is unknown is left out. */
export async function syncMetrics(resources: Resources, now: Date): Promise<{ readonly source: string; readonly lagSeconds: number | undefined; readonly lastSuccess: string | undefined; readonly failedLanes: number; readonly counts: Counts; readonly deadLetters: number }[]> {
  return Promise.all((await sources(resources)).map(async ({ source }) => {
    const { counts, lagMs, lanes, deadLetters: dead } = await statusOf(source, resources, now);
    const ended = lanes.map((lane) => (lane.failure === undefined ? lane.ended : undefined)).filter((moment) => moment !== undefined);
    return { source: source.id, lagSeconds: lagMs === undefined ? undefined : lagMs / 1_000, lastSuccess: ended.toSorted().at(-1), failedLanes: lanes.filter(({ failure }) => failure !== undefined).length, counts, deadLetters: dead };
  }));
}
