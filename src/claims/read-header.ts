/** What ClaimResponse and ExplanationOfBenefit state alike about the whole decision. */
import type { ClaimResponse, ExplanationOfBenefit, Extension, Identifier, Reference } from 'fhir/r4.js';
import { EXTENSION, SYSTEM } from './codes.js';
import type { Adjudication, Finding, StatedAmounts } from './model.js';
import { add, type Cents } from './money.js';
import { newLevel, readMoney, readRows, settle, type Level } from './read-rows.js';

export type Decision = ClaimResponse | ExplanationOfBenefit;
export interface Reading {
  readonly adjudication: Adjudication;
  /** What could not be read or contradicts itself; never silently repaired. */
  readonly findings: Finding[];
}

/** All but the lines. `request` is the reference to the claim that was answered. */
export function readHeader(resource: Decision, request: Reference | undefined, findings: Finding[]): Omit<Adjudication, 'lines'> {
  const level = newLevel();
  const stated = readTotals(resource, level, findings);
  addMoaRemarks(resource.extension, level.remarks);
  const patient = relative(resource.patient?.reference);
  const insurer = relative(resource.insurer?.reference);
  const claim = relative(request?.reference);
  const coverage = focalCoverage(resource, findings);
  const eraStatus = extensionOf(resource, EXTENSION.eraClaimStatus)?.valueCode;
  const payerClaimNumber = identifierOf(resource.identifier, SYSTEM.c4bbIdentifierType, 'uc');
  const providerClaimNumber = request?.identifier?.value;
  const carrier = extensionOf(resource, EXTENSION.crossoverCarrier)?.valueReference;
  return {
    source: { resourceType: resource.resourceType, reference: resource.id === undefined ? undefined : `${resource.resourceType}/${resource.id}` },
    status: resource.status,
    use: resource.use,
    outcome: resource.outcome,
    ...(eraStatus ? { eraStatus } : {}),
    ...(payerClaimNumber ? { payerClaimNumber } : {}),
    ...(providerClaimNumber ? { providerClaimNumber } : {}),
    ...(claim ? { claim } : {}),
    ...(patient ? { patient } : {}),
    ...(insurer ? { insurer } : {}),
    ...(coverage ? { coverage } : {}),
    date: decisionDate(resource, findings),
    stated,
    adjustments: level.adjustments,
    ...(level.incomplete.length > 0 ? { incomplete: level.incomplete } : {}),
    remarks: level.remarks,
    ...(level.interest === undefined ? {} : { interest: level.interest }),
    ...(carrier ? { crossoverCarrier: { ...(carrier.reference ? { reference: carrier.reference } : {}), ...(carrier.display ? { display: carrier.display } : {}) } } : {}),
  };
}

/** `total` states the claim's amounts; header rows state what `total` does not; `payment` what neither does. */
function readTotals(resource: Decision, level: Level, findings: Finding[]): StatedAmounts {
  const type = resource.resourceType;
  readRows(resource.adjudication, `${type}.adjudication`, level, findings);
  const totals = newLevel();
  readRows(resource.total, `${type}.total`, totals, findings);
  level.interest ??= totals.interest;
  level.adjustments.push(...totals.adjustments);
  level.incomplete.push(...totals.incomplete);
  const stated: StatedAmounts = { ...settle(level, `${type}.adjudication`, findings), ...settle(totals, `${type}.total`, findings) };
  const benefit = readPayment(resource, findings);
  if (benefit === undefined) return stated;
  if (stated.paid === undefined) return { ...stated, paid: benefit };
  const withInterest = level.interest === undefined ? stated.paid : add(stated.paid, level.interest);
  if (benefit !== stated.paid && benefit !== withInterest) {
    findings.push({ code: 'payment-disagrees', severity: 'warning', expression: `${type}.payment.amount`, text: 'The payment is not the benefit that the totals state; the total is used' });
  }
  return stated;
}

/** What `payment` says was payable for this claim: its amount before adjustments that are not this claim's (R4 `payment.adjustment`). */
function readPayment(resource: Decision, findings: Finding[]): Cents | undefined {
  const { payment } = resource;
  if (!payment?.amount) return undefined;
  const path = `${resource.resourceType}.payment`;
  const amount = readMoney(payment.amount, `${path}.amount`, findings);
  const adjustment = payment.adjustment ? readMoney(payment.adjustment, `${path}.adjustment`, findings) : undefined;
  return amount === undefined || adjustment === undefined ? amount : add(amount, adjustment);
}

/** BPR16, else DTM*405, to the day. */
function decisionDate(resource: Decision, findings: Finding[]): string {
  const stated = resource.payment?.date;
  const date = (stated ?? resource.created ?? '').slice(0, 10);
  if (date.length < 10) {
    const expression = stated === undefined ? `${resource.resourceType}.created` : `${resource.resourceType}.payment.date`;
    findings.push({ code: 'date-imprecise', severity: 'warning', expression, text: 'The date of the decision is needed to the day; deadlines that run from it can\'t be counted' });
  }
  return date;
}

function focalCoverage(resource: Decision, findings: Finding[]): string | undefined {
  const rows: readonly { readonly focal?: boolean; readonly coverage?: Reference }[] = resource.insurance ?? [];
  const focal = rows.length === 1 ? rows : rows.filter((row) => row.focal);
  if (focal.length > 1) findings.push({ code: 'focal-ambiguous', severity: 'warning', expression: `${resource.resourceType}.insurance`, text: 'Several coverages are marked focal: it is not known which of them decided' });
  return focal.length === 1 ? relative(focal[0]?.coverage?.reference) : undefined;
}

/** Remark codes of MOA03–07, MIA05 and MIA20–23 that no header row repeats. */
function addMoaRemarks(extensions: readonly Extension[] | undefined, remarks: string[]): void {
  for (const extension of extensions ?? []) {
    if (extension.url !== EXTENSION.outpatientAdjudication && extension.url !== EXTENSION.inpatientAdjudication) continue;
    for (const { valueCode } of extension.extension ?? []) if (valueCode && !remarks.includes(valueCode)) remarks.push(valueCode);
  }
}

export const extensionOf = (element: { readonly extension?: readonly Extension[] | undefined }, url: string): Extension | undefined =>
  element.extension?.find((extension) => extension.url === url);

export const identifierOf = (identifiers: readonly Identifier[] | undefined, system: string, code: string): string | undefined =>
  identifiers?.find((identifier) => identifier.type?.coding?.some((coding) => coding.code === code && coding.system === system))?.value;

/** A reference without its version, so that equal targets compare equal. */
export function relative(reference: string | undefined): string | undefined {
  const version = reference?.indexOf('/_history/') ?? -1;
  return version < 0 ? reference : reference?.slice(0, version);
}
