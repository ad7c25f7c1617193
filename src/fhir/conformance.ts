import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSystem, FhirResource, ValueSet } from 'fhir/r4.js';
import { expand } from './validation/value-sets.js';

/** The conformance resources in `profiles/`: what Cobalt's own elements, codes and profiles mean. */
export class Conformance {
  readonly resources: readonly FhirResource[];
  readonly #codes = new Map<string, ReadonlySet<string>>();

  constructor(resources: readonly FhirResource[]) {
    this.resources = resources;
    const known = new Map<string, ValueSet | CodeSystem>([...this.ofType('ValueSet'), ...this.ofType('CodeSystem')].flatMap((each) => (each.url ? [[each.url, each]] : [])));
    for (const { url } of this.ofType('ValueSet')) {
      const codes = url ? expand(url, known) : undefined;
      if (url && codes) this.#codes.set(url, new Set(Object.values(codes).flat()));
    }
  }

  static read(folder: string): Conformance {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
    return new Conformance(names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as FhirResource));
  }

  ofType<T extends FhirResource['resourceType']>(type: T): Extract<FhirResource, { resourceType: T }>[] {
    return this.resources.filter((resource): resource is Extract<FhirResource, { resourceType: T }> => resource.resourceType === type);
  }

  /** The codes of one of our value sets; undefined when it is not ours. */
  readonly codesOf = (valueSet: string): ReadonlySet<string> | undefined => this.#codes.get(valueSet);
}
