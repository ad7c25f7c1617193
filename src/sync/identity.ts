import { createHash } from 'node:crypto';

/** RFC 4122 §4.3, version 5: the same name, the same id. */
export function uuid5(namespace: string, name: string): string {
  const bytes = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** RFC 4122, appendix C: names that are URLs. */
const URL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/** The id that a source's resource has here: whoever takes it, and however often. */
export const localId = (base: string, type: string, id: string): string => uuid5(URL_NAMESPACE, `${base}/${type}/${id}`);

/** `Type/id` of a source, out of a reference that stands in one of its resources; undefined where it leads elsewhere. A version is left out. */
export function remoteTarget(base: string, reference: string): { readonly type: string; readonly id: string } | undefined {
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(relative) ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}
