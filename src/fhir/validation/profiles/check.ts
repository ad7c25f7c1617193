import type { Issue, IssueCode } from '../../outcome.js';
import { MAX_ISSUES } from '../issue.js';
import { isObject, type JsonObject } from '../rule.js';
import { isMember } from './coded.js';
import type { Evaluate } from './fhirpath.js';
import { occurrencesOf, type Occurrence } from './occurrence.js';
import { fits, isSame, shown } from './pattern.js';
import { belongs, type SliceContext } from './slices.js';
import type { ProfileElement } from './tree.js';

/** What a check of one resource against one profile works with. */
export interface CheckContext extends SliceContext {
  /** As texts name the profile. */
  readonly profile: string;
  /** The resource that holds what is checked. */
  readonly resource: JsonObject;
  /** Undefined: invariants are passed over. */
  readonly evaluate: Evaluate | undefined;
}

/** Everything in which a value is not as an element of a profile wants it, with what is below; at most 50. */
export function checkElement(element: ProfileElement, occurrence: Occurrence, context: CheckContext): Issue[] {
  const check = new Check(context);
  check.value(element, occurrence);
  return check.issues;
}

class Check {
  readonly issues: Issue[] = [];
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** One value, and what is below it. */
  value(element: ProfileElement, occurrence: Occurrence): void {
    if (this.issues.length >= MAX_ISSUES) return;
    this.#content(element, occurrence);
    this.#invariants(element, occurrence);
    for (const child of element.children) this.#child(child, occurrence);
  }

  #child(child: ProfileElement, parent: Occurrence): void {
    if (parent.value === undefined) return;
    const occurrences = occurrencesOf(parent, child.name);
    this.#count(child, occurrences, parent.at, `${lastStep(parent.at)}.${plain(child.name)}`);
    for (const each of occurrences) this.value(child, each);
    if (child.slices.length > 0) this.#slices(child, occurrences, parent.at);
  }

  #slices(element: ProfileElement, occurrences: readonly Occurrence[], parentAt: string): void {
    const discriminators = element.slicing?.discriminator ?? DEFAULT_DISCRIMINATORS[element.name] ?? [];
    const left = new Set(occurrences);
    for (const slice of element.slices) {
      const own = occurrences.filter((each) => belongs(each, slice, discriminators, this.#context));
      own.forEach((each) => left.delete(each));
      this.#count(slice, own, parentAt, `${plain(element.name)} of the kind ${slice.sliceName ?? ''}`);
      for (const each of own) this.value(slice, each);
    }
    if (element.slicing?.rules !== 'closed') return;
    for (const { at } of left) this.#report('structure', at, 'profile-slice', `${lastStep(at)} is of none of the kinds that the profile ${this.#context.profile} lists: ${element.slices.map(({ sliceName }) => sliceName).join(', ')}.`);
  }

  #count({ min = 0, max = Number.POSITIVE_INFINITY }: ProfileElement, occurrences: readonly Occurrence[], parentAt: string, name: string): void {
    const { profile } = this.#context;
    if (occurrences.length < min) {
      this.#report('required', parentAt, 'profile-min', min === 1 ? `The profile ${profile} requires ${name}. Add it.` : `The profile ${profile} requires at least ${min} of ${name}.`);
    }
    const extra = occurrences[max];
    if (extra) this.#report('structure', extra.at, 'profile-max', max === 0 ? `The profile ${profile} has no ${name}. Remove it.` : `The profile ${profile} has at most ${max} of ${name}.`);
  }

  #content({ types, fixed, pattern, binding }: ProfileElement, { value, at, type }: Occurrence): void {
    const { profile, membersOf } = this.#context;
    if (value === undefined) return;
    if (type !== undefined && types && !types.some(({ code }) => code.toLowerCase() === type.toLowerCase())) {
      this.#report('structure', at, 'profile-type', `In the profile ${profile} this is a ${types.map(({ code }) => code).join(' or ')}, not a ${type}.`);
    }
    if (fixed !== undefined && !isSame(value, fixed)) this.#report('value', at, 'profile-fixed', `In the profile ${profile} this is ${shown(fixed)}.`);
    if (pattern !== undefined && !fits(value, pattern)) this.#report('value', at, 'profile-pattern', `In the profile ${profile} this has ${shown(pattern)}.`);
    if (binding && STRICT.has(binding.strength) && isMember(value, binding.valueSet, membersOf) === false) this.#unbound(binding, value, at);
    this.#target(types, value, at);
  }

  /** Extensible: other codes, or a text alone, are right where the value set has none that fits. */
  #unbound({ strength, valueSet }: NonNullable<ProfileElement['binding']>, value: unknown, at: string): void {
    if (strength === 'required') this.#report('code-invalid', at, 'profile-binding', `In the profile ${this.#context.profile} this has a code of ${valueSet}.`);
    else if (typeof value === 'string' || (isObject(value) && 'coding' in value)) {
      this.#report('code-invalid', at, 'profile-binding', `The profile ${this.#context.profile} wants a code of ${valueSet} here, unless none fits.`, 'warning');
    }
  }

  #target(types: ProfileElement['types'], value: unknown, at: string): void {
    const targets = types?.find(({ code }) => code === 'Reference')?.targetProfile?.map((url) => url.slice(url.lastIndexOf('/') + 1));
    const type = isObject(value) && typeof value.reference === 'string' ? RELATIVE_REFERENCE.exec(value.reference)?.[1] : undefined;
    if (!targets || !type || !targets.every((name) => /^[A-Z][A-Za-z]+$/.test(name)) || targets.includes(type)) return;
    this.#report('value', `${at}.reference`, 'profile-target', `In the profile ${this.#context.profile} this refers to ${targets.join(' or ')}.`);
  }

  #invariants({ constraints }: ProfileElement, { value, at }: Occurrence): void {
    const { evaluate, resource } = this.#context;
    if (!evaluate || value === undefined) return;
    for (const { key, severity, human, expression } of constraints) {
      if (!evaluate(expression, value, resource)) this.#report('invariant', at, key, human, severity);
    }
  }

  #report(code: IssueCode, at: string, id: string, text: string, severity: Issue['severity'] = 'error'): void {
    if (this.issues.length < MAX_ISSUES) this.issues.push({ severity, code, text, expression: at, id });
  }
}

const STRICT: ReadonlySet<string> = new Set(['required', 'extensible']);
const DEFAULT_DISCRIMINATORS: Readonly<Record<string, NonNullable<ProfileElement['slicing']>['discriminator']>> = {
  extension: [{ type: 'value', path: 'url' }],
  modifierExtension: [{ type: 'value', path: 'url' }],
};

/** As in `targetRule`: the type can be read from the text. */
const RELATIVE_REFERENCE = /^([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/|$)/;

const plain = (name: string): string => name.replace('[x]', '');
const lastStep = (at: string): string => (at.split('.').at(-1) ?? at).replace(/\[\d+\]$/, '');
