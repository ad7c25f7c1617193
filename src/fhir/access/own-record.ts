import { isDeepStrictEqual } from 'node:util';
import type { FhirResource, Patient } from 'fhir/r4.js';
import { composeBody } from '../../store/body.js';
import type { PutChange, Store, Stored } from '../../store/store.js';
import { isMember } from '../interactions/compartment.js';
import type { Issue } from '../outcome.js';
import { targetOf } from '../search/references.js';
import { knownElsewhere } from './elsewhere.js';
import type { Rights } from './rights.js';
import type { Sight } from './sight.js';

export interface OwnRecordParts {
  readonly store: Pick<Store, 'read'>;
  readonly rights: Rights;
  readonly sight: Sight;
  /** The FHIR base, without a slash at the end. */
  readonly baseUrl: string;
}

/**
 * What a resource may not say that is written under `patient/`, though it is about the patient; undefined: it may be
 * written. `together`: `Type/id` of what is written with it, which is judged by itself.
 * - What is in somebody's record, persons aside, is named only where it is in this patient's, or may be read anyway: a
 *   decision about another's claim would be worked on there. What stood there before may stay.
 * - `Patient.link` stays as it is: by it all that is known of one patient becomes another's.
 * - Where else it is known stays as it is (`elsewhere.ts`).
 */
export async function forbiddenIn(change: PutChange, before: Stored | undefined, together: ReadonlySet<string>, parts: OwnRecordParts): Promise<Issue | undefined> {
  const after = JSON.parse(composeBody(change.body, { id: change.id, version: 0, lastUpdated: '', result: () => '' })) as FhirResource;
  const stood = before && parse(before);
  if (after.resourceType === 'Patient' && !isDeepStrictEqual(after.link, (stood as Patient | undefined)?.link)) return linkStays(after);
  const elsewhere = knownElsewhere(after, stood);
  if (elsewhere) return elsewhere;
  const known = new Set(stood && referencesIn(stood));
  for (const reference of new Set(referencesIn(after))) {
    const { type, id } = targetOf(reference, `${parts.baseUrl}/`);
    if (known.has(reference) || type === undefined || typeof id !== 'string' || type === 'Patient' || !isMember('Patient', type) || together.has(`${type}/${id}`)) continue;
    if (!(await isWithin(type, id, parts))) return notInRecord(placeOf(reference, after, after.resourceType) ?? after.resourceType);
  }
  return undefined;
}

async function isWithin(type: string, id: string, { store, rights, sight }: OwnRecordParts): Promise<boolean> {
  const right = rights.ofRecord(type);
  if (right === 'all') return true;
  const stored = await store.read(type, id);
  return stored !== undefined && sight.reaches(stored, right);
}

const linkStays = ({ link }: Patient): Issue => ({
  severity: 'error', code: 'forbidden', id: 'patient-link',
  text: 'Who is the same person as the patient can’t be said with a patient/ scope: send Patient.link as it stands',
  expression: link === undefined ? 'Patient' : 'Patient.link',
});

/** What is another's and what is not there are told alike. */
const notInRecord = (expression: string): Issue => ({
  severity: 'error', code: 'forbidden', id: 'not-in-record',
  text: 'With a patient/ scope a resource may refer only to what is in the patient’s own record: this is not, or is not there',
  expression,
});

/** All that are named, anywhere. */
function referencesIn(value: unknown, found: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return found;
  const { reference } = value as { readonly reference?: unknown };
  if (typeof reference === 'string' && reference !== '') found.push(reference);
  for (const each of Object.values(value)) if (typeof each === 'object') referencesIn(each, found);
  return found;
}

/** FHIRPath of the first element that holds the reference, or of the nearest around it that FHIRPath calls as JSON does. */
function placeOf(wanted: string, value: unknown, expression: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ((value as { readonly reference?: unknown }).reference === wanted) return expression;
  for (const [name, each] of Object.entries(value)) {
    // `valueReference` is `value` in FHIRPath.
    const place = placeOf(wanted, each, Array.isArray(value) ? `${expression}[${name}]` : name.endsWith('Reference') ? expression : `${expression}.${name}`);
    if (place !== undefined) return place;
  }
  return undefined;
}

const parse = ({ body }: Stored): FhirResource => JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as FhirResource;
