import type { OperationDefinition, OperationDefinitionParameter } from 'fhir/r4.js';
import type { CodesOf } from '../../fhir/operation/input.js';
import { mayGoOn } from '../../fhir/operation/goes-on.js';
import { html, prose, type Html } from '../html.js';
import { curlOf, type Example } from './examples.js';
import { formsOf } from './forms.js';
import { parameterTable } from './parameters.js';

interface OperationPage {
  readonly code: string;
  /** All forms of the operation. */
  readonly definitions: readonly OperationDefinition[];
  readonly examples: readonly Example[];
  readonly baseUrl: string;
  readonly codesOf: CodesOf;
}

/** One operation: what it is for, how it is called, what it takes and gives, and requests to try. */
export const operationPage = ({ code, definitions, examples, baseUrl, codesOf }: OperationPage): Html => html`<h1>$${code}</h1>
${definitions.map((definition) => calledAs(definition, baseUrl, codesOf))}
${answers(definitions).map(({ of, parameters }, _index, all) => html`<h2>Answer${all.length > 1 ? `: ${of.flatMap(formsOf).map(({ path }) => path).join(', ')}` : ''}</h2>
${parameterTable(parameters, 'What comes back', codesOf)}
`)}
${examples.length > 0 ? html`<h2 id="examples">Examples</h2>
<p>Those with an id in the address need the demo clinic (<code>COBALT_SEED=demo</code>, the default). Run sends the request to this server.</p>
${examples.map((example, index) => exampleHtml(example, index, baseUrl))}` : undefined}`;

const calledAs = (definition: OperationDefinition, baseUrl: string, codesOf: CodesOf): Html => html`<section>
<h2>${definition.title ?? definition.name}</h2>
<p class="lead">${prose(definition.description ?? '')}</p>
<ul class="forms">
${formsOf(definition).map(({ methods, path }) => html`<li><code>${methods.map((method) => html`<b>${method}</b> `)}${baseUrl}/${path}</code></li>
`)}</ul>
<p>${definition.affectsState ? 'It may write, if asked to.' : 'It writes nothing.'}${mayGoOn(definition) ? html` It may take long: with <code>Prefer: respond-async</code> it goes on after the request, and <code>Content-Location</code> says where to ask how far it is, <code>Link</code> which Task tells it.` : undefined} ${definition.id ? html`<a href="${baseUrl}/OperationDefinition/${definition.id}">OperationDefinition</a>` : undefined}</p>
<h3>Parameters</h3>
${parameterTable(parametersOf(definition, 'in'), 'What it takes', codesOf)}
</section>
`;

const parametersOf = (definition: OperationDefinition, use: 'in' | 'out'): OperationDefinitionParameter[] => (definition.parameter ?? []).filter((parameter) => parameter.use === use);

interface Answer {
  readonly of: readonly OperationDefinition[];
  readonly parameters: readonly OperationDefinitionParameter[];
}

/** What the forms answer; forms that answer alike stand together. */
function answers(definitions: readonly OperationDefinition[]): Answer[] {
  const alike = new Map<string, OperationDefinition[]>();
  for (const definition of definitions) {
    const key = JSON.stringify(parametersOf(definition, 'out'));
    alike.set(key, [...(alike.get(key) ?? []), definition]);
  }
  return [...alike.values()].map((of) => ({ of, parameters: of[0] ? parametersOf(of[0], 'out') : [] }));
}

/** The script finds a request by its `data-` attributes, and sends it below the base's path on the server that the page is from. */
const exampleHtml = (example: Example, index: number, baseUrl: string): Html => html`<section class="example" data-method="${example.method}" data-url="${new URL(baseUrl).pathname}/${example.path}" data-body="${example.body}">
<h3 id="example-${index + 1}">${example.title}</h3>
<pre tabindex="0" aria-label="The request as a curl command"><code>${curlOf(example, baseUrl)}</code></pre>
<p class="run"><button type="button" aria-describedby="example-${index + 1}" hidden>Run</button> <span role="status"></span></p>
<pre class="answer" tabindex="0" aria-label="The answer" hidden></pre>
</section>
`;
