import { linkFrom } from '../fhir/link.js';
import type { Lane } from './lane.js';
import { SourceError } from './client/index.js';

/** What an export has come to (Bulk Data Access 2, output manifest). */
export interface Manifest {
  readonly transactionTime: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly ManifestFile[];
  readonly deleted: readonly ManifestFile[];
  /** OperationOutcomes of what could not be exported. */
  readonly error: readonly ManifestFile[];
  /** Where it goes on, in parts. */
  readonly next: string | undefined;
}

export interface ManifestFile {
  readonly type: string;
  readonly url: string;
}

/** A manifest that stands at `url` and may come in parts (`link` next), as one. @throws {SourceError} `unreadable` for what is none */
export async function manifestFrom(body: Uint8Array, url: string, client: Lane['client']): Promise<Manifest> {
  const first = manifestIn(body, url);
  let manifest = first;
  const asked = new Set<string>();
  while (manifest.next !== undefined && !asked.has(manifest.next)) {
    asked.add(manifest.next);
    const part = manifestIn((await client.ask({ method: 'GET', url: manifest.next, headers: { Accept: 'application/json' } })).body, manifest.next);
    manifest = { ...part, transactionTime: first.transactionTime, output: [...manifest.output, ...part.output], deleted: [...manifest.deleted, ...part.deleted], error: [...manifest.error, ...part.error] };
  }
  return manifest;
}

function manifestIn(body: Uint8Array, address: string): Manifest {
  const value = parsed(Buffer.from(body).toString('utf8'));
  if (value === undefined || instant(value.transactionTime) === undefined || !Array.isArray(value.output)) throw new SourceError('unreadable', 'The export has no manifest');
  const files = (list: unknown): ManifestFile[] => (Array.isArray(list) ? (list as Partial<ManifestFile>[]).flatMap(({ type, url }) => (typeof type === 'string' && typeof url === 'string' ? [{ type, url }] : [])) : []);
  const links = Array.isArray(value.link) ? (value.link as { readonly relation?: string; readonly url?: string }[]) : [];
  return {
    transactionTime: value.transactionTime ?? '', requiresAccessToken: value.requiresAccessToken === true, output: files(value.output), deleted: files(value.deleted), error: files(value.error),
    next: links.flatMap(({ relation, url }) => (relation === 'next' && url !== undefined ? [linkFrom(address, url)] : []))[0],
  };
}

function parsed(text: string): (Partial<Manifest> & { readonly link?: unknown }) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An instant in UTC; undefined for what is none. */
export const instant = (text: string | undefined): string | undefined => (Number.isNaN(Date.parse(text ?? '')) ? undefined : new Date(text ?? '').toISOString());
