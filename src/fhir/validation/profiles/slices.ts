import type { ElementDefinitionSlicingDiscriminator } from 'fhir/r4.js';
import { isObject, type JsonObject } from '../rule.js';
import { isMember, type MembersOf } from './coded.js';
import { occurrencesOf, type Occurrence } from './occurrence.js';
import { fits, isSame } from './pattern.js';
import type { ProfileElement } from './tree.js';

/** What slicing needs to know beyond the value. */
export interface SliceContext {
  readonly membersOf: MembersOf;
  /** The resource that a reference leads to, where it is at hand (contained, or in the same Bundle). */
  readonly resolve: (reference: string) => JsonObject | undefined;
  /** Whether a resource meets a profile; undefined: the profile is not known. */
  readonly conforms: (resource: JsonObject, profile: string) => boolean | undefined;
}

/** Whether a value is of a slice: by every discriminator of the slicing (R4 §5.1.0.14). */
export const belongs = (occurrence: Occurrence, slice: ProfileElement, discriminators: readonly ElementDefinitionSlicingDiscriminator[], context: SliceContext): boolean =>
  discriminators.length > 0 && discriminators.every((discriminator) => TESTS[discriminator.type](occurrence, slice, discriminator.path, context));

type SliceTest = (occurrence: Occurrence, slice: ProfileElement, path: string, context: SliceContext) => boolean;

const byValue: SliceTest = (occurrence, slice, path, context) => {
  const asked = alongPath(occurrence, slice, path, context).filter(({ element }) => isFixed(element));
  return asked.length > 0 ? asked.every(({ element, occurrences }) => occurrences.some((each) => meetsFixed(each, element, context))) : isExtension(occurrence, slice, path);
};

const byType: SliceTest = (occurrence, slice, path, context) => {
  const end = alongPath(occurrence, slice, path, context).at(-1);
  const types = new Set(end?.element?.types?.map(({ code }) => code) ?? []);
  return end?.occurrences.some(({ type, value }) => types.has(type ?? (isObject(value) ? String(value.resourceType) : ''))) ?? false;
};

const byExistence: SliceTest = (occurrence, slice, path, context) => {
  const end = alongPath(occurrence, slice, path, context).at(-1);
  return end?.element?.max === 0 ? end.occurrences.length === 0 : (end?.element?.min ?? 0) > 0 && (end?.occurrences.length ?? 0) > 0;
};

const byProfile: SliceTest = (occurrence, slice, path, context) => {
  const end = alongPath(occurrence, slice, path, context).at(-1);
  const profiles = end?.element?.types?.flatMap(({ profile = [], targetProfile = [] }) => [...profile, ...targetProfile]) ?? [];
  return end?.occurrences.some(({ value }) => isObject(value) && profiles.some((profile) => context.conforms(value, profile) ?? lastPart(profile) === value.resourceType)) ?? false;
};

const TESTS: Readonly<Record<ElementDefinitionSlicingDiscriminator['type'], SliceTest>> = { value: byValue, pattern: byValue, type: byType, exists: byExistence, profile: byProfile };

/** A step of a discriminator's path: what the slice says there, and the values that stand there. */
interface Step {
  readonly element: ProfileElement | undefined;
  readonly occurrences: readonly Occurrence[];
}

/** `$this`, `type`, `coding.code`, `resource.resolve()`, `value.ofType(Reference)`, `extension('http://…').value`. */
const STEP = /(\w+)(?:\('?([^')]*)'?\))?/g;

function alongPath(occurrence: Occurrence, slice: ProfileElement, path: string, context: SliceContext): Step[] {
  const steps: Step[] = [{ element: slice, occurrences: [occurrence] }];
  if (path === '$this') return steps;
  for (const [, name = '', argument] of path.matchAll(STEP)) {
    const last = steps.at(-1);
    if (last) steps.push(next(last, name, argument, context));
  }
  return steps.slice(1);
}

function next({ element, occurrences }: Step, name: string, argument: string | undefined, context: SliceContext): Step {
  if (name === 'resolve') return { element, occurrences: occurrences.flatMap((each) => resolved(each, context)) };
  if (name === 'ofType') return { element, occurrences: occurrences.filter(({ type }) => type === argument) };
  if (name === 'extension') {
    const child = element?.children.find((each) => each.name === 'extension');
    return { element: child?.slices.find((each) => urlOf(each) === argument), occurrences: occurrences.flatMap((each) => occurrencesOf(each, 'extension')).filter(({ value }) => isObject(value) && value.url === argument) };
  }
  const child = element?.children.find((each) => each.name === name || each.name === `${name}[x]`);
  return { element: child, occurrences: occurrences.flatMap((each) => [...occurrencesOf(each, name), ...occurrencesOf(each, `${name}[x]`)]) };
}

function resolved({ value, at }: Occurrence, { resolve }: SliceContext): Occurrence[] {
  const target = isObject(value) && typeof value.reference === 'string' ? resolve(value.reference) : undefined;
  return target ? [{ value: target, at }] : [];
}

/** Whether an element, or one below it, says what its value is. */
const isFixed = (element: ProfileElement | undefined): boolean =>
  element !== undefined && (element.fixed !== undefined || element.pattern !== undefined || element.binding?.strength === 'required' || element.children.some(isFixed));

/** Whether a value is what an element, and those below it, say that it is. */
function meetsFixed(occurrence: Occurrence, element: ProfileElement | undefined, context: SliceContext): boolean {
  if (!element) return true;
  const { value } = occurrence;
  if (element.fixed !== undefined && !isSame(value, element.fixed)) return false;
  if (element.pattern !== undefined && !fits(value, element.pattern)) return false;
  if (element.binding?.strength === 'required' && isMember(value, element.binding.valueSet, context.membersOf) === false) return false;
  return element.children.filter(isFixed).every((child) => occurrencesOf(occurrence, child.name).some((each) => meetsFixed(each, child, context)));
}

/** An extension is told by its URL, which the slice names as the profile of its type. */
const isExtension = ({ value }: Occurrence, slice: ProfileElement, path: string): boolean => path === 'url' && isObject(value) && value.url !== undefined && value.url === urlOf(slice);

const urlOf = (slice: ProfileElement): unknown => slice.types?.[0]?.profile?.[0] ?? slice.children.find(({ name }) => name === 'url')?.fixed;

const lastPart = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
