import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { FhirError, type Issue } from '../fhir/outcome.js';
import { validateResource } from '../fhir/validation/index.js';
import type { ResourceChange } from '../fhir/resources.js';
import { added, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { SourceError, type SourceClient } from './client/index.js';
import { deadLetter, issuesOf, newestOfEach, provenanceOf, take, type IntakeContext, type Taken } from './intake.js';
import { RowChanged, type Journal } from './journal.js';
import type { TypePlan } from './plan.js';

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

/**
 * Takes some resources of the source and writes them with how far that brings the lane, in one commit. What is not valid
 * keeps none of the others waiting: it is written down as a dead letter.
 * @throws {RowChanged} a row was changed meanwhile: fetch the same again. `resources` are used up.
 */
export async function store(resources: readonly FhirResource[], lane: Lane, progress: Partial<Checkpoint>, more: readonly ResourceChange[] = []): Promise<Taken[]> {
  const taken = await Promise.all(newestOfEach(resources).map((resource) => take(resource, lane)));
  try {
    await write(taken, lane, progress, more);
    return taken;
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 422) throw error;
  }
  const sorted = taken.map((one) => (one.kind === 'written' ? checked(one, lane) : one));
  await write(sorted, lane, progress, more);
  return sorted;
}

async function write(taken: readonly Taken[], lane: Lane, progress: Partial<Checkpoint>, more: readonly ResourceChange[]): Promise<void> {
  const written = taken.filter((one) => one.kind === 'written');
  const rows = taken.flatMap((one) => (one.kind === 'unchanged' ? [] : one.changes));
  const provenance = written.length > 0 ? [{ put: provenanceOf(written, lane), ifAbsent: true }] : [];
  const counts = added(lane.journal.checkpoint.counts, countsOf(taken));
  await lane.journal.write([...rows, ...provenance, ...more], { counts, ...progress });
}

export const countsOf = (taken: readonly Taken[]): Counts => taken.reduce<Counts>((counts, { kind }) => ({ ...counts, read: counts.read + 1, [kind]: counts[kind] + 1 }), NOTHING);

/** A dead letter instead of what is not valid. */
function checked(one: Taken & { readonly kind: 'written' }, { source, now, log }: Lane): Taken {
  const issues = invalidity(one.put);
  if (issues.length === 0) return one;
  log({ level: 'error', event: 'synchronised resource refused', source: source.id, type: one.put.resourceType, issues: issues.length });
  return { kind: 'failed', target: one.target, changes: [deadLetter(source, one.put, one.target, issues, now())] };
}

function invalidity(resource: FhirResource): readonly Issue[] {
  try {
    return validateResource(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  } catch (error) {
    return issuesOf(error);
  }
}

/** The matches of a page, and what it says beside them. @throws {SourceError} `unreadable` for what is no searchset */
export function matchesOf(bundle: Bundle, types: ReadonlySet<string>, lane: Pick<Lane, 'log' | 'source'>): FhirResource[] {
  if (bundle.resourceType !== 'Bundle') throw new SourceError('unreadable', 'The source answered a search with what is no Bundle');
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => (resource ?? []) as FhirResource | []);
  for (const resource of resources) if (resource.resourceType === 'OperationOutcome') noteOutcome(resource, lane);
  return resources.filter(({ resourceType, id }) => types.has(resourceType) && id !== undefined);
}

function noteOutcome({ issue }: OperationOutcome, { log, source }: Pick<Lane, 'log' | 'source'>): void {
  const codes = (Array.isArray(issue) ? issue : []).flatMap(({ code, details }) => [code, ...(details?.coding ?? []).map((coding) => coding.code)]);
  log({ level: 'info', event: 'source said', source: source.id, codes: codes.filter((code) => code !== undefined && /^[\w.-]{1,40}$/.test(code)).join(' ') });
}

/** The address of the next page, as it stands. */
export const nextOf = ({ link }: Bundle): string | undefined => (Array.isArray(link) ? link.find(({ relation }) => relation === 'next')?.url : undefined);
