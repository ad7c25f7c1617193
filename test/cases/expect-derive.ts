import { isDeepStrictEqual } from 'node:util';
import type { Claim, ClaimInsurance, Parameters, ParametersParameter } from 'fhir/r4.js';

interface Adjusted {
  readonly coverage: string;
  readonly group: string;
  readonly reason: string;
  readonly amount: number;
}
interface Paid {
  readonly coverage: string;
  readonly amount: number;
}

/** What a case of `derive.json` expects of an answer. What is not named is not compared. */
export interface DeriveExpectation {
  readonly reason: string;
  readonly focalCoverage?: string;
  readonly insurer?: string;
  readonly insurance?: readonly { readonly sequence: number; readonly coverage: string; readonly focal: boolean; readonly claimResponse: string | true | null }[];
  readonly later?: readonly string[];
  readonly total?: number;
  readonly related?: readonly { readonly claim: string; readonly relationship: string }[];
  readonly items?: readonly { readonly sequence: number; readonly code: string; readonly net: number }[];
  readonly worksheet?: {
    readonly line: readonly { readonly sequence: number; readonly charge: number; readonly paid?: readonly Paid[]; readonly adjustment?: readonly Adjusted[]; readonly residual?: number }[];
    readonly total: { readonly charge: number; readonly paid: readonly Paid[]; readonly claimAdjustment: readonly Adjusted[]; readonly residual: number };
  };
  readonly residual?: number;
  readonly deadline?: string;
  readonly mspInsuranceType?: string | null;
}

const MSP = 'https://cobalt.example/fhir/StructureDefinition/msp-insurance-type';

/** Every difference between an answer of `$derive-secondary` and what the case expects, in words; none when it is met. */
export function checkDerive(expect: DeriveExpectation, answer: Parameters): string[] {
  const problems: string[] = [];
  const compare = (what: string, expected: unknown, answered: unknown): void => {
    if (!isDeepStrictEqual(expected, answered)) problems.push(`${what}: expected ${JSON.stringify(expected)}, answered ${JSON.stringify(answered)}`);
  };
  const top = answer.parameter ?? [];
  compare('reason', expect.reason, one(top, 'reason')?.valueCode);
  const claim = one(top, 'claim')?.resource as Claim | undefined;
  if (expect.reason !== 'derived') {
    if (expect.reason !== 'already-derived' && expect.reason !== 'payer-paper-only') compare('claim', undefined, claim);
    return problems;
  }
  if (!claim) return [...problems, 'claim: expected one, answered none'];
  checkClaim(expect, claim, compare);
  if (expect.worksheet) checkWorksheet(expect.worksheet, one(top, 'worksheet')?.part ?? [], compare);
  if (expect.residual !== undefined) compare('residual', expect.residual, one(top, 'residual')?.valueMoney?.value);
  if (expect.deadline !== undefined) compare('deadline', expect.deadline, one(top, 'deadline')?.valueDate);
  return problems;
}

type Compare = (what: string, expected: unknown, answered: unknown) => void;

function checkClaim(expect: DeriveExpectation, claim: Claim, compare: Compare): void {
  const rows = [...claim.insurance].sort((a, b) => a.sequence - b.sequence);
  const focal = rows.filter((row) => row.focal);
  compare('contiguous sequences', rows.map((_, position) => position + 1), rows.map(({ sequence }) => sequence));
  compare('focal rows', 1, focal.length);
  const before = rows.filter(({ sequence }) => sequence <= (focal[0]?.sequence ?? 0));
  const stated = (named: unknown, answered: unknown) => (named === undefined ? undefined : answered);
  compare('focalCoverage', expect.focalCoverage, stated(expect.focalCoverage, focal[0]?.coverage.reference));
  compare('insurer', expect.insurer, stated(expect.insurer, claim.insurer?.reference));
  compare('insurance', expect.insurance, stated(expect.insurance, before.map((row, position) => insuranceRow(row, expect.insurance?.[position]?.claimResponse, claim))));
  compare('later', expect.later, stated(expect.later, rows.slice(before.length).map(({ coverage }) => coverage.reference)));
  compare('later rows with a decision', 0, rows.slice(before.length).filter(({ claimResponse }) => claimResponse).length);
  compare('total', expect.total, stated(expect.total, claim.total?.value));
  compare('related', expect.related, stated(expect.related, claim.related?.map((one) => ({ claim: one.claim?.reference, relationship: one.relationship?.coding?.[0]?.code }))));
  compare('items', expect.items, stated(expect.items, claim.item?.map(({ sequence, productOrService, revenue, net }) => ({ sequence, code: (productOrService.coding ?? revenue?.coding)?.[0]?.code, net: net?.value }))));
  compare('mspInsuranceType', expect.mspInsuranceType, stated(expect.mspInsuranceType, rows.flatMap((row) => row.extension ?? []).find(({ url }) => url === MSP)?.valueCode ?? null));
}

function insuranceRow({ sequence, coverage, focal, claimResponse }: ClaimInsurance, expected: string | true | null | undefined, claim: Claim) {
  const reference = claimResponse?.reference;
  const resolves = !reference?.startsWith('#') || claim.contained?.some(({ id }) => `#${id}` === reference);
  return { sequence, coverage: coverage.reference, focal, claimResponse: expected === true ? reference !== undefined && resolves : (reference ?? null) };
}

function checkWorksheet(expect: NonNullable<DeriveExpectation['worksheet']>, parts: readonly ParametersParameter[], compare: Compare): void {
  const lines = parts.filter(({ name }) => name === 'line').map(({ part = [] }) => part);
  compare('worksheet lines', expect.line.map(({ sequence }) => sequence), lines.map((part) => one(part, 'sequence')?.valuePositiveInt));
  expect.line.forEach((line, position) => {
    const part = lines[position] ?? [];
    const name = `worksheet line ${line.sequence}`;
    compare(`${name} charge`, line.charge, money(part, 'charge'));
    compare(`${name} paid`, line.paid ?? [], paid(part, 'paid'));
    compare(`${name} adjustment`, asSet(line.adjustment ?? []), asSet(adjusted(part, 'adjustment')));
    compare(`${name} residual`, line.residual, money(part, 'residual'));
  });
  const total = one(parts, 'total')?.part ?? [];
  compare('worksheet total charge', expect.total.charge, money(total, 'charge'));
  compare('worksheet total paid', expect.total.paid, paid(total, 'paid'));
  compare('worksheet total claimAdjustment', asSet(expect.total.claimAdjustment), asSet(adjusted(total, 'claimAdjustment')));
  compare('worksheet total residual', expect.total.residual, money(total, 'residual'));
}

const one = (parts: readonly ParametersParameter[], name: string): ParametersParameter | undefined => parts.find((part) => part.name === name);
const all = (parts: readonly ParametersParameter[], name: string): readonly ParametersParameter[][] => parts.filter((part) => part.name === name).map(({ part = [] }) => part);
const money = (parts: readonly ParametersParameter[], name: string): number | undefined => one(parts, name)?.valueMoney?.value;
const paid = (parts: readonly ParametersParameter[], name: string) =>
  all(parts, name).map((part) => ({ coverage: one(part, 'coverage')?.valueReference?.reference, amount: money(part, 'amount') }));
const adjusted = (parts: readonly ParametersParameter[], name: string) =>
  all(parts, name).map((part) => ({ coverage: one(part, 'coverage')?.valueReference?.reference, group: one(part, 'group')?.valueCode, reason: one(part, 'reason')?.valueCode, amount: money(part, 'amount') }));
const asSet = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
