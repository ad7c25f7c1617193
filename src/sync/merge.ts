import type { Extension, FhirResource, Identifier } from 'fhir/r4.js';
import { CANONICAL } from '../claims/canonical.js';

/** Elements that are ours where the source does not state them: what we found out about a resource of its. */
const OWN: Readonly<Partial<Record<FhirResource['resourceType'], readonly string[]>>> = {
  // $cob-order with apply
  Coverage: ['order'],
  // $match
  ClaimResponse: ['request'],
  ExplanationOfBenefit: ['claim'],
};

/** Elements that go back to a source that lets itself be written, and where an Endpoint says so. */
export const WRITTEN: Readonly<Partial<Record<FhirResource['resourceType'], readonly string[]>>> = { Coverage: ['order'] };

/** What stands in these, as JSON: two that agree have the same text. */
export const ownOf = (resource: FhirResource): string =>
  JSON.stringify((WRITTEN[resource.resourceType] ?? []).map((element) => (resource as unknown as Record<string, unknown>)[element] ?? null));

/** What a source says in these, whether it is written to or not yet: from the day it is, that tells what was changed here. Undefined: nothing of the type is written back. */
export const statedIn = (resource: FhirResource): string | undefined => (WRITTEN[resource.resourceType] === undefined ? undefined : ownOf(resource));

/** Ours goes into what comes, in place: it is on its way to the source. */
export function keepWritten(from: FhirResource, into: FhirResource): void {
  const [stood, comes] = [from as unknown as Record<string, unknown>, into as unknown as Record<string, unknown>];
  for (const element of WRITTEN[from.resourceType] ?? []) {
    if (stood[element] === undefined) Reflect.deleteProperty(comes, element);
    else comes[element] = stood[element];
  }
}

type Loose = Record<string, unknown> & { extension?: Extension[]; identifier?: Identifier[] };

/** Lists of which each side has its own, told apart by `system`. */
const BY_SYSTEM = ['identifier', 'telecom'] as const;

const systemOf = (list: string, each: unknown): string => `${list}|${String((each as { readonly system?: unknown } | null)?.system ?? '')}`;

/** Under which systems identifiers and contacts are given: `identifier|urn:mrn`, `telecom|phone`. */
export const systemsIn = (resource: FhirResource): string[] => [...new Set(BY_SYSTEM.flatMap((list) => {
  const { [list]: given } = resource as unknown as Loose;
  return Array.isArray(given) ? given.map((each) => systemOf(list, each)) : [];
}))];

/**
 * Takes what is ours over from what stands here into what the source says now, in place: extensions of our own, elements
 * of OWN that the source says nothing literal of, identifiers and contacts of systems that are not `theirs` (`systemsIn` of what
 * the source says now and said last), and identifiers under which others know the same (`Patient/1` of a payer).
 */
export function keepOwn(from: FhirResource, into: FhirResource, theirs: ReadonlySet<string>): void {
  const [stood, comes] = [from as unknown as Loose, into as unknown as Loose];
  const own = (stood.extension ?? []).filter(isOwn);
  if (own.length > 0) comes.extension = [...(comes.extension ?? []).filter((extension) => !own.some(({ url }) => url === extension.url)), ...own];
  for (const list of BY_SYSTEM) {
    const [had, has = []] = [stood[list], comes[list]];
    const ours = Array.isArray(had) ? (had as unknown[]).filter((each) => !theirs.has(systemOf(list, each)) && !(list === 'identifier' && isAlias(each as Identifier, from.resourceType))) : [];
    if (ours.length > 0 && Array.isArray(has)) comes[list] = [...(has as unknown[]), ...ours] as Identifier[];
  }
  const aliases = Array.isArray(stood.identifier) ? stood.identifier.filter((identifier) => isAlias(identifier, from.resourceType)) : [];
  if (aliases.length > 0) comes.identifier = [...(comes.identifier ?? []).filter((identifier) => !isAlias(identifier, from.resourceType)), ...aliases];
  for (const element of OWN[from.resourceType] ?? []) if (stood[element] !== undefined && !isStated(comes[element])) comes[element] = stood[element];
}

const isStated = (value: unknown): boolean => value !== undefined && !(typeof value === 'object' && value !== null && (value as { reference?: unknown }).reference === undefined);

export const isOwn = ({ url }: Extension): boolean => url.startsWith(`${CANONICAL}/`);

/** An identifier that is an address at another source. */
export const isAlias = ({ system, value }: Identifier, type: string): boolean => /^https?:/.test(system ?? '') && (value ?? '').startsWith(`${type}/`);
