import type { Bundle, FhirResource } from 'fhir/r4.js';
import { parseExact } from '../../fhir/json/exact.js';
import { elementSpans, spanAt } from '../../fhir/json/spans.js';
import { FhirError } from '../../fhir/outcome.js';

/** The resource that a source sent, held to the same limits as what clients send (depth, size, duplicate keys); undefined for what is none. */
export function resourceIn(body: Uint8Array): FhirResource | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const value = exact(text) ?? salvaged(text);
  return typeof (value as Partial<FhirResource> | null | undefined)?.resourceType === 'string' ? (value as FhirResource) : undefined;
}

function exact(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof FhirError) return undefined;
    throw error;
  }
}

/**
 * A Bundle of which some entries are beyond the limits: one resource that says the same twice must not hide the others of
 * its page. In the place of such a one stands its address, with a `meta` that no resource has, so that nobody takes it for one.
 */
function salvaged(text: string): Bundle | undefined {
  const bundle = lenient(text) as Partial<Bundle> | null | undefined;
  const span = bundle?.resourceType === 'Bundle' && Array.isArray(bundle.entry) ? spanAt(text, ['entry']) : undefined;
  if (!bundle || !span) return undefined;
  const entry = [...elementSpans(text, span)].map(({ start, end }) => exact(text.slice(start, end)) ?? addressOnly(lenient(text.slice(start, end))));
  return { ...bundle, entry } as Bundle;
}

function lenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function addressOnly(entry: unknown): unknown {
  const { resourceType, id } = (entry as { readonly resource?: Partial<FhirResource> | null } | null)?.resource ?? {};
  return { resource: { resourceType, id, meta: null } };
}
