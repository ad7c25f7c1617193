/**
 * history — R4 §3.1.0.12. `GET [base]/[type]/[id]/_history`, `GET [base]/[type]/_history`, `GET [base]/_history`
 *
 * | versions | answer |
 * |---|---|
 * | of an instance that was never stored | 404 |
 * | none in the time asked for | 200, a Bundle without entries |
 * | one or many | 200, newest first; a deletion is an entry without resource |
 *
 * `_count` (1 to 1000, default 50) is the size of a page, `_since` (an instant) leaves out what is older.
 */
import { STATUS_CODES } from 'node:http';
import type { HistoryQuery, Stored } from '../../store/store.js';
import { bundleText, type Chunk, type Link } from '../bundle/text.js';
import { errors } from '../outcome.js';
import type { QueryParameter } from '../search/index.js';
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
    ...(call.type ? { type: call.type } : {}),
    ...(call.id ? { id: call.id } : {}),
    ...limits(parameters),
    ...(page ? { cursor: page.cursor } : {}),
  });
  if (call.id && versions.length === 0) await mustHaveBeenStored(call, fhir);
  const links: Link[] = [{ relation: 'self', url: page ? pageUrl(page, path, fhir) : urlOf(path, parameters, fhir) }];
  if (next) links.push({ relation: 'next', url: pageUrl({ type: path, parameters, cursor: next }, path, fhir) });
  return { status: 200, body: bundleText({ type: 'history', total, links }, versions.map((version) => versionEntry(version, fhir.baseUrl))) };
}

const DEFAULT_COUNT = 50;
const MAX_COUNT = 1000;
/** FHIR instant, R4 §2.24.0.1. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function limits(parameters: readonly QueryParameter[]): Pick<HistoryQuery, 'count' | 'since'> {
  let count = DEFAULT_COUNT;
  let since: number | undefined;
  for (const [name, value] of parameters) {
    if (name === '_count' && /^[1-9]\d{0,5}$/.test(value)) count = Math.min(Number(value), MAX_COUNT);
    else if (name === '_since' && INSTANT.test(value) && !Number.isNaN(Date.parse(value))) since = Date.parse(value);
    else if (name === '_count' || name === '_since') throw errors.value(`${name} takes ${name === '_count' ? 'a number from 1' : 'an instant such as 2026-01-31T12:00:00Z'}`);
    else throw errors.notSupported('A history takes the parameters _count and _since');
  }
  return since === undefined ? { count } : { count, since };
}

async function mustHaveBeenStored({ type, id }: Call, { store }: Fhir): Promise<void> {
  if (!(await store.read(type, id))) throw errors.notFound(`There is no ${type} with this id`);
}

function versionEntry({ type, id, version, lastUpdated, deleted, method, body }: Stored, baseUrl: string): Chunk[] {
  const status = deleted ? 204 : version === 1 ? 201 : 200;
  const request = { method, url: method === 'POST' ? type : `${type}/${id}` };
  const response = { status: `${status} ${STATUS_CODES[status]}`, etag: etag(version), lastModified: lastUpdated };
  const head = `{"fullUrl":"${baseUrl}/${type}/${id}"`;
  const tail = `,"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  return deleted ? [head, tail] : [`${head},"resource":`, body, tail];
}
