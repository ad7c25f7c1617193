import { hash } from 'node:crypto';

/** RFC 4122 §4.3, version 5: the same name, the same id. */
export function uuid5(namespace: string, name: string): string {
  const hex = hash('sha1', Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]));
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** RFC 4122, appendix C: names that are URLs. */
const URL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/** The id that a source's resource has here: whoever takes it, and however often. */
export const localId = (base: string, type: string, id: string): string => uuid5(URL_NAMESPACE, `${base}/${type}/${id}`);

/** Where a source is, and other names of the same server. */
export interface Address {
  readonly base: string;
  readonly pageOrigins?: readonly string[];
}

/** A reference that names another origin of the same server, as its base names it. */
export function underBase(reference: string, { base, pageOrigins = [] }: Address): string {
  const other = pageOrigins.find((origin) => reference.startsWith(`${origin}/`));
  return other === undefined ? reference : `${new URL(base).origin}${reference.slice(other.length)}`;
}

/** `Type/id` of a source, out of a reference that stands in one of its resources; undefined where it leads elsewhere. A version is left out. */
export function remoteTarget(address: Address, reference: string): { readonly type: string; readonly id: string } | undefined {
  const text = underBase(reference, address);
  const relative = text.startsWith(`${address.base}/`) ? text.slice(address.base.length + 1) : text;
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(relative) ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}
