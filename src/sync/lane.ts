import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { linkFrom } from '../fhir/link.js';
import { inTurns } from '../fhir/pace.js';
import type { ReadyChange, ResourceChange } from '../fhir/resources.js';
import { added, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { SourceError, type SourceAnswer, type SourceClient } from './client/index.js';
import { deadLetter, issuesOf } from './dead-letter.js';
import { newestOfEach, take, type IntakeContext, type Taken } from './intake.js';
import { RowChanged, type Journal } from './journal.js';
import type { TypePlan } from './plan.js';
import { provenancesOf, withProvenance } from './provenance.js';
import type { Locate } from './references.js';
import { upstreamOf, withPartialTag } from './upstream.js';

/** What one way of going through a lane works with. */
export interface Lane extends IntakeContext {
  readonly client: SourceClient;
  readonly journal: Journal;
  readonly log: (entry: LogEntry) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** @throws {Stopped} once the process is to end. */
  readonly mayGoOn: () => void;
}

/** Goes through one lane, from where its checkpoint says; answers what the checkpoint has to say at its end. */
export type Traversal = (plan: TypePlan, lane: Lane) => Promise<Partial<Checkpoint>>;

/** The process is to end: what is written is where it goes on. */
export class Stopped extends Error {
  constructor() {
    super('the process is to end');
    this.name = 'Stopped';
  }
}

/** So often what a row rests on is looked at anew because somebody changed it meanwhile. */
const MEETINGS = 5;

/** Does it again with what `load` gives then, while others change the same rows. */
export async function meeting<T>(work: () => Promise<T>): Promise<T> {
  for (let meetings = 1; ; meetings++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RowChanged) || meetings === MEETINGS) throw error;
    }
  }
}

/** Some resources of the source as they are to be written, and what goes with them. */
export interface Rows {
  readonly taken: readonly Taken[];
  readonly changes: readonly (ResourceChange | ReadyChange)[];
}

/**
 * Takes some resources of the source, and makes ready what is to be written of them: all that takes long, so that it may be
 * done while others are written. What is not valid keeps none of the others waiting: it is written down as a dead letter.
 * `resources` are used up.
 */
export async function rowsOf(resources: readonly FhirResource[], lane: Lane): Promise<Rows> {
  const page = { ...lane, locate: once(lane.locate) };
  const ready = await inTurns(newestOfEach(resources), async (resource) => readied(await take(resource, page), lane));
  const written = ready.map(({ one }) => one).filter((one) => one.kind === 'written');
  const provenances = provenancesOf(written, lane).map((put) => lane.resources.ready({ put, ifAbsent: true }));
  return { taken: ready.map(({ one }) => one), changes: [...ready.flatMap(({ changes }) => changes), ...provenances] };
}

export const NO_ROWS: Rows = { taken: [], changes: [] };

/** Looks once for each, also for what is not here: many of a page refer to the same. */
function once(locate: Locate): Locate {
  const asked = new Map<string, ReturnType<Locate>>();
  return (target) => {
    const address = `${target.type}/${target.id}`;
    const found = asked.get(address) ?? locate(target);
    asked.set(address, found);
    return found;
  };
}

/** The same rows with what could not be taken beside them. */
export const withFailures = ({ taken, changes }: Rows, failures: readonly Taken[]): Rows => ({ taken: [...taken, ...failures], changes: [...changes, ...failures.flatMap((one) => one.changes ?? [])] });

/**
 * Writes rows with how far that brings the lane, in one commit.
 * @throws {RowChanged} a row was changed meanwhile: fetch the same again.
 */
export async function write({ taken, changes }: Rows, lane: Lane, progress: Partial<Checkpoint>, more: readonly ResourceChange[] = []): Promise<void> {
  await lane.journal.write([...changes, ...withProvenance(more, lane)], { counts: added(lane.journal.checkpoint.counts, countsOf(taken)), ...progress });
}

/** Takes and writes some resources. @throws {RowChanged} as `write` */
export async function store(resources: readonly FhirResource[], lane: Lane, progress: Partial<Checkpoint>, more: readonly ResourceChange[] = []): Promise<void> {
  await write(await rowsOf(resources, lane), lane, progress, more);
}

export const countsOf = (taken: readonly Taken[]): Counts => taken.reduce<Counts>((counts, { kind }) => ({ ...counts, read: counts.read + 1, [kind]: counts[kind] + 1 }), NOTHING);

/** Its changes, ready to be written; a dead letter instead of what is not valid. */
function readied(one: Taken, { resources, source, now, log }: Lane): { readonly one: Taken; readonly changes: readonly (ResourceChange | ReadyChange)[] } {
  if (one.kind !== 'written') return { one, changes: one.changes ?? [] };
  try {
    return { one, changes: one.changes.map((change) => resources.ready(change)) };
  } catch (error) {
    const issues = issuesOf(error);
    log({ level: 'error', event: 'synchronised resource refused', source: source.id, type: one.put.resourceType, issues: issues.length });
    const changes = [deadLetter(source, one.target, upstreamOf(one.put)?.version, issues, now())];
    return { one: { kind: 'failed', target: one.target, changes }, changes };
  }
}

/** Epic's code of a page that leaves out some of what it was asked for. */
const PARTIAL_PAGE = '59133';
/** Epic's code of a search that finds more than it gives. */
const CUT_OFF = '4127';

/**
 * The matches of a page, what it says beside them being noted. Where it says that it leaves something out, they are taken as such.
 * @throws {SourceError} `unreadable` for what is no searchset, `refused` for one that is cut off
 */
export function matchesOf(bundle: Bundle, types: ReadonlySet<string>, lane: Pick<Lane, 'log' | 'source'>): FhirResource[] {
  if (bundle.resourceType !== 'Bundle') throw new SourceError('unreadable', 'The source answered a search with what is no Bundle');
  const entries = (bundle as Bundle<FhirResource>).entry ?? [];
  const outcomes = entries.flatMap(({ resource }) => (resource?.resourceType === 'OperationOutcome' ? [resource] : []));
  const said = new Set(outcomes.flatMap((outcome) => noteOutcome(outcome, lane)));
  if (said.has(CUT_OFF)) throw new SourceError('refused', 'The source finds more than it gives');
  const matches = entries.flatMap(({ resource, search }) => (search?.mode === 'outcome' ? [] : (resource ?? []))).filter(({ resourceType, id }) => types.has(resourceType) && id !== undefined);
  if (said.has(PARTIAL_PAGE)) for (const resource of matches) resource.meta = withPartialTag(resource.meta);
  return matches;
}

/** Answers its codes. */
function noteOutcome({ issue }: OperationOutcome, { log, source }: Pick<Lane, 'log' | 'source'>): string[] {
  const codes = (Array.isArray(issue) ? issue : []).flatMap(({ code, details }) => [code, ...(details?.coding ?? []).map((coding) => coding.code)]).filter((code) => code !== undefined && /^[\w.-]{1,40}$/.test(code));
  log({ level: 'info', event: 'source said', source: source.id, codes: codes.join(' ') });
  return codes as string[];
}

/** The address of the next page. */
export function nextOf({ resource: { link }, url }: Pick<SourceAnswer<Bundle>, 'resource' | 'url'>): string | undefined {
  const next = Array.isArray(link) ? link.find(({ relation }) => relation === 'next')?.url : undefined;
  return next === undefined ? undefined : linkFrom(url, next);
}
