import type { Bundle, BundleEntry, FhirResource, OperationOutcome } from 'fhir/r4.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { linkFrom } from '../fhir/link.js';
import { FhirError } from '../fhir/outcome.js';
import { inTurns } from '../fhir/pace.js';
import type { ReadyChange, ResourceChange } from '../fhir/resources.js';
import { added, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { SourceError, type SourceAnswer, type SourceClient } from './client/index.js';
import { deadLetter, issuesOf } from './dead-letter.js';
import { failureIssue } from './issues.js';
import { newestOfEach, take, type IntakeContext, type Taken } from './intake.js';
import { RowChanged, type Journal } from './journal.js';
import type { TypePlan } from './plan.js';
import { provenancesOf, withProvenance } from './provenance.js';
import type { Locate } from './references.js';
import { addressOf, misshapen, objectsIn } from './shape.js';
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

/** It is not gone on with now: what is written is where it goes on. */
export class Stopped extends Error {
  constructor(why: string) {
    super(why);
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
  const ready = await inTurns(newestOfEach(resources.filter((resource) => misshapen(resource) === undefined)), async (resource) => readied(await takenOrNot(resource, page), lane));
  const unread = resources.flatMap((resource) => failed(addressOf(resource), undefined, misshapen(resource), lane));
  const written = ready.map(({ one }) => one).filter((one) => one.kind === 'written');
  const provenances = provenancesOf(written, lane).map((put) => lane.resources.ready({ put, ifAbsent: true }));
  return withFailures({ taken: ready.map(({ one }) => one), changes: [...ready.flatMap(({ changes }) => changes), ...provenances] }, unread);
}

/** One that can't be read, since it lacks what FHIR has each of its type have, keeps none of the others waiting. */
async function takenOrNot(resource: FhirResource, lane: Lane): Promise<Taken> {
  const [target, version] = [addressOf(resource), resource.meta?.versionId];
  try {
    return await take(resource, lane);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [letter] = failed(target, version, 'It does not have the shape of its type', lane);
    if (!letter) throw error;
    return letter;
  }
}

/** What is wrong with a resource, as what becomes of it; nothing where nothing is. */
function failed(target: string, version: string | undefined, text: string | undefined, { source, now, log }: Lane): Taken[] {
  if (text === undefined) return [];
  log({ level: 'error', event: 'synchronised resource refused', source: source.id, type: target.split('/')[0] ?? '', issues: 1 });
  return [{ kind: 'failed', target, changes: [deadLetter(source, target, version, [failureIssue('unreadable', text)], now())] }];
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
  const { journal } = lane;
  try {
    await journal.write([...changes, ...withProvenance(more, lane)], { counts: added(journal.checkpoint.counts, countsOf(taken)), ...progress });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    for (const one of taken) await writeOne(one, lane);
    for (const change of more) await journal.write(withProvenance([change], lane), {}).catch((forbidden: unknown) => noted(forbidden, lane));
    await journal.write([], progress);
  }
}

/** What is forbidden here whatever the source says of it (an account with a balance is not closed) is a dead letter. */
async function writeOne(one: Taken, lane: Lane): Promise<void> {
  const { journal, source, now } = lane;
  const counting = (what: Taken): Partial<Checkpoint> => ({ counts: added(journal.checkpoint.counts, countsOf([what])) });
  const provenances = one.kind === 'written' ? provenancesOf([one], lane).map((put) => ({ put, ifAbsent: true })) : [];
  try {
    await journal.write([...(one.changes ?? []), ...provenances], counting(one));
  } catch (error) {
    noted(error, lane);
    const changes = [deadLetter(source, one.target, one.kind === 'written' ? upstreamOf(one.put)?.version : undefined, issuesOf(error), now())];
    await journal.write(changes, counting({ kind: 'failed', target: one.target, changes }));
  }
}

/** A rule of ours forbids a change (`fhir/guard.ts`). */
const isForbidden = (error: unknown): error is FhirError => error instanceof FhirError && [400, 409, 422].includes(error.status);

function noted(error: unknown, { log, source }: Lane): void {
  if (!isForbidden(error)) throw error;
  log({ level: 'error', event: 'synchronised resource forbidden', source: source.id, issues: error.issues.map(({ id, code }) => id ?? code).join(' ') });
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
  if (bundle.entry !== undefined && !Array.isArray(bundle.entry)) throw new SourceError('unreadable', 'The entries of a searchset are no list');
  const entries = objectsIn(bundle.entry) as unknown as BundleEntry<FhirResource>[];
  const outcomes = entries.flatMap(({ resource }) => (resource?.resourceType === 'OperationOutcome' ? [resource] : []));
  const said = new Set(outcomes.flatMap((outcome) => noteOutcome(outcome, lane)));
  if (said.has(CUT_OFF)) throw new SourceError('refused', 'The source finds more than it gives');
  const matches = entries.flatMap(({ resource, search }) => (search?.mode === 'outcome' ? [] : (resource ?? []))).filter(({ resourceType }) => types.has(resourceType));
  if (said.has(PARTIAL_PAGE)) for (const resource of matches) if (misshapen(resource) === undefined) resource.meta = withPartialTag(resource.meta);
  return matches;
}

/** Answers its codes. */
function noteOutcome({ issue }: OperationOutcome, { log, source }: Pick<Lane, 'log' | 'source'>): string[] {
  const codes = objectsIn(issue).flatMap(({ code, details }) => [code, ...objectsIn((details as { coding?: unknown } | null | undefined)?.coding).map((coding) => coding['code'])]).filter((code) => typeof code === 'string' && /^[\w.-]{1,40}$/.test(code));
  log({ level: 'info', event: 'source said', source: source.id, codes: codes.join(' ') });
  return codes as string[];
}

/** The address of the next page. */
export function nextOf({ resource: { link }, url }: Pick<SourceAnswer<Bundle>, 'resource' | 'url'>): string | undefined {
  const next = objectsIn(link).find(({ relation }) => relation === 'next')?.['url'];
  return typeof next !== 'string' ? undefined : linkFrom(url, next);
}
