import type { Basic, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';
import { FhirError, toOutcome, type Issue } from '../fhir/outcome.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import { madeId } from './checkpoint.js';
import { SourceError } from './client/index.js';
import type { Taken } from './intake.js';
import { failureIssue } from './issues.js';
import type { Source } from './source.js';
import { SYNC_SYSTEM } from './upstream.js';

/**
 * What of a source could not be taken, by its address there: `Type/id`, or the search for one patient. `protected`: the
 * source guards it (break the glass), so that it is not asked for again until somebody deletes the letter. `absent`: others
 * refer to it, and the source does not have it; it is asked for again with all the others.
 */
export type DeadLetters = ReadonlyMap<string, DeadLetterKind>;
export type DeadLetterKind = 'failed' | 'protected' | 'absent';

const DEAD_LETTER = structureDefinition('sync-dead-letter');
const PROTECTED = 'protected';
const ABSENT = 'absent';

const deadLetterId = ({ base }: Source, target: string): string => madeId('dead letter', base, target);

/** Epic's codes of records that are opened only with a reason (break the glass). */
const GLASS: ReadonlySet<string> = new Set(['4130', '4131', '4134']);

/** Whether the source says no to this one thing, so that others may be had; 500: it can't put this one together. */
export const isAboutOne = (error: unknown): error is SourceError => error instanceof SourceError && (error.failure === 'refused' || (error.failure === 'unreachable' && error.status === 500));

/** So many are asked for at most, before it is the source that refuses. */
const MOST_ASKED = 16;

/** Whether the source answers for any of these: some that are spread over all of them are asked for until it does. */
export async function answersAny<T>(all: readonly T[], answers: (one: T) => Promise<boolean>): Promise<boolean> {
  const step = Math.max(1, all.length / MOST_ASKED);
  for (let at = 0; at < all.length; at += step) {
    const one = all[Math.floor(at)];
    if (one !== undefined && (await answers(one))) return true;
  }
  return false;
}

export const isProtected = ({ codes }: SourceError): boolean => codes.some((code) => GLASS.has(code));

/** What a source did not give comes to: a letter that says so, by its codes alone. */
export function refusal(target: string, error: SourceError, { source, now }: { readonly source: Source; readonly now: () => Date }, kind: 'failed' | 'absent' = 'failed'): Taken {
  const said = [error.status, ...error.codes].filter((each) => each !== undefined).join(', ');
  const issue = isProtected(error)
    ? failureIssue(PROTECTED, `The source protects this record (${said}): it is not asked for again until this is deleted`)
    : failureIssue(kind === 'absent' ? ABSENT : 'refused', kind === 'absent' ? `Others refer to this, and the source does not have it (${said})` : `The source does not give this (${said})`);
  return { kind: 'failed', target, changes: [deadLetter(source, target, undefined, [issue], now())] };
}

/** What could not be taken, and why; the resource itself stays where it is. `version`: the source's. */
export function deadLetter(source: Source, target: string, version: string | undefined, issues: readonly Issue[], at: Date): ResourceChange {
  const outcome: OperationOutcome = { ...toOutcome(issues), id: 'outcome' };
  const basic: Basic = {
    resourceType: 'Basic',
    id: deadLetterId(source, target),
    contained: [outcome],
    extension: [{
      url: DEAD_LETTER,
      extension: [{ url: 'target', valueString: target }, ...(version === undefined ? [] : [{ url: 'version', valueString: version }]), { url: 'at', valueInstant: at.toISOString() }, { url: 'outcome', valueReference: { reference: '#outcome' } }],
    }],
    code: { coding: [{ system: SYNC_SYSTEM, code: 'dead-letter' }] },
    subject: { reference: `Endpoint/${source.id}` },
  };
  return { put: basic };
}

/** What takes the letter away of something that could be taken now. */
export const healed = (target: string, { source, dead }: { readonly source: Source; readonly dead: DeadLetters }): ResourceChange[] => (dead.has(target) ? [withoutLetter(source, target)] : []);

export const withoutLetter = (source: Source, target: string): ResourceChange => ({ delete: { type: 'Basic', id: deadLetterId(source, target) } });

/** Which version a letter is about, if any; undefined: there is no letter. */
export async function letterAbout(source: Source, target: string, resources: Resources): Promise<{ readonly version: string | undefined } | undefined> {
  const letter = await resources.glance<Basic>('Basic', deadLetterId(source, target));
  return letter && { version: letter.extension?.find(({ url }) => url === DEAD_LETTER)?.extension?.find(({ url }) => url === 'version')?.valueString };
}

/** The dead letters of a source. */
export async function deadLetters(source: Source, resources: Pick<Resources, 'pages'>): Promise<DeadLetters> {
  const found = new Map<string, DeadLetterKind>();
  for await (const page of resources.pages<Basic>('Basic', `code=${SYNC_SYSTEM}|dead-letter&subject=Endpoint/${source.id}`, { isPlain: true })) {
    for (const { extension = [], contained = [] } of page) {
      const target = extension.find(({ url }) => url === DEAD_LETTER)?.extension?.find(({ url }) => url === 'target')?.valueString ?? '';
      const codes = (contained as readonly FhirResource[]).flatMap((outcome) => (outcome.resourceType === 'OperationOutcome' ? outcome.issue.flatMap(({ details }) => details?.coding ?? []) : []));
      found.set(target, ([PROTECTED, ABSENT] as const).find((kind) => codes.some(({ code }) => code === `source-${kind}`)) ?? 'failed');
    }
  }
  return found;
}

/** The issues of a resource that can't be stored; the error itself where it is none of that kind. */
export function issuesOf(error: unknown): readonly Issue[] {
  if (error instanceof FhirError && [400, 409, 422].includes(error.status)) return error.issues;
  throw error;
}
