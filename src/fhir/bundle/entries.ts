import { cutOut } from '../interactions/body.js';
import { header, type Fhir, type FhirRequest, type RequestBody } from '../interactions/interaction.js';
import { preferences } from '../interactions/preferences.js';
import { parseTarget } from '../interactions/target.js';
import type { Member, Scan } from '../json/scan.js';
import type { Split } from '../json/split.js';
import { errors, FhirError } from '../outcome.js';
import { validateResource } from '../validation/index.js';

/** One entry of a transaction or batch. */
export interface Entry {
  /** `Bundle.entry[1]` */
  readonly expression: string;
  readonly fullUrl: string | undefined;
  readonly request: EntryRequest;
  readonly body: RequestBody | undefined;
}

/** `Bundle.entry.request` */
export interface EntryRequest {
  readonly method: string;
  readonly url: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifMatch?: string;
  readonly ifNoneExist?: string;
}

export interface Work {
  readonly type: 'transaction' | 'batch';
  readonly entries: readonly Entry[];
}

/**
 * The entries of a Bundle, their resources cut out of its text and not parsed yet; the Bundle around them is validated.
 * @throws {FhirError} 400 for a Bundle that is none, or that is neither transaction nor batch.
 */
export async function readBundle({ around: { text, members }, elements }: Split, pause: () => Promise<void>): Promise<Work> {
  const parsed: unknown[] = [];
  for (const { text: entry, root, members: outline } of elements) {
    parsed.push(outline.size === 0 ? JSON.parse(entry.slice(root.start, root.end)) : parsedMembers(entry, outline, 'resource'));
    await pause();
  }
  const list = members.get('entry');
  const bundle = {
    ...parsedMembers(text, members, 'entry'),
    ...(list ? { entry: parsed.length === 0 ? JSON.parse(text.slice(list.start, list.end)) : parsed } : {}),
  };
  const { type, entry = [] } = mustBeBundle(bundle);
  const entries: Entry[] = [];
  for (const [index, each] of entry.entries()) {
    entries.push(toEntry(each, elements[index], `Bundle.entry[${index}]`));
    await pause();
  }
  return { type, entries };
}

/** Each entry can be as much work as a search. */
const MAX_ENTRIES = 20_000;

interface BundleAround {
  readonly type: 'transaction' | 'batch';
  readonly entry?: readonly { readonly fullUrl?: string; readonly request?: EntryRequest }[];
}

function mustBeBundle(value: unknown): BundleAround {
  const issues = validateResource(value, { expectType: 'Bundle' });
  if (issues.length > 0) throw new FhirError(400, issues);
  const bundle = value as BundleAround;
  if (bundle.type !== 'transaction' && bundle.type !== 'batch') {
    throw errors.notSupported('Only Bundles of type transaction and batch are processed here; POST another one to [base]/Bundle to store it', 'Bundle.type');
  }
  if ((bundle.entry?.length ?? 0) > MAX_ENTRIES) throw errors.tooLarge(`A Bundle may ask for at most ${MAX_ENTRIES} things: split it`, 'Bundle.entry');
  return bundle;
}

const parsedMembers = (text: string, members: ReadonlyMap<string, Member>, except: string): Record<string, unknown> =>
  Object.fromEntries([...members].filter(([key]) => key !== except).map(([key, { start, end }]) => [key, JSON.parse(text.slice(start, end)) as unknown]));

const WITH_RESOURCE: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

function toEntry({ request, fullUrl }: { readonly fullUrl?: string; readonly request?: EntryRequest }, element: Scan | undefined, expression: string): Entry {
  if (!request) throw errors.required('Every entry of a transaction or batch has a request', expression);
  const resource = element?.members.get('resource');
  const takesResource = WITH_RESOURCE.has(request.method) && resource !== undefined;
  return { expression, fullUrl, request, body: takesResource ? { scanned: cutOut(element?.text ?? '', resource), expression: `${expression}.resource` } : undefined };
}

/**
 * An entry as a request of its own. What a write brings back is asked for by `Prefer` of the Bundle's request; without
 * it, an entry is answered without the resource.
 * @throws {FhirError} 400 for a URL that is not below the base.
 */
export function requestOf({ request, body, expression }: Entry, whole: FhirRequest, { baseUrl }: Fhir): FhirRequest {
  const { handling, return: wanted = 'minimal' } = preferences(whole);
  return {
    method: request.method,
    ...below(request.url, baseUrl, expression),
    headers: {
      'if-match': request.ifMatch,
      'if-none-match': request.ifNoneMatch,
      'if-modified-since': request.ifModifiedSince,
      'if-none-exist': request.ifNoneExist,
      prefer: `return=${wanted}; handling=${handling}`,
      accept: header(whole, 'accept'),
    },
    body,
    requestId: whole.requestId,
    address: whole.address,
    ...(whole.once ? { once: { key: `${whole.once.key} ${expression}`, fingerprint: whole.once.fingerprint } } : {}),
  };
}

function below(url: string, baseUrl: string, expression: string): Pick<FhirRequest, 'path' | 'query'> {
  const local = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url;
  if (/^[a-z][a-z0-9+.-]*:|^\/\/|#/i.test(local)) throw errors.value('The URL of an entry is relative to the base, as in Patient/1 or Patient?identifier=1', `${expression}.request.url`);
  try {
    return parseTarget(local);
  } catch (error) {
    throw atEntry(error, `${expression}.request.url`);
  }
}

/** An error of an entry: issues that point nowhere point at the entry. */
export function atEntry(error: unknown, expression: string): unknown {
  if (!(error instanceof FhirError)) return error;
  const issues = error.issues.map((issue) => (issue.expression?.startsWith('Bundle.') ? issue : { ...issue, expression }));
  return new FhirError(error.status, issues, { ...error.headers });
}
