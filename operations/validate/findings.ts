import type { FhirResource } from 'fhir/r4.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import type { Issue } from '../../src/fhir/outcome.js';
import { elementModel, validateResource } from '../../src/fhir/validation/index.js';
import { claimsIn } from '../../src/fhir/validation/profiles/claims.js';
import type { ProfileCheck } from '../../src/fhir/validation/profiles/profile-check.js';
import type { JsonObject } from '../../src/fhir/validation/rule.js';
import { visitElements } from '../../src/fhir/validation/visit.js';
import { codingIssues } from './codings.js';
import { missingTargets, type FoundReference } from './references.js';

/** What a resource is checked for. */
export interface Question {
  readonly resource: FhirResource;
  /** The type that it must have. */
  readonly type: string;
  /** A profile to check beside those that it claims; it is held. */
  readonly profile: string | undefined;
}

/**
 * Everything that is to be said about a resource, errors first: base and known extensions, profiles, codes of code
 * systems that are held, and references to what should be here. A resource that is not valid R4 is not asked for more
 * than that and the structure of its profiles.
 */
export async function findingsOf({ resource, type, profile }: Question, context: OperationContext): Promise<Issue[]> {
  const value = resource as unknown as JsonObject;
  const base = validateResource(value, { expectType: type });
  const isValid = base.length === 0;
  const check = await context.profiles.load();
  const found = [...base, ...profileIssues(value, profile, check, isValid)];
  if (isValid) {
    const { issues, references } = elementIssues(value, check, context);
    found.push(...issues, ...(await missingTargets(references, resource, context)));
  }
  return distinct(found).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

const SEVERITIES: readonly Issue['severity'][] = ['fatal', 'error', 'warning', 'information'];

function profileIssues(resource: JsonObject, profile: string | undefined, check: ProfileCheck, invariants: boolean): Issue[] {
  const at = String(resource.resourceType);
  const resolve = bundleTarget(resource);
  const claimed = claimsIn(resource, at).flatMap((claim): Issue[] =>
    check.against(claim.claimant, claim.profile, { at: claim.at, invariants, resolve }) ??
    [{ severity: 'warning', code: 'not-found', text: 'This server does not hold this profile: whether the resource meets it was not checked.', expression: claim.stated, id: 'profile-unknown' }]);
  return [...claimed, ...((profile && check.against(resource, profile, { at, invariants, resolve })) || [])];
}

/** What is said of single elements of a valid resource, and the references in it. */
function elementIssues(resource: JsonObject, check: ProfileCheck, { terminology }: OperationContext): { readonly issues: Issue[]; readonly references: FoundReference[] } {
  const issues: Issue[] = [];
  const references: FoundReference[] = [];
  visitElements(resource, String(resource.resourceType), elementModel(), (type, value, at) => {
    if (type === 'Coding') issues.push(...codingIssues(value, at, terminology));
    else if (type === 'Extension') issues.push(...check.extension(value, at, resource));
    else if (type === 'Reference' && typeof value.reference === 'string') references.push({ reference: value.reference, at: `${at}.reference` });
  });
  return { issues, references };
}

/** In a Bundle references lead to its entries by their full URLs (R4 §2.36.4). */
function bundleTarget(resource: JsonObject): (reference: string) => JsonObject | undefined {
  if (resource.resourceType !== 'Bundle' || !Array.isArray(resource.entry)) return () => undefined;
  const entries = new Map((resource.entry as readonly (JsonObject | null)[]).flatMap((entry) => (entry && typeof entry.fullUrl === 'string' ? [[entry.fullUrl, entry.resource as JsonObject | undefined] as const] : [])));
  return (reference) => entries.get(reference);
}

/** A profile and the one it is based on, or two claims, may say the same. */
function distinct(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ id, expression, text }) => {
    const key = `${id ?? ''} ${expression ?? ''} ${text}`;
    return !seen.has(key) && seen.add(key);
  });
}
