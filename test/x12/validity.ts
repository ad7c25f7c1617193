import type { FhirResource } from 'fhir/r4.js';
import { validateResource } from '../../src/fhir/validation/index.js';

/** Texts that were valid before: damage to one part of a file leaves the rest as it was. */
const valid = new Set<string>();
const MOST = 50_000;

/** What is wrong with a resource as it would be stored, each issue in words. */
export function invalidities(resource: FhirResource): string[] {
  const text = JSON.stringify(resource);
  if (valid.has(text)) return [];
  const issues = validateResource(JSON.parse(text)).map(({ text: said, expression }) => `${expression ?? ''} ${said}`);
  if (issues.length > 0) return issues;
  if (valid.size >= MOST) valid.clear();
  valid.add(text);
  return [];
}
