import type { IndexEntry } from '../../store/store.js';
import type { ReferenceResolver, SearchableResource } from './search.js';

/** Where a reference leads: to a resource of this server, or to a URL of elsewhere. */
export type Target = Pick<IndexEntry & { kind: 'reference' }, 'type' | 'id' | 'url' | 'version'>;

/** An id of a resource (R4 §2.24.0.1). */
export const RESOURCE_ID = /^[A-Za-z0-9\-.]{1,64}$/;
const LOCAL = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;
const TYPED_URL = /\/([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** `base` ends with a slash. */
export function targetOf(reference: string, base: string): Target {
  const path = reference.startsWith(base) ? reference.slice(base.length) : reference;
  const local = LOCAL.exec(path);
  if (!local) return { url: reference };
  const [, type, id, version] = local;
  return { ...(type ? { type } : {}), ...(id ? { id } : {}), ...(version ? { version } : {}) };
}

/** The type of resource that a Reference leads to, as far as it can be known without reading it (`resolve() is Patient`). */
export function typeOfReference(value: unknown, context: { readonly resource: SearchableResource; readonly resolve: ReferenceResolver | undefined }): string | undefined {
  const { reference, type } = value as { reference?: unknown; type?: unknown };
  const stated = typeof type === 'string' ? type : undefined;
  if (typeof reference !== 'string') return stated;
  if (reference.startsWith('#')) return contained(context.resource, reference.slice(1)) ?? stated;
  return context.resolve?.(reference)?.type ?? LOCAL.exec(reference)?.[1] ?? TYPED_URL.exec(reference)?.[1] ?? stated;
}

function contained(resource: SearchableResource, id: string): string | undefined {
  const { contained: all } = resource as { contained?: unknown };
  if (!Array.isArray(all)) return undefined;
  return (all as SearchableResource[]).find((each) => each?.id === id)?.resourceType;
}
