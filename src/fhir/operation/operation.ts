import type { Binary, FhirResource, Money, OperationDefinition, OperationDefinitionParameter, Reference } from 'fhir/r4.js';
import type { Once } from '../../store/store.js';
import type { Caller } from '../access/caller.js';
import type { Conformance } from '../conformance.js';
import type { Begun, Progress } from '../jobs.js';
import type { Resources } from '../resources.js';
import { errors } from '../outcome.js';
import type { PageState } from '../search/index.js';
import type { HeldTerminology } from '../terminology/index.js';
import type { Profiles } from '../validation/profiles/profiles.js';

/** One `$-operation` in one form: what it takes and gives (its OperationDefinition), and the function behind it. */
export interface Operation {
  readonly definition: OperationDefinition;
  readonly handle: Handler;
  /** The in parameter whose resource may be invalid, since judging it is what the operation does; default: none. */
  readonly unchecked?: string;
}

export type { Once };

export type Handler = (call: OperationCall, context: OperationContext) => Promise<OperationAnswer>;

export type Level = 'system' | 'type' | 'instance';

export interface OperationCall {
  readonly level: Level;
  /** The type in the URL, at type and instance level. */
  readonly type: string | undefined;
  /** The resource in the URL, at instance level; it exists. */
  readonly target: FhirResource | undefined;
  readonly in: Inputs;
  /**
   * The first of some media types that the client takes, where it takes no FHIR; undefined: it is answered in FHIR.
   * @throws {FhirError} 406 where it takes neither.
   */
  readonly format: (...mediaTypes: readonly string[]) => string | undefined;
  /** What was asked, below the base: `Patient/$export?_type=Claim`. */
  readonly url: string;
}

export interface OperationContext {
  readonly resources: Resources;
  /** Who calls, as the token says; undefined while no issuers are configured and no token is asked for. */
  readonly caller?: Caller | undefined;
  readonly now: () => Date;
  /** Today, YYYY-MM-DD in UTC: the default of dates that the caller leaves out. */
  readonly today: () => string;
  readonly newId: () => string;
  /** E.g. `http://127.0.0.1:8080/fhir`. */
  readonly baseUrl: string;
  /** Value sets and code systems that are held, whatever is stored. */
  readonly terminology: HeldTerminology;
  readonly profiles: Profiles;
  /** The conformance resources that are held: playbooks, checklists … */
  readonly conformance: Conformance;
  /** Undefined: nobody waits to be told how far it is. */
  readonly progress?: Progress | undefined;
  /** Sent under an Idempotency-Key: an operation that would do something else when it is done again passes it to its commit. */
  readonly once?: Once | undefined;
  /** What an earlier try of the same request committed before its answer was lost, as it was then. */
  readonly committedBefore?: () => Promise<FhirResource[]>;
  /** What a page link remembers, as a token that shows nothing of it, and back. @throws {FhirError} 400 for a token that is not ours. */
  readonly pages: { readonly seal: (state: PageState) => string; readonly open: (token: string) => PageState };
}

/** What comes back: values by the names of the definition's out parameters, a single resource, other content, or (202) where to ask for what comes of it. */
export type OperationAnswer =
  | { readonly out: OutValues; readonly status?: number }
  | { readonly resource: FhirResource; readonly status?: number }
  | { readonly accepted: Begun }
  | { readonly content: { readonly type: string; readonly body: string | Uint8Array }; readonly status?: number };

/**
 * Values by parameter name: an array for a repeating parameter, a nested object for one with parts, a resource, a
 * complex value, or a primitive. A `Reference` may be given as its string. Undefined values and empty arrays are left out.
 */
export interface OutValues {
  readonly [name: string]: OutValue;
}
export type OutValue = string | number | boolean | object | undefined | readonly (string | number | boolean | object)[];

/** One parameter as it came: its value, and where it stood. */
export interface Input {
  readonly name: string;
  readonly value: unknown;
  /** Of a Binary that was the body itself: its content, which `value` then lacks. */
  readonly bytes?: Uint8Array;
  readonly parts: Inputs | undefined;
  /** FHIRPath on what was sent, e.g. `Parameters.parameter[2].resource`; empty: it has none. */
  readonly expression: string;
}

/** Parameters checked by their definition: types and cardinalities hold, so the typed readers only pick. */
export class Inputs {
  readonly #inputs: readonly Input[];
  readonly #definitions: readonly OperationDefinitionParameter[];

  constructor(inputs: readonly Input[], definitions: readonly OperationDefinitionParameter[]) {
    this.#inputs = inputs;
    this.#definitions = definitions;
  }

  /** All that was given, in the order it came. */
  get given(): readonly Input[] {
    return this.#inputs;
  }

  all(name: string): readonly Input[] {
    this.#mustBeDefined(name);
    return this.#inputs.filter((input) => input.name === name);
  }

  one(name: string): Input | undefined {
    return this.all(name)[0];
  }

  has(name: string): boolean {
    return this.one(name) !== undefined;
  }

  /** Any primitive kept as text: code, string, date, dateTime, uri, id. */
  string(name: string): string | undefined {
    const value = this.one(name)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.one(name)?.value;
    return typeof value === 'boolean' ? value : undefined;
  }

  /** integer, positiveInt, unsignedInt, decimal. */
  number(name: string): number | undefined {
    const value = this.one(name)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  money(name: string): Money | undefined {
    return this.one(name)?.value as Money | undefined;
  }

  /** References as given (`Claim/1`); one without a literal reference is refused. */
  references(name: string): string[] {
    return this.all(name).map((input) => {
      const { reference } = input.value as Reference;
      if (!reference) throw errors.required('A literal reference is needed here', `${input.expression}.reference`);
      return reference;
    });
  }

  resource<T extends FhirResource>(name: string): T | undefined {
    return this.one(name)?.value as T | undefined;
  }

  /** A file: the body itself, or the content of a Binary. `bytes` is undefined where the Binary has none. */
  file(name: string): { readonly contentType: string; readonly bytes: Uint8Array | undefined; readonly expression: string } | undefined {
    const input = this.one(name);
    if (!input) return undefined;
    const { contentType, data } = input.value as Binary;
    return { contentType, bytes: input.bytes ?? (data === undefined ? undefined : Buffer.from(data, 'base64')), expression: input.expression };
  }

  resources<T extends FhirResource>(name: string): T[] {
    return this.all(name).map((input) => input.value as T);
  }

  /** Every inline resource among the parameters, in the order they came. */
  inlineResources(): FhirResource[] {
    return this.#inputs.filter((input) => isResource(input.value)).map((input) => input.value as FhirResource);
  }

  #mustBeDefined(name: string): void {
    if (!this.#definitions.some((definition) => definition.name === name && definition.use === 'in')) {
      throw new Error(`the OperationDefinition has no in parameter ${name}`);
    }
  }
}

export const isResource = (value: unknown): value is FhirResource =>
  typeof value === 'object' && value !== null && typeof (value as { resourceType?: unknown }).resourceType === 'string';
