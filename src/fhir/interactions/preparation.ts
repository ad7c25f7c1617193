import type { FhirResource } from 'fhir/r4.js';
import type { BodyPart, IndexEntry } from '../../store/store.js';
import { resolveLinks, type LinkResolver } from '../bundle/references.js';
import { bodyOf, withIdAndMeta } from '../json/edit.js';
import { stringifyExact } from '../json/exact.js';
import type { Scan } from '../json/scan.js';
import { outline } from '../json/spans.js';
import { FhirError, type Issue } from '../outcome.js';
import type { Search, SearchableResource } from '../search/index.js';
import type { Secrets } from '../secrets.js';
import { validateResource } from '../validation/index.js';
import { content } from './body.js';
import type { Call, Fhir } from './interaction.js';

/** A resource that was found good: its plain value, the text as it will be stored (with every digit), and what it is found by. */
export interface Prepared {
  readonly value: SearchableResource;
  readonly body: readonly BodyPart[];
  readonly index: readonly IndexEntry[];
  /** How to name the resource in an error, e.g. `Patient` or `Bundle.entry[1].resource`. */
  readonly expression: string;
}

export interface PreparationOptions {
  readonly type: string;
  readonly expression: string | undefined;
  readonly search: Search;
  readonly resolve?: LinkResolver | undefined;
  readonly checkClaims?: CheckClaims | undefined;
  /** Seals the secrets in it; undefined: it has none. */
  readonly secrets?: Secrets | undefined;
}

/** Where a valid resource is not what it claims to be (`meta.profile`); `at` says where it stands. */
export type CheckClaims = (resource: SearchableResource, at: string) => readonly Issue[];

/** The resource in the body of a create or update. @throws {FhirError} 400, 413, 415 */
export function prepareBody(call: Call, fhir: Fhir): Prepared {
  const { scanned, expression } = content(call.request);
  return prepare(scanned, { type: call.type, expression, search: fhir.search, resolve: call.resolve, checkClaims: fhir.checkClaims, secrets: fhir.secrets });
}

/**
 * Validates a resource's text, extracts its index entries and splices the slots of id and meta into it; with `resolve`
 * the references that it knows are rewritten too.
 * @throws {FhirError} 400 with every issue that the validation found, 422 with those of the profiles that it claims to meet.
 */
export function prepare(scanned: Scan, { type, expression, search, resolve, checkClaims, secrets }: PreparationOptions): Prepared {
  const value = JSON.parse(scanned.text) as SearchableResource;
  mustMeet(value, type, expression, checkClaims);
  const links = resolve && resolveLinks(scanned, resolve, expression ?? type);
  const edits = [...(links?.edits ?? []), ...(secrets?.edits(value, scanned.text, expression ?? type) ?? [])];
  return { value, body: withIdAndMeta(scanned, edits), index: search.extract(value, links?.resolve), expression: expression ?? type };
}

/**
 * The same of a resource that is a value as JSON has it: no member is undefined. What has secrets goes by its text.
 * @throws {FhirError} as `prepare`
 */
export function prepareValue(value: SearchableResource & FhirResource, { type, search, checkClaims, secrets }: Omit<PreparationOptions, 'resolve' | 'expression'>): Prepared {
  if (secrets && type === 'Subscription') return prepare(outline(stringifyExact(value)), { type, expression: undefined, search, checkClaims, secrets });
  mustMeet(value, type, undefined, checkClaims);
  return { value, body: bodyOf(value), index: search.extract(value), expression: type };
}

function mustMeet(value: SearchableResource, type: string, expression: string | undefined, checkClaims: CheckClaims | undefined): void {
  mustBeValid(value, type, expression);
  const broken = checkClaims?.(value, expression ?? type).filter(({ severity }) => severity === 'error') ?? [];
  if (broken.length > 0) throw new FhirError(422, broken);
}

/** @throws {FhirError} 400 when the resource is not a valid one of the type (undefined: of the type it says). */
export function mustBeValid(value: unknown, type: string | undefined, expression: string | undefined): void {
  const issues = validateResource(value, { ...(type ? { expectType: type } : {}), ...(expression ? { prefix: expression } : {}) });
  if (issues.length > 0) throw new FhirError(400, issues);
}
