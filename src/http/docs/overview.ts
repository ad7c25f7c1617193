import type { OperationDefinition } from 'fhir/r4.js';
import type { OpenApiDocument, PathMethod } from '../../fhir/openapi/index.js';
import { html, prose, type Html } from '../html.js';
import { formsOf } from './forms.js';

interface Overview {
  readonly api: OpenApiDocument;
  /** By code. */
  readonly operations: ReadonlyMap<string, readonly OperationDefinition[]>;
}

/** The first page: the operations, then the interactions of FHIR's REST. */
export const overview = ({ api, operations }: Overview): Html => html`<h1>Cobalt <small>${api.info.version}</small></h1>
<p class="lead">${api.info.summary}. FHIR base: <code>${baseOf(api)}</code></p>
<p>In other forms: the <a href="${baseOf(api)}/metadata">CapabilityStatement</a>, <a href="/openapi.json">OpenAPI 3.1</a>, the <a href="${baseOf(api)}/OperationDefinition">OperationDefinitions</a>.</p>
<h2 id="operations">Operations</h2>
<div class="cards">
${[...operations].map(([code, definitions]) => card(code, definitions))}</div>
<h2 id="rest">FHIR REST</h2>
${api.info.description.split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>
`)}
<table>
<caption>Every interaction, below the FHIR base</caption>
<thead><tr><th scope="col">Request</th><th scope="col">What it does</th><th scope="col">Says and asks</th></tr></thead>
<tbody>
${interactions(api).map(({ method, path, does }) => html`<tr>
<th scope="row"><code><b>${method.toUpperCase()}</b> ${path}</code></th>
<td>${does.summary}</td>
<td>${parameterNames(does).map((name) => html`<code>${name}</code> `)}</td>
</tr>
`)}</tbody>
</table>`;

const baseOf = (api: OpenApiDocument): string => api.servers[0]?.url ?? '';

const card = (code: string, definitions: readonly OperationDefinition[]): Html => html`<section class="card">
<h3><a href="/docs/${code}">$${code}</a></h3>
<p>${prose(definitions[0]?.description ?? '')}</p>
<p class="forms">${definitions.flatMap(formsOf).map(({ path }) => html`<code>${path}</code> `)}</p>
</section>
`;

interface Row {
  readonly method: string;
  readonly path: string;
  readonly does: PathMethod;
}

const interactions = (api: OpenApiDocument): Row[] =>
  Object.entries(api.paths)
    .filter(([path]) => !path.includes('$'))
    .flatMap(([path, item]) => Object.entries(item).map(([method, does]): Row => ({ method, path, does })));

/** What a request says beside its path and body. `criteria` stands for search parameters of any name. */
const parameterNames = (does: PathMethod): string[] =>
  (does.parameters ?? [])
    .flatMap((one) => ('$ref' in one ? [one.$ref.split('/').at(-1) ?? ''] : [one.name]))
    .filter((name) => !OF_THE_PATH.has(name))
    .map((name) => name.split('-return')[0]?.split('-handling')[0] ?? name);

const OF_THE_PATH: ReadonlySet<string> = new Set(['type', 'typeInCompartment', 'compartment', 'id', 'version', '_format', '_pretty']);
