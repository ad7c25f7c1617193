import { isObject, type JsonObject } from '../rule.js';

/** A resource that says that it meets a profile. */
export interface Claim {
  readonly claimant: JsonObject;
  readonly at: string;
  readonly profile: string;
  /** Where it says so. */
  readonly stated: string;
}

/** The claims of a resource, of what it contains and of the entries of a Bundle. */
export function claimsIn(resource: JsonObject, at: string): Claim[] {
  const profiles = isObject(resource.meta) && Array.isArray(resource.meta.profile) ? resource.meta.profile : [];
  const own = profiles.flatMap((profile: unknown, index) => (typeof profile === 'string' ? [{ claimant: resource, at, profile, stated: `${at}.meta.profile[${index}]` }] : []));
  return [...own, ...innerResources(resource, at).flatMap(([inner, innerAt]) => claimsIn(inner, innerAt))];
}

function innerResources(resource: JsonObject, at: string): [JsonObject, string][] {
  const contained = list(resource.contained).flatMap((each, index): [JsonObject, string][] => (isObject(each) ? [[each, `${at}.contained[${index}]`]] : []));
  const entries = resource.resourceType === 'Bundle' ? list(resource.entry) : [];
  return [...contained, ...entries.flatMap((each, index): [JsonObject, string][] => (isObject(each) && isObject(each.resource) ? [[each.resource, `${at}.entry[${index}].resource`]] : []))];
}

/** The entries of what should be a list. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
