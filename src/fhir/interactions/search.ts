/**
 * search — R4 §3.1.0.9, §3.1.1. `GET [base]/[type]?…`, `POST [base]/[type]/_search`, and the same on the whole system and
 * in a compartment (§2.36): `GET [base]/Patient/[id]/[type]?…`, or `*` for all its types.
 *
 * | the search matches | answer |
 * |---|---|
 * | none | 200, a Bundle without entries |
 * | one or many | 200, a page of them; the link `next` leads on |
 * | by `_explain=true` | and an entry of mode `outcome` that tells the plan |
 *
 * Unknown parameters are 400; with `Prefer: handling=lenient` they are left out of the search and of the self link, and
 * an entry of mode `outcome` names them. Page links (`_page`) are sealed: they show nothing of what was asked. With
 * `_summary` and `_elements` resources are cut down and tagged as SUBSETTED.
 */
import type { Stored } from '../../store/store.js';
import { bundleBody, type Chunk, type Link } from '../bundle/text.js';
import { errors, toOutcome } from '../outcome.js';
import { openPage, sealPage, type PageState, type ParsedSearch, type QueryParameter } from '../search/index.js';
import { subsetOf, type Subset } from '../subset.js';
import { mediaType, utf8 } from './body.js';
import { compartmentOf, withinCompartment } from './compartment.js';
import { parseQuery, searchParameters } from './target.js';
import type { Call, Fhir, FhirRequest, FhirResponse } from './interaction.js';
import { preferences } from './preferences.js';

/** The name of the parameter that holds a sealed page. */
export const PAGE = '_page';

export const search = (call: Call, fhir: Fhir): Promise<FhirResponse> => searched(call, call.type, (parsed) => parsed.plan, fhir);

export async function compartmentSearch(call: Call, fhir: Fhir): Promise<FhirResponse> {
  const compartment = compartmentOf(call);
  return searched(call, `${compartment.type}/${compartment.id}/${call.type || '*'}`, ({ plan }) => withinCompartment(plan, compartment), fhir);
}

/** `path`: what is searched, below the base. */
async function searched(call: Call, path: string, planOf: (parsed: ParsedSearch) => ParsedSearch['plan'], fhir: Fhir): Promise<FhirResponse> {
  const asked = searchParameters([...call.request.query, ...postedParameters(call.request)]);
  const page = pageState(asked, path, fhir);
  const type = call.type || undefined;
  const parsed = page
    ? fhir.search.parse({ type, parameters: page.parameters, handling: 'strict' })
    : fhir.search.parse({ type, parameters: asked, handling: preferences(call.request).handling });
  const plan = planOf(parsed);
  const found = await fhir.store.search(page ? { ...plan, cursor: page.cursor } : plan);
  const links: Link[] = [{ relation: 'self', url: page ? pageUrl(page, path, fhir) : urlOf(path, parsed.self, fhir) }];
  if (found.next) links.push({ relation: 'next', url: pageUrl({ type: path, parameters: parsed.self, cursor: found.next }, path, fhir) });
  const subset = subsetOf({ elements: parsed.elements, summary: parsed.summary === 'count' ? undefined : parsed.summary });
  const entries = [
    ...found.matches.map((stored) => resourceEntry(stored, 'match', subset, fhir.baseUrl)),
    ...found.included.map((stored) => resourceEntry(stored, 'include', subset, fhir.baseUrl)),
    ...leftOut(parsed),
    ...(parsed.explain ? [explained(plan)] : []),
  ];
  return { status: 200, ...bundleBody({ type: 'searchset', total: found.total, links }, entries) };
}

/** @throws {FhirError} 415 when a `_search` is posted as something else than a form. */
function postedParameters(request: FhirRequest): QueryParameter[] {
  const { body } = request;
  if (body === undefined || !('bytes' in body) || body.bytes.length === 0) return [];
  if (mediaType(request) !== 'application/x-www-form-urlencoded') throw errors.mediaType('A search is posted as application/x-www-form-urlencoded');
  return parseQuery(utf8(body.bytes).trim());
}

/** The page that a link leads to; undefined for a new search. @throws {FhirError} 400 for a link that is not ours. */
export function pageState(asked: readonly QueryParameter[], owner: string, { pageKey }: Fhir): PageState | undefined {
  const token = asked.find(([name]) => name === PAGE)?.[1];
  if (token === undefined) return undefined;
  if (asked.length > 1) throw errors.invalid(`${PAGE} stands alone: follow the link as it was given`);
  const page = openPage(token, pageKey);
  if (page.type !== owner) throw errors.invalid('The page link belongs to another search: follow the link as it was given');
  return page;
}

export const pageUrl = (page: PageState, path: string, { baseUrl, pageKey }: Fhir): string => `${baseUrl}${path && `/${path}`}?${PAGE}=${sealPage(page, pageKey)}`;

export function urlOf(path: string, parameters: readonly QueryParameter[], { baseUrl }: Fhir): string {
  const query = parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return `${baseUrl}${path && `/${path}`}${query && `?${query}`}`;
}

const resourceEntry = ({ type, id, body }: Stored, mode: 'match' | 'include', subset: Subset | undefined, baseUrl: string): Chunk[] => [
  `{"fullUrl":"${baseUrl}/${type}/${id}","resource":`, subset ? subset(body, type, mode === 'include') : body, `,"search":{"mode":"${mode}"}}`,
];

/** How the search was understood: the plan as JSON (`src/store/store.ts`, `SearchPlan`), for whoever asked it. */
function explained(plan: ParsedSearch['plan']): Chunk[] {
  const outcome = toOutcome([{ severity: 'information', code: 'informational', text: 'The plan of this search stands in diagnostics', id: 'search-plan' }]);
  const issue = outcome.issue.map((one) => ({ ...one, diagnostics: JSON.stringify(plan) }));
  return [`{"resource":${JSON.stringify({ ...outcome, issue })},"search":{"mode":"outcome"}}`];
}

function leftOut({ unknown }: ParsedSearch): Chunk[][] {
  if (unknown.length === 0) return [];
  const outcome = toOutcome(unknown.map((name) => ({ severity: 'warning', code: 'not-supported', text: `The search parameter ${name} is not known and was left out` })));
  return [[`{"resource":${JSON.stringify(outcome)},"search":{"mode":"outcome"}}`]];
}
