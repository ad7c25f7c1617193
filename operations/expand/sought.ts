import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import type { Inputs, OperationCall, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors, FhirError } from '../../src/fhir/outcome.js';
import { drawnOn, expansionOf, withoutVersion, withStored, type Concept, type Find } from '../../src/fhir/terminology/index.js';

/** The value set that an operation is about, and where what it draws on is found. */
export interface SoughtValueSet {
  readonly valueSet: ValueSet;
  readonly find: Find;
}

/**
 * The value set in the URL of a call, in its parameter `valueSet`, or by `url` and `valueSetVersion`.
 * @throws {FhirError} 400 when none is named, 404 when there is none.
 */
export async function soughtValueSet({ level, target, in: inputs }: OperationCall, { terminology, resources }: OperationContext): Promise<SoughtValueSet> {
  const given = level === 'instance' ? (target as ValueSet) : inputs.resource<ValueSet>('valueSet');
  if (given) return { valueSet: given, find: await withStored(drawnOn(given), terminology.find, resources) };
  const url = inputs.string('url');
  if (url === undefined) throw errors.required('Name the value set by the parameter url, or send it as valueSet');
  const canonical = withVersion(url, inputs.string('valueSetVersion'));
  const find = await withStored([['ValueSet', canonical]], terminology.find, resources);
  const found = find(withoutVersion(canonical));
  if (found?.resourceType !== 'ValueSet' || !isOfVersion(found, canonical)) throw notHeld('value set', found, inputs.one('url')?.expression);
  return { valueSet: found, find };
}

/**
 * The code system of a canonical URL, perhaps with a version; `at` is where it was named.
 * @throws {FhirError} 404 when there is none.
 */
export async function soughtCodeSystem(canonical: string, at: string | undefined, { terminology, resources }: OperationContext): Promise<CodeSystem> {
  const find = await withStored([['CodeSystem', canonical]], terminology.find, resources);
  const found = find(withoutVersion(canonical));
  if (found?.resourceType !== 'CodeSystem' || !isOfVersion(found, canonical)) throw notHeld('code system', found, at);
  return found;
}

/** A canonical URL with the version that is stated beside it. */
export const withVersion = (url: string, version: string | undefined): string => (version === undefined || url.includes('|') ? url : `${url}|${version}`);

/** @throws {FhirError} 422 that names what the value set draws on and this server does not have. */
export function mustExpand({ valueSet, find }: SoughtValueSet): readonly Concept[] {
  const expansion = expansionOf(valueSet, find);
  if ('concepts' in expansion) return expansion.concepts;
  throw new FhirError(422, { severity: 'error', code: 'not-supported', text: `The codes of this value set can't be told here: this server lacks ${expansion.lacks}` });
}

/** Displays are held in English. @throws {FhirError} 422 for another language. */
export function mustBeEnglish(inputs: Inputs): void {
  if (/^en\b/i.test(inputs.string('displayLanguage') ?? 'en')) return;
  throw errors.processing('This server has displays in English only: ask for en', inputs.one('displayLanguage')?.expression);
}

function isOfVersion(found: ValueSet | CodeSystem, canonical: string): boolean {
  const [, version] = canonical.split('|', 2);
  return version === undefined || found.version === version;
}

const notHeld = (what: string, found: ValueSet | CodeSystem | undefined, at: string | undefined): FhirError =>
  errors.notFound(found ? `This server does not have the ${what} in this version, but in ${found.version ?? 'one without a version'}` : `This server does not have this ${what}`, at);
