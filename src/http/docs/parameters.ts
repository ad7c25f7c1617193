import type { OperationDefinitionParameter } from 'fhir/r4.js';
import type { CodesOf } from '../../fhir/operation/input.js';
import { html, prose, type Html } from '../html.js';

interface Row {
  readonly parameter: OperationDefinitionParameter;
  readonly depth: number;
}

/** Parameters as a table, their parts below them. */
export function parameterTable(parameters: readonly OperationDefinitionParameter[], caption: string, codesOf: CodesOf): Html {
  if (parameters.length === 0) return html`<p>None.</p>`;
  return html`<table class="parameters">
<caption>${caption}</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Number</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rowsOf(parameters, 0).map((row) => rowHtml(row, codesOf))}</tbody>
</table>`;
}

const rowsOf = (parameters: readonly OperationDefinitionParameter[], depth: number): Row[] =>
  parameters.flatMap((parameter) => [{ parameter, depth }, ...rowsOf(parameter.part ?? [], depth + 1)]);

const rowHtml = ({ parameter, depth }: Row, codesOf: CodesOf): Html => html`<tr>
<th scope="row" class="depth-${Math.min(depth, 2)}"><code>${parameter.name}</code></th>
<td>${parameter.part ? 'parts' : html`<code>${parameter.type}</code>`}</td>
<td>${parameter.min}..${parameter.max}</td>
<td>${prose(parameter.documentation ?? '')}${choices(parameter, codesOf)}</td>
</tr>
`;

/** More codes than this are folded away. */
const SHOWN = 6;

function choices({ binding }: OperationDefinitionParameter, codesOf: CodesOf): Html | undefined {
  if (!binding) return undefined;
  const codes = [...(codesOf(binding.valueSet) ?? [])];
  if (codes.length === 0) return html`<div class="choices">From <a href="${binding.valueSet}">${binding.valueSet}</a></div>`;
  const list = codes.map((code) => html`<code>${code}</code> `);
  if (codes.length <= SHOWN) return html`<div class="choices">${list}</div>`;
  return html`<details class="choices"><summary>${codes.length} codes</summary>${list}</details>`;
}
