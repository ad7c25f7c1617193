import type { Block, PrintedDocument, Table } from './printed.js';

/** #1f2933 on white is 14.8 : 1, #52606d is 6.5 : 1 (WCAG 2.1 §1.4.3 asks for 4.5 : 1). A table's cells wrap; the page is read without scrolling sideways from 320 px on (§1.4.10). */
const CSS = `
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 44rem; font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; color: #1f2933; background: #fff; overflow-wrap: break-word; }
header { border-bottom: 1px solid #9aa5b1; padding-bottom: .75rem; margin-bottom: 1.25rem; }
header p, .lines p { margin: 0; }
header p:first-child { font-size: 1.25rem; font-weight: 700; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.5rem 0 .75rem; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { font-weight: 700; }
dd { margin: 0; }
.notice { border: 2px solid #1f2933; padding: .75rem 1rem; font-weight: 700; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0 .5rem; }
caption { text-align: left; font-weight: 700; padding: .25rem 0; }
th, td { padding: .35rem .25rem; border-bottom: 1px solid #cbd2d9; text-align: left; vertical-align: top; font-weight: 400; }
thead th { color: #52606d; font-size: .875rem; }
tfoot th, tfoot td { font-weight: 700; border-bottom: 2px solid #1f2933; }
.right { text-align: right; white-space: nowrap; padding-left: 1rem; font-variant-numeric: tabular-nums; }
@media print { body { max-width: none; padding: 0; } h2, table { break-inside: avoid; } }
`;

/** The document as a page of HTML that needs nothing else: no script, no font, no picture. The same document gives the same bytes. */
export const renderHtml = ({ title, author, language, letterhead, blocks }: PrintedDocument): string => `<!doctype html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="author" content="${escaped(author)}">
<title>${escaped(title)}</title>
<style>${CSS}</style>
</head>
<body>
<header>
${[letterhead.name, ...letterhead.lines].map((line) => `<p>${escaped(line)}</p>`).join('\n')}
</header>
<main>
${blocks.map(block).join('\n')}
</main>
</body>
</html>
`;

function block(one: Block): string {
  switch (one.kind) {
    case 'title': return `<h1>${escaped(one.text)}</h1>`;
    case 'heading': return `<h2>${escaped(one.text)}</h2>`;
    case 'paragraph': return `<p>${escaped(one.text)}</p>`;
    case 'notice': return `<p class="notice">${escaped(one.text)}</p>`;
    case 'lines': return `<div class="lines">${one.lines.map((line) => `<p>${escaped(line)}</p>`).join('')}</div>`;
    case 'facts': return `<dl>${one.rows.map(([label, value]) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
    case 'list': return `<ol>${one.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ol>`;
    case 'table': return table(one);
  }
}

/** The first cell of a row says what the row is. */
function table({ caption, columns, rows, total }: Table): string {
  const aligned = (index: number): string => (columns[index]?.align === 'right' ? ' class="right"' : '');
  const row = (cells: readonly string[]): string =>
    `<tr>${columns.map((_, index) => (index === 0 ? `<th scope="row">${escaped(cells[0] ?? '')}</th>` : `<td${aligned(index)}>${escaped(cells[index] ?? '')}</td>`)).join('')}</tr>`;
  return [
    '<table>',
    caption === undefined ? '' : `<caption>${escaped(caption)}</caption>`,
    `<thead><tr>${columns.map(({ title }, index) => `<th scope="col"${aligned(index)}>${escaped(title)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map(row).join('')}</tbody>`,
    total ? `<tfoot>${row(total)}</tfoot>` : '',
    '</table>',
  ].join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
