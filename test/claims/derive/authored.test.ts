import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, Claim, ClaimResponse, Coverage, FhirResource, Organization } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { ordersFor } from '../../../src/work/derivation/orders.js';
import { deriveNextClaim, type DeriveResult } from '../../../src/claims/derive/derive.js';
import { toClaimResponse, type Adjudication, type Adjustment, type AdjustmentGroup } from '../../../src/claims/index.js';
import { formatCents, parseAmount, type Cents } from '../../../src/claims/money.js';
import { inProject } from '../../../src/root.js';
import { digest } from '../../cases/derive-input.js';

interface OtherPayer {
  readonly coverage: string;
  readonly amtD: string;
  readonly cas2320: readonly string[][];
  readonly lines: readonly { readonly lx: number; readonly svd02: string; readonly cas2430: readonly (string | null)[][] }[];
}
interface Step {
  readonly do: 'import' | 'derive';
  readonly file: string;
  readonly into?: string;
  readonly claim: string;
  readonly asOf: string;
  readonly expect: {
    readonly reason: string;
    readonly carrier?: string;
    readonly clm02?: string;
    readonly clm05_3?: string;
    readonly destination?: { readonly coverage: string; readonly sbr05: string | null };
    readonly otherPayers?: readonly OtherPayer[];
    readonly futurePayers?: readonly { readonly coverage: string }[];
    readonly residualPatientResponsibility?: string;
  };
}

const FOLDERS = ['professional-secondary', 'crossover', 'tertiary', 'reversal-correction', 'unbalanced'] as const;
const textOf = (folder: string, file: string): string => readFileSync(inProject(join('test/samples/authored', folder, file)), 'utf8');
const cents = (text: string): Cents => parseAmount(text)!;

/** The decisions of one of these remittances, as far as they are about claims that are known: a reader for these tests alone. */
function decisionsIn(text: string, resources: readonly FhirResource[]): ClaimResponse[] {
  const segments = text.split('~').map((segment) => segment.trim().split('*'));
  const payerId = segments.find(([id, qualifier]) => id === 'REF' && qualifier === '2U')![2]!;
  const paidOn = segments.find(([id]) => id === 'BPR')![16]!.replace(/(\d{4})(\d{2})(\d{2})/, '$1-$2-$3');
  const payer = resources.find((one): one is Organization => one.resourceType === 'Organization' && (one.identifier?.some(({ value }) => value === payerId) ?? false))!;
  const starts = segments.flatMap(([id], position) => (id === 'CLP' ? [position] : []));
  return starts.flatMap((start, index) => {
    const own = segments.slice(start, starts[index + 1]);
    const claim = resources.find((one): one is Claim => one.resourceType === 'Claim' && one.identifier?.[0]?.value === own[0]![1])!;
    const coverage = resources.find((one): one is Coverage => one.resourceType === 'Coverage' && one.payor[0]!.reference === `Organization/${payer.id}` && claim.insurance.some((row) => row.coverage.reference === `Coverage/${one.id}`))!;
    const header = { status: 'active', use: 'claim', outcome: 'complete', claim: `Claim/${claim.id}`, patient: claim.patient.reference!, insurer: `Organization/${payer.id}`, coverage: `Coverage/${coverage.id}`, date: paidOn };
    return [toClaimResponse({ ...header, ...decisionOf(own, resources) }, { type: claim.type, id: `remit-${payerId}-${own[0]![7]}-${own[0]![2]}` })];
  });
}

function decisionOf(segments: readonly string[][], resources: readonly FhirResource[]): Pick<Adjudication, 'source' | 'eraStatus' | 'payerClaimNumber' | 'stated' | 'adjustments' | 'lines' | 'remarks' | 'crossoverCarrier'> {
  const [, , status, charge, paid, , , payerClaimNumber] = segments[0]!;
  const services = segments.flatMap(([id], position) => (id === 'SVC' ? [position] : []));
  const carrierId = segments.find(([id, qualifier]) => id === 'NM1' && qualifier === 'TT')?.[9];
  const carrier = resources.find((one) => one.resourceType === 'Organization' && one.identifier?.some(({ value }) => value === carrierId));
  return {
    source: { resourceType: 'ClaimResponse', reference: undefined },
    eraStatus: status!,
    payerClaimNumber: payerClaimNumber!,
    stated: { charge: cents(charge!), paid: cents(paid!) },
    adjustments: adjustmentsIn(segments.slice(0, services[0])),
    remarks: segments.filter(([id]) => id === 'MOA').flatMap((moa) => moa.slice(3)),
    lines: services.map((start, index) => {
      const own = segments.slice(start, services[index + 1]);
      const sequence = Number(own.find(([id, qualifier]) => id === 'REF' && qualifier === '6R')![2]);
      return { sequence, stated: { charge: cents(own[0]![2]!), paid: cents(own[0]![3]!) }, adjustments: adjustmentsIn(own), remarks: [], expression: '' };
    }),
    ...(carrier ? { crossoverCarrier: { reference: `Organization/${carrier.id}` } } : {}),
  };
}

const adjustmentsIn = (segments: readonly string[][]): Adjustment[] =>
  segments.filter(([id]) => id === 'CAS').flatMap(([, group, ...trios]) =>
    Array.from({ length: Math.ceil(trios.length / 3) }, (_, index) => ({ group: group as AdjustmentGroup, reason: trios[index * 3]!, amount: cents(trios[index * 3 + 1]!) })));

function deriveFrom(resources: readonly FhirResource[], decisions: readonly ClaimResponse[], { claim: reference, asOf }: Step): DeriveResult {
  const claims = resources.filter((one): one is Claim => one.resourceType === 'Claim');
  const claim = claims.find(({ id }) => reference === `Claim/${id}`)!;
  const coverages = resources.filter((one): one is Coverage => one.resourceType === 'Coverage' && one.beneficiary.reference === claim.patient.reference);
  const own = decisions.filter(({ request }) => request?.reference === reference);
  const facts = { claim, claims, coverages, resources, decisions: own };
  return deriveNextClaim({ ...facts, orders: ordersFor(facts), asOf, digest });
}

const rowsOf = (cas: readonly (string | null)[][]): string[] => cas.map(([group, reason, amount]) => `${group} ${reason} ${amount}`).sort();
const rows = (list: readonly { coverage: string; group: string; reason: string; amount: Cents }[], coverage: string): string[] =>
  list.filter((one) => one.coverage === coverage).map(({ group, reason, amount }) => `${group} ${reason} ${formatCents(amount)}`).sort();

function checkDerived({ claim, worksheet, residual }: DeriveResult, expected: Step['expect']): void {
  const focal = claim!.insurance.find((row) => row.focal)!;
  expect(focal.coverage.reference).toBe(expected.destination!.coverage);
  expect(focal.extension?.[0]?.valueCode ?? null).toBe(expected.destination!.sbr05);
  expect(claim!.insurance.filter(({ sequence }) => sequence < focal.sequence).map((row) => row.coverage.reference)).toEqual(expected.otherPayers!.map(({ coverage }) => coverage));
  expect(claim!.insurance.filter(({ sequence }) => sequence > focal.sequence).map((row) => row.coverage.reference)).toEqual(expected.futurePayers!.map(({ coverage }) => coverage));
  expect(claim!.extension!.find(({ url }) => url.endsWith('/claim-frequency'))!.valueCode).toBe(expected.clm05_3);
  expect(formatCents(worksheet!.total.charge)).toBe(expected.clm02);
  expect(formatCents(residual!)).toBe(expected.residualPatientResponsibility);
  for (const { coverage, amtD, cas2320, lines } of expected.otherPayers!) {
    expect(formatCents(worksheet!.total.paid.find((one) => one.coverage === coverage)!.amount)).toBe(amtD);
    expect(rows(worksheet!.total.claimAdjustment, coverage)).toEqual(rowsOf(cas2320));
    for (const { lx, svd02, cas2430 } of lines) {
      const line = worksheet!.line.find(({ sequence }) => sequence === lx)!;
      expect(formatCents(line.paid.find((one) => one.coverage === coverage)!.amount)).toBe(svd02);
      expect(rows(line.adjustment, coverage)).toEqual(rowsOf(cas2430));
    }
  }
}

describe.each(FOLDERS)('authored sample %s', (folder) => {
  const { title, steps } = JSON.parse(textOf(folder, 'expected.json')) as { title: string; steps: Step[] };
  const resources = ((JSON.parse(textOf(folder, 'resources.json')) as Bundle).entry ?? []).flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));

  test(title, () => {
    let decisions: ClaimResponse[] = [];
    for (const step of steps) {
      if (step.do === 'import') decisions = [...(step.into ? [] : decisions), ...decisionsIn(textOf(folder, step.file), resources)];
      else {
        const result = deriveFrom(resources, decisions, step);
        expect(result.reason, result.findings.map(({ text }) => text).join('; ')).toBe(step.expect.reason);
        if (step.expect.reason === 'derived') checkDerived(result, step.expect);
      }
    }
    if (folder === 'unbalanced') expect(deriveFrom(resources, decisions, { claim: decisions[0]!.request!.reference!, asOf: '2026-04-20' } as Step).reason).toBe('unbalanced');
  });
});
