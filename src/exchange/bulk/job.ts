import type { KeptCaller } from '../../fhir/access/kept.js';
import type { Cursor, Journal } from '../../fhir/journal.js';
import type { Issue } from '../../fhir/outcome.js';
import type { QueryParameter } from '../../fhir/search/index.js';

/** What a job is about, and how far it has come: a fact that is kept from the request until it has expired. */
export interface Job {
  readonly id: string;
  /** What was asked, below the base. */
  readonly request: string;
  /** Whose it is; undefined while nobody is asked who they are. */
  readonly caller?: KeptCaller;
  /** Milliseconds. */
  readonly begun: number;
  /** Milliseconds; undefined: it goes on. */
  readonly ended?: number;
  /** Why nothing came of it. */
  readonly failed?: Issue;
  /** Which process is at it, and until when no other may be, milliseconds. */
  readonly lease?: { readonly owner: string; readonly until: number };
  readonly work: ExportWork | ImportWork | OperationWork;
}

/** Whose resources are exported: all that is stored, that of all patients, or that of the members of a version of a Group. */
export type Population = { readonly level: 'system' } | { readonly level: 'patient' } | { readonly level: 'group'; readonly id: string; readonly version: number };

export interface ExportWork {
  readonly kind: 'export';
  readonly population: Population;
  readonly types: readonly string[];
  /** FHIR instant. */
  readonly since?: string;
  /** Searches, any of which a resource of its type must meet. */
  readonly filters: readonly { readonly type: string; readonly query: string }[];
  /** The place in the log that is shown, and when that was. */
  readonly until: Cursor;
  readonly at: string;
  /** Milliseconds: before that, the log may still change before the place. */
  readonly settled: number;
  readonly files: readonly ExportFile[];
  /** Where the next file begins: number of the type, place in the log. */
  readonly next: { readonly type: number; readonly after?: Cursor };
}

/** A part of the log. Nothing is copied: versions do not change, so that the part says the same whenever it is read. */
export interface ExportFile {
  readonly name: string;
  readonly type: string;
  /** What has gone since `since`, instead of what stands. */
  readonly deleted?: true;
  readonly after?: Cursor;
  readonly until: Cursor;
  readonly count: number;
}

export interface ImportWork {
  readonly kind: 'import';
  readonly inputs: readonly ImportInput[];
  /** Number of the input, and its lines that are done. */
  readonly next: { readonly input: number; readonly line: number };
}

export interface ImportInput {
  /** The type of its resources; undefined: any. */
  readonly type?: string;
  /** Where it is; undefined: it came with the request, and is kept in so many parts. */
  readonly url?: string;
  readonly parts?: number;
  /** Lines that were written, and those that could not be. */
  readonly taken: number;
  readonly refused: number;
}

/** An operation that goes on after its request. Contents are kept in parts, as base64. */
export interface OperationWork {
  readonly kind: 'operation';
  readonly asked: {
    readonly method: string;
    readonly path: readonly string[];
    readonly query: readonly QueryParameter[];
    readonly headers: Readonly<Record<string, string>>;
    readonly address?: string;
    readonly requestId: string;
    readonly parts: number;
  };
  /** How far it says that it is, and which part of all is done, 0 to 1. */
  readonly progress?: string;
  readonly part?: number;
  /** What came of it. */
  readonly answer?: { readonly status: number; readonly contentType?: string; readonly isOutcome?: true; readonly parts: number };
}

const PREFIX = 'bulk/';
const nameOf = (id: string): string => `${PREFIX}${id}`;

/** A job as it was read: what a change of it must replace. */
export interface Held {
  readonly job: Job;
  readonly text: string;
}

const held = (text: string): Held => ({ job: JSON.parse(text) as Job, text });

export async function readJob(id: string, journal: Journal): Promise<Held | undefined> {
  const text = await journal.getFact(nameOf(id));
  return text === undefined ? undefined : held(text);
}

export const allJobs = async (journal: Journal): Promise<Held[]> => [...(await journal.facts(PREFIX)).values()].map(held);

/** Undefined where another was faster, or it is gone. */
export async function writeJob(job: Job, before: Held | undefined, journal: Journal): Promise<Held | undefined> {
  const text = JSON.stringify(job);
  return (await journal.swapFact(nameOf(job.id), before?.text, text)) ? { job, text } : undefined;
}

/** The job, and what is kept beside it, is there no more; whoever is at it sees that with the next step. */
export async function dropJob(id: string, journal: Journal): Promise<void> {
  await dropFact(nameOf(id), journal);
  for (const part of PARTS) for (const name of (await journal.facts(partPrefix(part, id))).keys()) await dropFact(name, journal);
}

/** Also where it is changed meanwhile. */
async function dropFact(name: string, journal: Journal): Promise<void> {
  for (let text = await journal.getFact(name); text !== undefined; text = await journal.getFact(name)) if (await journal.swapFact(name, text, undefined)) return;
}

/** Larger pieces of a job are facts of their own. */
const PARTS = ['input', 'error', 'answer'] as const;
export type Part = (typeof PARTS)[number];
const partPrefix = (part: Part, id: string): string => `bulk-${part}/${id}/`;
/** Names in their order. */
const partName = (part: Part, id: string, number: number): string => `${partPrefix(part, id)}${String(number).padStart(8, '0')}`;

export const readPart = (part: Part, id: string, number: number, journal: Journal): Promise<string | undefined> => journal.getFact(partName(part, id, number));

/** The same part twice stays what it is. */
export const keepPart = async (part: Part, id: string, number: number, text: string, journal: Journal): Promise<void> => void (await journal.initFact(partName(part, id, number), text));

export const partsOf = async (part: Part, id: string, journal: Journal): Promise<string[]> => [...(await journal.facts(partPrefix(part, id))).values()];
