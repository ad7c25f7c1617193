/**
 * Makes the generated tables and code under `dist/generated` from the FHIR definitions; run after tsc
 * (`npm run build`). A generator runs again only when the content of its inputs has changed.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../root.js';
import { browserClientInputs, generateBrowserClient } from './browser-client.js';
import { brunoInputs, COLLECTION, generateBruno } from './bruno.js';
import { careDateInputs, generateCareDates } from './care-dates.js';
import { compartmentInputs, generateCompartments } from './compartments.js';
import { elementInputs, generateElements } from './elements.js';
import { generateSearchParameters, searchParameterInputs } from './search-parameters.js';
import { writeGenerated } from './output.js';
import { hashOf, readStamps } from './stamp.js';
import { generateTerminology, terminologyInputs } from './terminology.js';
import { generateValidators, validatorInputs } from './validators.js';

/** Writes its files into `outDir`. `inputs` are the files whose change makes it run again. */
interface Generator {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  generate(outDir: string): Promise<void>;
}

const generators: readonly Generator[] = [
  { name: 'validators', inputs: validatorInputs, outputs: ['validators.js'], generate: generateValidators },
  { name: 'elements', inputs: elementInputs, outputs: ['elements.json'], generate: generateElements },
  { name: 'search-parameters', inputs: searchParameterInputs, outputs: ['search-parameters.json'], generate: generateSearchParameters },
  { name: 'compartments', inputs: compartmentInputs, outputs: ['compartments.json'], generate: generateCompartments },
  { name: 'care-dates', inputs: careDateInputs, outputs: ['care-dates.json'], generate: generateCareDates },
  { name: 'bruno', inputs: brunoInputs, outputs: [COLLECTION], generate: generateBruno },
  { name: 'terminology', inputs: terminologyInputs, outputs: ['terminology.json'], generate: generateTerminology },
  { name: 'browser-client', inputs: browserClientInputs, outputs: ['fhir-client.js'], generate: generateBrowserClient },
];

const outDir = inProject('dist', 'generated');
const stampFile = 'stamps.json';

mkdirSync(outDir, { recursive: true });
const stamps = readStamps(join(outDir, stampFile));
for (const { name, inputs, outputs, generate } of generators) {
  const hash = hashOf(inputs);
  if (stamps[name] === hash && outputs.every((file) => existsSync(join(outDir, file)))) continue;
  const started = performance.now();
  await generate(outDir);
  stamps[name] = hash;
  writeGenerated(outDir, stampFile, `${JSON.stringify(stamps, null, 2)}\n`);
  console.log(`generated ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
