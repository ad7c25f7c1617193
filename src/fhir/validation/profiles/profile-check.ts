import type { Issue } from '../../outcome.js';
import type { HeldTerminology } from '../../terminology/held.js';
import { MAX_ISSUES } from '../issue.js';
import { isObject, type JsonObject } from '../rule.js';
import { checkElement } from './check.js';
import { claimsIn, list } from './claims.js';
import type { Evaluate } from './fhirpath.js';
import type { ProfileElement } from './tree.js';

/** Beyond so many repeats of an element invariants cost too much: no X12 claim has more than 999 lines. */
const MAX_REPEATS = 1_000;

/** A profile that is held. */
export interface FoundProfile {
  readonly type: string;
  readonly name: string;
  readonly tree: ProfileElement;
}

interface CheckParts {
  readonly evaluate: Evaluate;
  readonly membersOf: HeldTerminology['members'];
  readonly find: (canonical: string) => FoundProfile | undefined;
}

export interface ProfileCheckOptions {
  /** Where the resource stands, e.g. `Bundle.entry[1].resource`; default: its type. */
  readonly at?: string;
  /** False where the resource is not even valid R4: FHIRPath is not let loose on it. Default true. */
  readonly invariants?: boolean;
  /** The resource that references lead to, beside contained ones. */
  readonly resolve?: (reference: string) => JsonObject | undefined;
}

/** Checks of resources against profiles that are held. */
export class ProfileCheck {
  readonly #parts: CheckParts;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  /** Where a resource is not as the profile wants it; undefined when the profile is not held. */
  against(resource: JsonObject, profile: string, options: ProfileCheckOptions = {}): Issue[] | undefined {
    const found = this.#parts.find(profile);
    if (!found) return undefined;
    const type = String(resource.resourceType);
    const { at = type, invariants = true, resolve = () => undefined } = options;
    if (found.type !== type) return [{ severity: 'error', code: 'invalid', text: `The profile ${found.name} is of ${found.type}.`, expression: at, id: 'profile-type' }];
    if (invariants && repeatsTooOften(resource)) {
      return [{ severity: 'error', code: 'too-costly', text: `An element repeats more than ${MAX_REPEATS} times: so large a resource is not checked against the profile ${found.name}.`, expression: at, id: 'profile-size' }];
    }
    const contained = (reference: string): JsonObject | undefined => (reference.startsWith('#') ? containedIn(resource, reference.slice(1)) : resolve(reference));
    return checkElement(found.tree, { value: resource, at }, {
      profile: found.name, resource, membersOf: this.#parts.membersOf, resolve: contained,
      evaluate: invariants ? this.#parts.evaluate : undefined,
      conforms: (target, url) => this.against(target, url, { ...options, at: type, resolve: () => undefined })?.every(({ severity }) => severity !== 'error'),
    });
  }

  /** The invariants of an extension whose definition is held; its parts are checked with the base. */
  extension(extension: JsonObject, at: string, resource: JsonObject): Issue[] {
    const found = typeof extension.url === 'string' ? this.#parts.find(extension.url) : undefined;
    if (found?.type !== 'Extension' || repeatsTooOften(extension)) return [];
    return checkElement(found.tree, { value: extension, at }, { ...NO_CONTEXT, profile: found.name, resource, membersOf: this.#parts.membersOf, evaluate: this.#parts.evaluate })
      .filter(({ code }) => code === 'invariant');
  }

  /** All that a resource and those inside it claim to be (`meta.profile`) and are not; claims of profiles that are not held are passed over. */
  readonly claims = (resource: object, at: string): Issue[] =>
    claimsIn(resource as JsonObject, at).flatMap((claim) => this.against(claim.claimant, claim.profile, { at: claim.at }) ?? []).slice(0, MAX_ISSUES);
}

const NO_CONTEXT = { resolve: () => undefined, conforms: () => undefined };

const containedIn = (resource: JsonObject, id: string): JsonObject | undefined => list(resource.contained).find((each): each is JsonObject => isObject(each) && each.id === id);

function repeatsTooOften(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > MAX_REPEATS || value.some(repeatsTooOften);
  return isObject(value) && Object.values(value).some(repeatsTooOften);
}
