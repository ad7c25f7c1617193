import type { Findings } from './issue.js';
import { isObject } from './rule.js';
import type { JsonObject } from './rule.js';

/**
 * Contained resources of one resource and the references to them (FHIR R4 §2.3.13, invariants dom-2 to dom-5, ref-1).
 * References are collected while the resource is walked and checked at its end.
 */
export class LocalReferences {
  private readonly references: { readonly id: string; readonly at: string }[] = [];

  /** `reference` begins with `#`. */
  add(reference: string, at: string): void {
    this.references.push({ id: reference.slice(1), at });
  }

  /** Called with the resource that contains. */
  check(resource: JsonObject, findings: Findings): void {
    const contained = Array.isArray(resource.contained) ? resource.contained : [];
    if (contained.length === 0 && this.references.length === 0) return;
    const ids = new Set<unknown>();
    contained.forEach((inner: unknown, index) => {
      if (isObject(inner)) checkContained(inner, `${findings.here}.contained[${index}]`, ids, findings);
    });
    for (const { id, at } of this.references) {
      if (id !== '' && !ids.has(id)) findings.report('invariant', 'A reference that begins with # must name the id of a contained resource. Contain it, or refer to it by type and id.', 'ref-1', 'reference', at);
    }
    this.checkMentioned(resource, contained, findings);
  }

  /** dom-3: a contained resource is referred to, or refers to its container (`#`). */
  private checkMentioned(resource: JsonObject, contained: readonly unknown[], findings: Findings): void {
    const mentioned = new Set(this.references.map(({ id }) => id));
    const unmentioned = (inner: unknown): boolean => isObject(inner) && !(typeof inner.id === 'string' && mentioned.has(inner.id));
    if (!contained.some(unmentioned)) return;
    collectMentions(resource, mentioned);
    if (mentioned.has('')) return;
    contained.forEach((inner, index) => {
      if (unmentioned(inner)) findings.report('invariant', 'A contained resource must be referred to from the resource that contains it, by # and its id. Refer to it or remove it.', 'dom-3', `contained[${index}]`);
    });
  }
}

/** dom-2, dom-4, dom-5, and that ids are there once. */
function checkContained(inner: JsonObject, at: string, ids: Set<unknown>, findings: Findings): void {
  const meta = isObject(inner.meta) ? inner.meta : {};
  if ('contained' in inner) findings.report('invariant', 'A contained resource must not contain others. Contain them in the outer resource.', 'dom-2', 'contained', at);
  if ('versionId' in meta || 'lastUpdated' in meta) findings.report('invariant', 'A contained resource has no versionId and no lastUpdated. Remove them.', 'dom-4', 'meta', at);
  if ('security' in meta) findings.report('invariant', 'A contained resource has no security labels. Put them on the outer resource.', 'dom-5', 'meta.security', at);
  if (ids.has(inner.id)) findings.report('invariant', 'The ids of contained resources must differ.', 'contained-id', 'id', at);
  if (inner.id !== undefined) ids.add(inner.id);
}

/** Canonicals and URIs refer to contained resources too (`"instantiatesCanonical": ["#plan"]`). */
function collectMentions(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('#')) into.add(value.slice(1));
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) collectMentions(child, into);
  }
}
