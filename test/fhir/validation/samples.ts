import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inProject } from '../../../src/root.js';

/** A JSON file of the shared samples. */
export interface Sample {
  readonly name: string;
  readonly resource: Record<string, unknown> & { resourceType: string };
}

/** The FHIR samples of a folder beside the project; none, and a printed line, when it isn't there. */
export function samples(folder: string): Sample[] {
  const path = inProject('..', 'shared', 'samples', folder);
  if (!existsSync(path)) {
    console.log(`skipped: ../shared/samples/${folder} is not there`);
    return [];
  }
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, resource: JSON.parse(readFileSync(`${path}/${name}`, 'utf8')) as Sample['resource'] }));
}
