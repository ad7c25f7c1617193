import { html, type Html } from '../html.js';

interface Layout {
  readonly title: string;
  /** Codes of the operations, for the way through the pages. */
  readonly operations: readonly string[];
  /** Code of the operation shown; undefined on the first page. */
  readonly current: string | undefined;
  readonly content: Html;
}

const current = (is: boolean): Html | undefined => (is ? html` aria-current="page"` : undefined);

/** A page of the documentation: the way to the others, then its content. */
export const layout = ({ title, operations, current: shown, content }: Layout): string => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/docs/docs.css">
<script src="/docs/run.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="home" href="/">Cobalt</a>
<nav aria-label="Documentation">
<ul>
<li><a href="/docs"${current(shown === undefined)}>Overview</a></li>
${operations.map((code) => html`<li><a href="/docs/${code}"${current(shown === code)}>$${code}</a></li>
`)}</ul>
</nav>
</header>
<main id="content">
${content}
</main>
</body>
</html>
`.text;
