import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inProject } from '../root.js';
import { writeGenerated } from './output.js';

const installed = inProject('node_modules', 'fhirclient', 'build', 'fhir-client.pure.min.js');
const notices = `${installed}.LICENSE.txt`;

export const browserClientInputs: readonly string[] = [installed, notices, fileURLToPath(import.meta.url)];

/** The browser's copy of fhirclient, which Cobalt serves itself: with its notices, without the address of a source map that it does not serve. */
export async function generateBrowserClient(outDir: string): Promise<void> {
  const [first = '', ...rest] = readFileSync(installed, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n').split('\n');
  const licence = '/*! fhirclient, https://github.com/smart-on-fhir/client-js, Apache License 2.0 */';
  writeGenerated(outDir, 'fhir-client.js', [licence, readFileSync(notices, 'utf8').trim(), first.replace(/^\/\*!.*?\*\//, ''), ...rest].join('\n'));
}
