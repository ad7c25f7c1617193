import type { ExplanationOfBenefit, ExplanationOfBenefitItem } from 'fhir/r4.js';
import type { AdjudicatedLine, Finding } from './model.js';
import { readHeader, type Reading } from './read-header.js';
import { readAddedLines, readLine, readService, readServiced, type LineIdentity } from './read-lines.js';

/** Reads a payer's decision from an ExplanationOfBenefit (R4 §13.7, CARIN BB EOB profiles). */
export function readExplanationOfBenefit(resource: ExplanationOfBenefit): Reading {
  const findings: Finding[] = [];
  const header = readHeader(resource, resource.claim, findings);
  const lines: AdjudicatedLine[] = (resource.item ?? []).map((item, index) => readLine(item, identify(item), `ExplanationOfBenefit.item[${index}]`, findings));
  if (resource.addItem) readAddedLines(resource.addItem, 'ExplanationOfBenefit', lines, findings);
  const providerClaimNumber = header.providerClaimNumber ?? patientAccountNumber(resource);
  return { adjudication: { ...header, ...(providerClaimNumber ? { providerClaimNumber } : {}), lines }, findings };
}

/** In R4 an EOB repeats the claim's services: its item number is the claim's. */
function identify(item: ExplanationOfBenefitItem): LineIdentity {
  const service = readService(item.productOrService, item.modifier, item.quantity?.value);
  const serviced = readServiced(item.servicedDate, item.servicedPeriod);
  return { sequence: item.sequence, ...(service ? { service } : {}), ...(serviced ? { serviced } : {}) };
}

/** CLM01 as C4BB carries it: supporting information of category `patientaccountnumber`. */
const patientAccountNumber = (resource: ExplanationOfBenefit): string | undefined =>
  resource.supportingInfo?.find((info) => info.category?.coding?.some((coding) => coding.code === 'patientaccountnumber'))?.valueString;
