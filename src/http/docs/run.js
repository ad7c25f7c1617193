/** Sends a page's example request and shows what the server answers. Without scripting the curl command is there. */
for (const example of document.querySelectorAll('.example')) {
  const button = example.querySelector('button');
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    await run(example, example.querySelector('[role=status]'), example.querySelector('.answer'));
    button.disabled = false;
  });
}

async function run({ dataset: { method, url, body } }, status, answer) {
  status.textContent = 'Sending …';
  const content = body === '' ? {} : { body, headers: { 'Content-Type': 'application/fhir+json' } };
  try {
    const response = await fetch(url, { method, ...content });
    answer.textContent = await shown(response);
    answer.className = `answer ${response.ok ? 'good' : 'bad'}`;
    answer.hidden = false;
    status.textContent = `${response.status} ${response.statusText}`;
  } catch {
    status.textContent = 'The server could not be reached.';
  }
}

/** What an answer says: JSON indented, other text as it is; of a file its type and size; of nothing, where to look next. */
async function shown(response) {
  const type = response.headers.get('Content-Type') ?? '';
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength === 0) return `No content; Content-Location: ${response.headers.get('Content-Location') ?? 'none'}`;
  if (/^application\/(pdf|gzip|octet-stream)\b/.test(type)) return `${type}, ${bytes.byteLength} bytes`;
  const text = new TextDecoder().decode(bytes);
  return /\bjson\b/.test(type) ? indented(text) : text;
}

/** JSON text with line breaks and indents; its numbers keep their digits, which JSON.parse would take from them. */
function indented(text) {
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]|\s+|[^\s{}[\],:"]+/g, (token) => {
    if (/^\s+$/.test(token)) return '';
    if (token === '{' || token === '[') return token + ((depth += 1), line());
    if (token === '}' || token === ']') return ((depth -= 1), line()) + token;
    if (token === ',') return token + line();
    return token === ':' ? ': ' : token;
  }).replace(/([{[])\s+([}\]])/g, '$1$2');
}
