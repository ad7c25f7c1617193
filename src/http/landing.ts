export interface LandingPage {
  readonly baseUrl: string;
  readonly version: string;
  /** The operations by their forms: `Patient/[id]/$cob-order`. */
  readonly operations: readonly string[];
}

/** The page at `/`: what this is, and where to begin. */
export function landingPage({ baseUrl, version, operations }: LandingPage): string {
  const base = escapeHtml(baseUrl);
  const link = (path: string): string => `<a href="${base}${path}">${base}${path}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cobalt</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}code{font-size:.95em}</style>
</head>
<body>
<h1>Cobalt ${escapeHtml(version)}</h1>
<p>A FHIR R4 server for secondary insurance billing: from a primary payer's decision to the next payer's claim, to the cent.</p>
<ul>
<li>FHIR base: <code>${base}</code></li>
<li>What it can do: ${link('/metadata')}</li>
<li>Operation definitions: ${link('/OperationDefinition')}</li>
<li>Health: <a href="/livez">/livez</a>, <a href="/readyz">/readyz</a></li>
</ul>
<h2>Operations</h2>
<ul>
${operations.map((form) => `<li><code>POST ${base}/${escapeHtml(form)}</code></li>`).join('\n')}
</ul>
</body>
</html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
