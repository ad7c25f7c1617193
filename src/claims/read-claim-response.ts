import type { ClaimResponse, ClaimResponseItem } from 'fhir/r4.js';
import { EXTENSION } from './codes.js';
import type { AdjudicatedLine, Finding } from './model.js';
import { extensionOf, readHeader, type Reading } from './read-header.js';
import { readAddedLines, readLine, readService, readServiced, type LineIdentity } from './read-lines.js';

/** Reads a payer's decision from a ClaimResponse (R4 §13.2; X12 835 homes: the model's fields). */
export function readClaimResponse(resource: ClaimResponse): Reading {
  const findings: Finding[] = [];
  const header = readHeader(resource, resource.request, findings);
  const lines: AdjudicatedLine[] = (resource.item ?? []).map((item, index) => readLine(item, identify(item), `ClaimResponse.item[${index}]`, findings));
  if (resource.addItem) readAddedLines(resource.addItem, 'ClaimResponse', lines, findings);
  return { adjudication: { ...header, lines }, findings };
}

/** ClaimResponse.item has no service of its own: what differs from the claim stands in the extension `adjudicated-service`. */
function identify(item: ClaimResponseItem): LineIdentity {
  const parts = item.extension && extensionOf(item, EXTENSION.adjudicatedService);
  if (!parts) return { sequence: item.itemSequence };
  const quantity = extensionOf(parts, 'quantity')?.valueDecimal;
  const modifiers = (parts.extension ?? []).flatMap((part) => (part.url === 'modifier' && part.valueCodeableConcept ? [part.valueCodeableConcept] : []));
  const service = readService(extensionOf(parts, 'productOrService')?.valueCodeableConcept, modifiers, quantity);
  const serviced = readServiced(undefined, extensionOf(parts, 'serviced')?.valuePeriod);
  return { sequence: item.itemSequence, ...(service ? { service } : {}), ...(serviced ? { serviced } : {}) };
}
