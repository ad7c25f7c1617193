/** A decision beside the claim that it answers: identity, dates, charges, services. Errors are what no payer's answer to this claim can say. */
import type { Claim, ClaimItem, CodeableConcept } from 'fhir/r4.js';
import type { AdjudicatedLine, Adjudication, Finding } from './model.js';
import { formatCents, parseAmount, sum, type Cents } from './money.js';
import { relative, type Decision } from './read-header.js';

type Severity = Finding['severity'];

export function crossCheck(resource: Decision, adjudication: Adjudication, claim: Claim): Finding[] {
  const findings: Finding[] = [];
  const type = resource.resourceType;
  const add = (code: string, severity: Severity, expression: string, text: string): void => void findings.push({ code, severity, expression, text });
  checkIdentity(resource, adjudication, claim, add);
  checkDates(adjudication, claim, add);
  if (adjudication.stated.charge !== undefined) {
    const charge = claimTotal(claim);
    if (charge !== undefined && charge !== Math.abs(adjudication.stated.charge)) {
      add('charge-mismatch', 'error', type, `The decision is about a charge of ${formatCents(adjudication.stated.charge)}, the claim's is ${formatCents(charge)}`);
    }
  }
  checkLines(adjudication, claim, add);
  return findings;
}

type Add = (code: string, severity: Severity, expression: string, text: string) => void;

function checkIdentity(resource: Decision, adjudication: Adjudication, claim: Claim, add: Add): void {
  const type = resource.resourceType;
  const request = type === 'ClaimResponse' ? 'ClaimResponse.request' : 'ExplanationOfBenefit.claim';
  if (differ(adjudication.claim, claim.id && `Claim/${claim.id}`)) add('claim-mismatch', 'error', request, 'The decision answers another claim');
  const numbers = (claim.identifier ?? []).flatMap((identifier) => identifier.value ?? []);
  if (adjudication.providerClaimNumber !== undefined && numbers.length > 0 && !numbers.includes(adjudication.providerClaimNumber)) {
    add('claim-number-mismatch', 'error', type, 'The claim number that the payer echoes is not one of the claim\'s');
  }
  if (differ(adjudication.patient, relative(claim.patient?.reference))) add('patient-mismatch', 'error', `${type}.patient`, 'The decision is about another patient than the claim');
  if (differ(adjudication.insurer, relative(claim.insurer?.reference))) add('insurer-mismatch', 'warning', `${type}.insurer`, 'The decision comes from another payer than the claim went to');
  const coverages = (claim.insurance ?? []).flatMap((row) => relative(row.coverage?.reference) ?? []);
  if (adjudication.coverage !== undefined && coverages.length > 0 && coverages.every((coverage) => differ(coverage, adjudication.coverage))) {
    add('coverage-mismatch', 'error', `${type}.insurance`, 'The coverage that decided is not on the claim');
  }
  const provider = relative(resource.resourceType === 'ClaimResponse' ? resource.requestor?.reference : resource.provider?.reference);
  if (differ(provider, relative(claim.provider?.reference))) {
    add('provider-mismatch', 'warning', type === 'ClaimResponse' ? 'ClaimResponse.requestor' : 'ExplanationOfBenefit.provider', 'The decision names another provider than the claim');
  }
}

/** Both known, both of the form Type/id, and not the same: other forms (absolute, urn, contained) can't be compared. */
const differ = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && isRelative(a) && isRelative(b) && a !== b;
const isRelative = (reference: string): boolean => !reference.includes(':') && !reference.startsWith('#');

function checkDates(adjudication: Adjudication, claim: Claim, add: Add): void {
  const start = claim.billablePeriod?.start?.slice(0, 10);
  if (start?.length === 10 && adjudication.date.length === 10 && adjudication.date < start) {
    add('decision-before-service', 'error', adjudication.source.resourceType, `The decision of ${adjudication.date} is earlier than the services, which begin on ${start}`);
  }
}

const claimTotal = (claim: Claim): Cents | undefined => {
  if (claim.total?.value !== undefined) return parseAmount(claim.total.value);
  const nets = (claim.item ?? []).map(lineCharge);
  return nets.length > 0 && nets.every((net) => net !== undefined) ? sum(nets) : undefined;
};

const lineCharge = (item: ClaimItem): Cents | undefined => (item.net?.value === undefined ? undefined : parseAmount(item.net.value));

function checkLines(adjudication: Adjudication, claim: Claim, add: Add): void {
  const items = new Map((claim.item ?? []).map((item) => [item.sequence, item]));
  const answered = new Set<number>();
  for (const line of adjudication.lines) {
    const joined = [line.sequence, ...(line.joined ?? [])];
    for (const sequence of joined) answered.add(sequence);
    if (line.added) continue;
    const item = items.get(line.sequence);
    if (!item) add('line-unknown', 'error', line.expression, `The claim has no line ${line.sequence}`);
    else checkLine(line, item, add);
  }
  if (adjudication.lines.length === 0) return;
  for (const sequence of items.keys()) {
    if (!answered.has(sequence)) add('line-unanswered', 'warning', adjudication.source.resourceType, `Line ${sequence} of the claim is not in the decision`);
  }
}

function checkLine(line: AdjudicatedLine, item: ClaimItem, add: Add): void {
  const { stated, service, serviced, expression, sequence } = line;
  const charge = lineCharge(item);
  if (stated.charge !== undefined && charge !== undefined && Math.abs(stated.charge) !== charge) {
    add('charge-mismatch', 'error', expression, `Line ${sequence} is about a charge of ${formatCents(stated.charge)}, the claim's is ${formatCents(charge)}`);
  }
  if (service && !hasCode(item.productOrService, service.code)) {
    add('service-changed', 'warning', expression, `Line ${sequence} was decided as another service than was billed (bundled, split or recoded)`);
  }
  const billed = (item.modifier ?? []).flatMap((modifier) => (modifier.coding ?? []).flatMap((coding) => coding.code ?? []));
  if (service && hasCode(item.productOrService, service.code) && !sameMembers(service.modifiers, billed)) {
    add('modifiers-changed', 'information', expression, `Line ${sequence} was decided with other modifiers than were billed`);
  }
  const units = item.quantity?.value ?? 1;
  if (service?.quantity !== undefined && service.quantity !== 0 && Math.abs(service.quantity) !== units) {
    add('units-changed', 'warning', expression, `Line ${sequence} was decided for ${service.quantity} units; ${units} were billed`);
  }
  const start = (item.servicedDate ?? item.servicedPeriod?.start)?.slice(0, 10);
  const end = (item.servicedDate ?? item.servicedPeriod?.end ?? start)?.slice(0, 10);
  if (serviced && start && end && (serviced.start < start || serviced.end > end)) {
    add('service-date-mismatch', 'error', expression, `Line ${sequence} was decided for ${serviced.start} to ${serviced.end}; the claim says ${start} to ${end}`);
  }
}

const hasCode = (concept: CodeableConcept, code: string): boolean => concept.coding?.some((coding) => coding.code === code) ?? false;
const sameMembers = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((value) => b.includes(value));
