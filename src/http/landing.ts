import { html } from './html.js';

export interface LandingPage {
  readonly baseUrl: string;
  readonly version: string;
  /** The operations by their forms: `Patient/[id]/$cob-order`. */
  readonly operations: readonly string[];
}

/** The page at `/`: what this is, and where to begin. */
export function landingPage({ baseUrl, version, operations }: LandingPage): string {
  const link = (path: string) => html`<a href="${baseUrl}${path}">${baseUrl}${path}</a>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cobalt</title>
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<main>
<h1>Cobalt <small>${version}</small></h1>
<p class="lead">A FHIR R4 server for secondary insurance billing: from a primary payer’s decision to the next payer’s claim, to the cent.</p>
<ul>
<li>Documentation, with examples to run: <a href="/docs">/docs</a></li>
<li>FHIR base: <code>${baseUrl}</code></li>
<li>What it can do: ${link('/metadata')}; in OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a></li>
<li>Operation definitions: ${link('/OperationDefinition')}</li>
<li>From the chart: the browser app at <a href="/launch">/launch</a>, CDS Hooks at <a href="/cds-services">/cds-services</a></li>
<li>Health: <a href="/livez">/livez</a>, <a href="/readyz">/readyz</a></li>
</ul>
<h2>Operations</h2>
<ul>
${operations.map((form) => html`<li><code>POST ${baseUrl}/${form}</code></li>
`)}</ul>
</main>
</body>
</html>
`.text;
}
