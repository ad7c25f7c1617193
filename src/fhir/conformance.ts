import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSystem, CodeSystemConcept, FhirResource, ValueSet } from 'fhir/r4.js';

/** The conformance resources in `profiles/`: what Cobalt's own elements, codes and profiles mean. */
export class Conformance {
  readonly resources: readonly FhirResource[];
  readonly #codes = new Map<string, ReadonlySet<string>>();

  constructor(resources: readonly FhirResource[]) {
    this.resources = resources;
    for (const set of this.ofType('ValueSet')) {
      if (set.url) this.#codes.set(set.url, new Set(expand(set, this.ofType('CodeSystem'))));
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

function expand(set: ValueSet, systems: readonly CodeSystem[]): string[] {
  return (set.compose?.include ?? []).flatMap((include) => {
    if (include.concept) return include.concept.map((concept) => concept.code);
    return allCodes(systems.find((system) => system.url === include.system)?.concept ?? []);
  });
}

const allCodes = (concepts: readonly CodeSystemConcept[]): string[] => concepts.flatMap((concept) => [concept.code, ...allCodes(concept.concept ?? [])]);
