import type { FhirResource, Reference } from 'fhir/r4.js';
import { structureDefinition } from '../claims/canonical.js';
import { remoteTarget, underBase } from './identity.js';
import type { Source } from './source.js';

/** Of a reference that waits: the type and identifier that the source gives beside its address, and gets back once it is found. */
const STATED = structureDefinition('stated-reference');

/** `Type/id` of a source → `Type/id` here; undefined: it is not here. */
export type Locate = (target: { readonly type: string; readonly id: string }) => Promise<string | undefined>;

/**
 * Makes the references of a source's resource ours, in place (the digits of its numbers are remembered with its objects):
 * to the resource here; where that is not here (yet), a logical reference, whose identifier is the source's base and
 * `Type/id`, by which it is found later; what the source says there itself stands beside it until then. What leads elsewhere is kept as an identifier too: nobody is asked for it.
 * Contained, logical and display-only references stay as they are. Answers whether some of the source's are not here.
 */
export async function localize(resource: FhirResource, source: Pick<Source, 'base' | 'pageOrigins'>, locate: Locate): Promise<{ readonly isUnresolved: boolean }> {
  const { base } = source;
  let isUnresolved = false;
  for (const reference of referencesIn(resource)) {
    if (reference.reference === undefined || reference.reference.startsWith('#')) continue;
    const text = underBase(reference.reference, source);
    const target = remoteTarget(source, text);
    const here = target && (await locate(target));
    if (here !== undefined) reference.reference = here;
    else {
      isUnresolved ||= target !== undefined;
      delete reference.reference;
      if (target) keepStated(reference);
      // A conditional reference, `Patient?identifier=…`, is one of the source's own too.
      reference.type ??= target?.type;
      if (target) reference.identifier = { system: base, value: `${target.type}/${target.id}` };
      reference.identifier ??= { system: 'urn:ietf:rfc:3986', value: /^[a-z]+:/.test(text) ? text : `${base}/${text}` };
      if (reference.type === undefined) delete reference.type;
    }
  }
  return { isUnresolved };
}

/** Looks again for what was not here; answers how many references were resolved, and whether some are still not. In place. */
export async function resolve(resource: FhirResource, base: string, locate: Locate): Promise<{ readonly resolved: number; readonly isUnresolved: boolean }> {
  let resolved = 0;
  let isUnresolved = false;
  for (const reference of referencesIn(resource)) {
    const target = waitingFor(reference, base);
    if (!target) continue;
    const here = await locate(target);
    if (here === undefined) isUnresolved = true;
    else {
      reference.reference = here;
      giveStated(reference);
      resolved++;
    }
  }
  return { resolved, isUnresolved };
}

function keepStated(reference: Reference): void {
  const { type, identifier, extension = [] } = reference;
  if ((type === undefined && identifier === undefined) || !Array.isArray(extension)) return;
  reference.extension = [...extension, { url: STATED, valueReference: { ...(type === undefined ? {} : { type }), ...(identifier === undefined ? {} : { identifier }) } }];
}

function giveStated(reference: Reference): void {
  const stated = reference.extension?.find(({ url }) => url === STATED)?.valueReference;
  const others = reference.extension?.filter(({ url }) => url !== STATED) ?? [];
  delete reference.type;
  delete reference.identifier;
  delete reference.extension;
  Object.assign(reference, stated, others.length > 0 ? { extension: others } : {});
}

/** What of a source the resource refers to that is not here. */
export const wantedBy = (resource: FhirResource, base: string): { readonly type: string; readonly id: string }[] => [...referencesIn(resource)].flatMap((reference) => waitingFor(reference, base) ?? []);

const waitingFor = ({ reference, identifier }: Reference, base: string): ReturnType<typeof remoteTarget> =>
  reference === undefined && identifier?.system === base && identifier.value !== undefined ? remoteTarget({ base }, identifier.value) : undefined;

/** Every Reference of a resource: an object whose `reference` is text, or that has an `identifier` and no other sign of another type. */
function* referencesIn(value: unknown): Generator<Reference> {
  if (Array.isArray(value)) for (const each of value) yield* referencesIn(each);
  else if (isStated(value)) return;
  else if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>;
    if (isReference(object)) yield object as Reference;
    for (const key of Object.keys(object)) if (typeof object[key] === 'object') yield* referencesIn(object[key]);
  }
}

const isStated = (value: unknown): boolean => (value as { readonly url?: unknown } | null)?.url === STATED;

const OF_REFERENCE: ReadonlySet<string> = new Set(['id', 'extension', 'reference', 'type', 'identifier', 'display', '_reference', '_type', '_display']);

const isReference = (object: Record<string, unknown>): boolean =>
  (typeof object['reference'] === 'string' || (typeof object['identifier'] === 'object' && !Array.isArray(object['identifier']))) && Object.keys(object).every((key) => OF_REFERENCE.has(key));
