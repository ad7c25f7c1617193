/**
 * Scopes of SMART App Launch 2.2 (and 1.0), as one value:
 *
 * ```
 * scope   := context "/" (type | "*") "." permissions [ "?" name=value ("&" name=value)* ]
 * context := patient | user | system
 * ```
 *
 * `permissions` is of version 2 (a subset of `cruds`, in this order, not empty) or of version 1 (`read` = `rs`, `write` =
 * `cud`, `*` = `cruds`). What is written otherwise allows nothing; it is never read letter by letter.
 */
export type ScopePermission = 'c' | 'r' | 'u' | 'd' | 's';

export interface ResourceScope {
  readonly context: 'patient' | 'user' | 'system';
  /** A type of resource, or `*`. */
  readonly type: string;
  readonly permissions: ReadonlySet<ScopePermission>;
  /** Search parameters, all of which a resource must meet; none: every resource. */
  readonly constraint: readonly (readonly [name: string, value: string])[];
}

const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const V2 = /^(?=.)c?r?u?d?s?$/;
const SCOPE = /^(patient|user|system)\/([A-Z][A-Za-z]{1,63}|\*)\.([a-z]+|\*)(?:\?(.+))?$/s;

/**
 * A parameter that a constraint may have: a plain name. Modifiers, chains and `_filter` are experimental in scopes (SMART
 * App Launch 2.2, "Experimental features"), and what is about the answer (`_count` …) limits nothing.
 */
const CONSTRAINT_NAME = /^(?!_(?:filter|has|list|query|text|content)$)[A-Za-z_][\w-]*$/;

/** More than this is no scope that anybody grants. */
const MOST_SCOPES = 1_000;

/** The scopes of a token: those that grant access to resources, and whatever else stands there (`openid`, `launch/patient` …). */
export class Scopes {
  /** Every scope, as it was written. */
  readonly all: readonly string[];
  /** Those that allow something with resources. */
  readonly resources: readonly ResourceScope[];

  constructor(all: readonly string[]) {
    this.all = all.slice(0, MOST_SCOPES);
    this.resources = this.all.flatMap((text) => readScope(text) ?? []);
  }

  /** Scopes with spaces between them (RFC 6749 §3.3), or as a list; anything else: none. */
  static of(claim: unknown): Scopes {
    if (typeof claim === 'string') return new Scopes(split(claim));
    return new Scopes(Array.isArray(claim) ? claim.flatMap((each) => (typeof each === 'string' ? split(each) : [])) : []);
  }

  has(scope: string): boolean {
    return this.all.includes(scope);
  }

  toString(): string {
    return this.all.join(' ');
  }
}

const split = (text: string): string[] => text.split(' ').filter((each) => each !== '');

/** One scope on resources; undefined for one of another kind, and for what is no scope. */
export function readScope(text: string): ResourceScope | undefined {
  const [, context, type = '', word = '', query] = SCOPE.exec(text) ?? [];
  if (context === undefined) return undefined;
  const old = Object.hasOwn(V1, word) ? V1[word] : undefined;
  if (old === undefined && !V2.test(word)) return undefined;
  // Constraints came with version 2.
  if (old !== undefined && query !== undefined) return undefined;
  const constraint = query === undefined ? [] : readConstraint(query);
  if (!constraint) return undefined;
  return { context: context as ResourceScope['context'], type, permissions: new Set([...(old ?? word)] as ScopePermission[]), constraint };
}

/** Undefined where a part is none that a scope may have: such a scope allows nothing, rather than more than was meant. */
function readConstraint(query: string): ResourceScope['constraint'] | undefined {
  const pairs: [string, string][] = [];
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = decoded(part.slice(0, Math.max(equals, 0)));
    const value = decoded(part.slice(equals + 1));
    if (equals < 1 || !value || name === undefined || !CONSTRAINT_NAME.test(name)) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

/** A scope holds no space, so that + is a plus here. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
