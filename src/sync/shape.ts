import type { FhirResource } from 'fhir/r4.js';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list; none where it is no list. */
export const objectsIn = (value: unknown): Readonly<Record<string, unknown>>[] => (Array.isArray(value) ? value.filter(isObject) : []);

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isList = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.every(isObject));

/**
 * What is wrong with what is looked at of a resource before it is validated (its id, its `meta`), in words; undefined:
 * nothing. A source may send anything.
 */
export function misshapen({ id, meta }: { readonly id?: unknown; readonly meta?: unknown }): string | undefined {
  if (typeof id !== 'string' || !/^[A-Za-z0-9\-.]{1,64}$/.test(id)) return 'Its id is none of FHIR (R4 §2.24.0.1): up to 64 letters, digits, - and .';
  if (meta === undefined) return undefined;
  if (!isObject(meta)) return 'It is not read, since it says the same twice or is too deep, or its meta is no object';
  const { versionId, lastUpdated, tag, security, extension } = meta;
  return isText(versionId) && isText(lastUpdated) && isList(tag) && isList(security) && isList(extension) ? undefined : 'Its meta does not have the shape of one';
}

/** The address of a resource there, as dead letters name it, whatever stands for its id. */
export const addressOf = ({ resourceType, id }: Pick<FhirResource, 'resourceType'> & { readonly id?: unknown }): string => `${resourceType}/${(typeof id === 'string' && id !== '' ? id : '(none)').slice(0, 100)}`;
