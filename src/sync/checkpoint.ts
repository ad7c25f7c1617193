import type { Basic, Extension } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';
import { uuid5 } from './identity.js';
import { SYNC_SYSTEM } from './upstream.js';

/** How many resources a run has looked at, and what came of them. */
export interface Counts {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly failed: number;
}

export const NOTHING: Counts = { read: 0, written: 0, unchanged: 0, failed: 0 };

export const added = (a: Counts, b: Counts): Counts => ({ read: a.read + b.read, written: a.written + b.written, unchanged: a.unchanged + b.unchanged, failed: a.failed + b.failed });

/** How far the synchronisation of one lane (a type, or an export of several) has come. Moments are FHIR instants. */
export interface Checkpoint {
  /** The Endpoint's id. */
  readonly source: string;
  readonly lane: string;
  /** Of the source's server: with another one it begins anew. */
  readonly base?: string | undefined;
  /** Up to which moment of the source's clock all is here. */
  readonly highWater?: string | undefined;
  /** When all of it, not only what changed, was last looked at to its end. */
  readonly lastFull?: string | undefined;
  /** The run that is at it, or was last. */
  readonly run?: string | undefined;
  readonly started?: string | undefined;
  /** Undefined while a run is at it, or was cut off. */
  readonly ended?: string | undefined;
  /** What `highWater` will be when the run is through. */
  readonly until?: string | undefined;
  readonly isFull?: boolean | undefined;
  /** Where the run goes on: the address of the next page, or of an export. */
  readonly cursor?: string | undefined;
  /** Where the run goes on: the last patient that is done, or file and line of an export. */
  readonly position?: string | undefined;
  readonly counts: Counts;
  /** Which members of a Group a full export did not bring; a hash. */
  readonly members?: string | undefined;
  /** Why the last run did not come to its end, as a code (`SourceFailure`). */
  readonly failure?: string | undefined;
  /** Before then a run by the schedule is of no use. */
  readonly notBefore?: string | undefined;
  /** Who is at it, and until when nobody else takes it. */
  readonly lease?: { readonly holder: string; readonly until: string } | undefined;
  /** Of the Basic that holds it; 0: there is none yet. */
  readonly version: number;
}

const CHECKPOINT = structureDefinition('sync-checkpoint');
export const checkpointId = (source: string, lane: string): string => uuid5(SPACE, `checkpoint ${source} ${lane}`);
/** Of ids that are made here for what belongs to a source. */
const SPACE = '6ba7b812-9dad-11d1-80b4-00c04fd430c8';
export const madeId = (...parts: readonly string[]): string => uuid5(SPACE, parts.join(' '));

/** Its parts that are text, by the names they have in the extension. */
const STRINGS = ['lane', 'base', 'run', 'position', 'failure', 'members'] as const;
const INSTANTS = ['highWater', 'lastFull', 'started', 'ended', 'until', 'notBefore'] as const;
const COUNTS = ['read', 'written', 'unchanged', 'failed'] as const;

export function toBasic(checkpoint: Checkpoint): Basic {
  const { source, lane, counts, isFull, cursor, lease } = checkpoint;
  const extension: Extension[] = [
    ...STRINGS.flatMap((url) => (checkpoint[url] === undefined ? [] : [{ url, valueString: checkpoint[url] }])),
    ...INSTANTS.flatMap((url) => (checkpoint[url] === undefined ? [] : [{ url, valueInstant: checkpoint[url] }])),
    ...COUNTS.map((url) => ({ url, valueUnsignedInt: counts[url] })),
    ...(isFull ? [{ url: 'full', valueBoolean: true }] : []),
    ...(cursor === undefined ? [] : [{ url: 'cursor', valueUrl: cursor }]),
    ...(lease ? [{ url: 'leaseHolder', valueString: lease.holder }, { url: 'leaseUntil', valueInstant: lease.until }] : []),
  ];
  return {
    resourceType: 'Basic',
    id: checkpointId(source, lane),
    extension: [{ url: CHECKPOINT, extension }],
    code: { coding: [{ system: SYNC_SYSTEM, code: 'checkpoint' }] },
    subject: { reference: `Endpoint/${source}` },
  };
}

/** Undefined for what is none, or was tampered with. */
export function fromBasic({ extension = [], subject, meta }: Basic): Checkpoint | undefined {
  const parts = new Map((extension.find(({ url }) => url === CHECKPOINT)?.extension ?? []).map((part) => [part.url, part]));
  const [lane, source] = [parts.get('lane')?.valueString, /^Endpoint\/(.+)$/.exec(subject?.reference ?? '')?.[1]];
  if (lane === undefined || source === undefined) return undefined;
  const [holder, until] = [parts.get('leaseHolder')?.valueString, parts.get('leaseUntil')?.valueInstant];
  const strings = Object.fromEntries(STRINGS.map((name) => [name, parts.get(name)?.valueString])) as Pick<Checkpoint, 'base' | 'run' | 'position' | 'failure' | 'members'>;
  const instants = Object.fromEntries(INSTANTS.map((name) => [name, parts.get(name)?.valueInstant])) as Pick<Checkpoint, (typeof INSTANTS)[number]>;
  const counts = Object.fromEntries(COUNTS.map((name) => [name, parts.get(name)?.valueUnsignedInt ?? 0])) as unknown as Counts;
  return {
    ...strings, ...instants, source, lane, counts,
    isFull: parts.get('full')?.valueBoolean ?? false,
    cursor: parts.get('cursor')?.valueUrl,
    lease: holder === undefined || until === undefined ? undefined : { holder, until },
    version: Number(meta?.versionId ?? 0),
  };
}
