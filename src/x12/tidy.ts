/** Resources as they come out of a file, made fit to be stored. */
import type { FhirResource } from 'fhir/r4.js';

/**
 * A value as FHIR may hold it, whatever the file had: texts without control characters and without blanks at their ends
 * or in rows (R4 §2.24.0.1), and nothing that is empty.
 */
export function tidy<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/[\p{Cc}\s]+/gu, ' ').trim() as T;
  if (Array.isArray(value)) return value.map((one: unknown) => tidy(one)).filter((one) => !isEmpty(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]: [string, unknown]) => [name, tidy(inner)] as const).filter(([, inner]) => !isEmpty(inner))) as T;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Two resources that are one: what the first says counts, lists have what both say. */
export function together(first: FhirResource, second: FhirResource): FhirResource {
  const all: Record<string, unknown> = { ...second, ...first };
  for (const [name, value] of Object.entries(first)) {
    const other: unknown = second[name as keyof FhirResource];
    if (!Array.isArray(value) || !Array.isArray(other)) continue;
    const known = new Set(value.map((one) => JSON.stringify(one)));
    all[name] = [...(value as unknown[]), ...(other as unknown[]).filter((one) => !known.has(JSON.stringify(one)))];
  }
  return all as unknown as FhirResource;
}
