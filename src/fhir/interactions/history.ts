/**
 * history — R4 §3.1.0.12. `GET [base]/[type]/[id]/_history`, `GET [base]/[type]/_history`, `GET [base]/_history`
 *
 * | versions | answer |
 * |---|---|
 * | of an instance that was never stored | 404 |
 * | none in the time asked for | 200, a Bundle without entries |
 * | one or many | 200, newest first; a deletion is an entry without resource |
 *
 * `_count` (1 to 1000, default 50) is the size of a page, `_since` (an instant) leaves out what is older, `_at` (a date or
 * time) leaves what was current at some moment of it. `_summary` and `_elements` cut the resources down.
 */
import { STATUS_CODES } from 'node:http';
import type { HistoryQuery, Stored } from '../../store/store.js';
import { APART } from '../audit/apart.js';
import { bundleBody, type Chunk, type Link } from '../bundle/text.js';
import { errors } from '../outcome.js';
import { dateInterval } from '../search/dates.js';
import type { QueryParameter } from '../search/index.js';
import type { Subset } from '../subset.js';
import { askedSubset, SUBSET_PARAMETERS } from './asked-subset.js';
import { searchParameters } from './target.js';
import { etag } from './etag.js';
import type { Call, Fhir, FhirResponse } from './interaction.js';
import { pageState, pageUrl, urlOf } from './search.js';

export async function history(call: Call, fhir: Fhir): Promise<FhirResponse> {
  const path = [call.type, call.id, '_history'].filter((segment) => segment !== '').join('/');
  const asked = searchParameters(call.request.query);
  const page = pageState(asked, path, fhir);
  const parameters = page?.parameters ?? asked;
  const { versions, next, total } = await fhir.store.history({
    ...(call.type ? { type: call.type } : { but: APART }),
    ...(call.id ? { id: call.id } : {}),
    ...limitsOf(parameters),
    ...(page ? { cursor: page.cursor } : {}),
  });
  if (call.id && versions.length === 0) await mustHaveBeenStored(call, fhir);
  const links: Link[] = [{ relation: 'self', url: page ? pageUrl(page, path, fhir) : urlOf(path, parameters, fhir) }];
  if (next) links.push({ relation: 'next', url: pageUrl({ type: path, parameters, cursor: next }, path, fhir) });
  const subset = askedSubset(parameters);
  return { status: 200, ...bundleBody({ type: 'history', total, links }, versions.map((version) => versionEntry(version, subset, fhir.baseUrl))) };
}

const DEFAULT_COUNT = 50;
const MAX_COUNT = 1000;
/** FHIR instant, R4 §2.24.0.1. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

type Limits = Pick<HistoryQuery, 'count' | 'since' | 'at'>;

/** What each parameter limits; undefined for a value that it can't have. */
const LIMITS: Readonly<Record<string, { readonly takes: string; readonly read: (value: string) => Partial<Limits> | undefined }>> = {
  _count: { takes: 'a number from 1', read: (value) => (/^[1-9]\d{0,5}$/.test(value) ? { count: Math.min(Number(value), MAX_COUNT) } : undefined) },
  _since: { takes: 'an instant such as 2026-01-31T12:00:00Z', read: (value) => (INSTANT.test(value) && !Number.isNaN(Date.parse(value)) ? { since: Date.parse(value) } : undefined) },
  _at: {
    takes: 'a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z',
    read: (value) => {
      const at = dateInterval(value);
      return at && { at };
    },
  },
};

function limitsOf(parameters: readonly QueryParameter[]): Limits {
  let limits: Limits = { count: DEFAULT_COUNT };
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) throw errors.invalid(`${name} may stand only once`);
    seen.add(name);
    if (SUBSET_PARAMETERS.has(name)) continue;
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
    if (!limit) throw errors.notSupported('A history takes the parameters _count, _since, _at, _summary and _elements');
    // A + that was not escaped arrives as a space.
    const read = limit.read(value.replace(/ (\d\d:\d\d)$/, '+$1'));
    if (!read) throw errors.value(`${name} takes ${limit.takes}`);
    limits = { ...limits, ...read };
  }
  return limits;
}

async function mustHaveBeenStored({ type, id }: Call, { store }: Fhir): Promise<void> {
  if (!(await store.read(type, id))) throw errors.notFound(`There is no ${type} with this id`);
}

function versionEntry({ type, id, version, lastUpdated, deleted, method, body }: Stored, subset: Subset | undefined, baseUrl: string): Chunk[] {
  const status = deleted ? 204 : version === 1 ? 201 : 200;
  const request = { method, url: method === 'POST' ? type : `${type}/${id}` };
  const response = { status: `${status} ${STATUS_CODES[status]}`, etag: etag(version), lastModified: lastUpdated };
  const head = `{"fullUrl":"${baseUrl}/${type}/${id}"`;
  const tail = `,"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  return deleted ? [head, tail] : [`${head},"resource":`, subset ? subset(body, type) : body, tail];
}
