import type { FhirResource, StructureDefinition } from 'fhir/r4.js';
import { withoutVersion } from '../../terminology/expansion.js';
import type { HeldTerminology } from '../../terminology/held.js';
import { loadFhirPath, type Evaluate } from './fhirpath.js';
import { ProfileCheck, type FoundProfile } from './profile-check.js';
import { profileTree, type ProfileElement } from './tree.js';

/** The system of identifiers that are URIs (R4 §2.24.0.10). */
const URI = 'urn:ietf:rfc:3986';

/** The profiles that the server holds, ready to be checked. */
export class Profiles {
  readonly #definitions = new Map<string, StructureDefinition>();
  readonly #trees = new Map<string, ProfileElement>();
  readonly #terminology: HeldTerminology;
  #evaluate: Promise<Evaluate> | undefined;

  /** Of `resources` the StructureDefinitions count; one stands for the profiles of others, too, that its identifiers name. */
  constructor(resources: readonly FhirResource[], terminology: HeldTerminology) {
    this.#terminology = terminology;
    for (const each of resources) {
      if (each.resourceType !== 'StructureDefinition') continue;
      for (const url of [each.url, ...(each.identifier ?? []).flatMap(({ system, value }) => (system === URI && value ? [value] : []))]) this.#definitions.set(url, each);
    }
  }

  /** The canonical URLs of the profiles of a type. */
  urlsOf(type: string): string[] {
    return [...this.#definitions].filter(([, each]) => each.type === type && each.kind === 'resource').map(([url]) => url);
  }

  isKnown(canonical: string): boolean {
    return this.#definitions.has(withoutVersion(canonical));
  }

  /** Loads what invariants need; the check then works without waiting. */
  async load(): Promise<ProfileCheck> {
    const evaluate = await (this.#evaluate ??= loadFhirPath());
    return new ProfileCheck({ evaluate, membersOf: this.#terminology.members, find: (canonical) => this.#find(canonical) });
  }

  #find(canonical: string): FoundProfile | undefined {
    const definition = this.#definitions.get(withoutVersion(canonical));
    if (!definition) return undefined;
    const known = this.#trees.get(definition.url);
    const tree = known ?? profileTree(this.#lineage(definition));
    if (!known) this.#trees.set(definition.url, tree);
    return { type: definition.type, name: definition.url.slice(definition.url.lastIndexOf('/') + 1), tree };
  }

  /** A definition after those it is based on, as far as they are held; the base of R4 is checked by itself. */
  #lineage(definition: StructureDefinition): StructureDefinition[] {
    const base = definition.baseDefinition === undefined ? undefined : this.#definitions.get(definition.baseDefinition);
    return [...(base ? this.#lineage(base) : []), definition];
  }
}
