import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle, ClaimResponse, ClaimResponseTotal, ExplanationOfBenefit, FhirResource } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { interpretAdjudication, type Interpretation } from '../../src/claims/index.js';
import { parseAmount } from '../../src/claims/money.js';
import { evaluatesTo } from './resolve.js';

type Decision = ClaimResponse | ExplanationOfBenefit;
const samples = fileURLToPath(new URL('../../../shared/samples', import.meta.url));
const isThere = existsSync(samples);
if (!isThere) console.log('skipped: ../shared/samples is not there, so that no sample decision is interpreted');

function decisionsIn(folder: string): { readonly name: string; readonly resource: Decision }[] {
  if (!isThere) return [];
  return readdirSync(join(samples, folder)).filter((name) => name.endsWith('.json')).sort().flatMap((name) => {
    const parsed = JSON.parse(readFileSync(join(samples, folder, name), 'utf8')) as FhirResource;
    const resources = parsed.resourceType === 'Bundle' ? ((parsed as Bundle).entry ?? []).flatMap(({ resource }) => resource ?? []) : [parsed];
    return resources
      .filter((resource): resource is Decision => resource.resourceType === 'ClaimResponse' || resource.resourceType === 'ExplanationOfBenefit')
      .map((resource) => ({ name: `${name} ${resource.id ?? ''}`, resource }));
  });
}

/** What a file's `total` states, by category code. */
const TOTALS: readonly (readonly [string, keyof Interpretation])[] = [['submitted', 'charge'], ['eligible', 'allowed'], ['benefit', 'paid'], ['paidtoprovider', 'paid'], ['deductible', 'deductible'], ['coinsurance', 'coinsurance'], ['copay', 'copay'], ['memberliability', 'patientResponsibility']];

/** Findings that say why an amount is not the file's. */
const REASONS = ['amount-repeated', 'amount-inexact', 'currency', 'paid-disagrees', 'view-disagrees'];

function unexplained(resource: Decision, answer: Interpretation): string[] {
  return TOTALS.flatMap(([code, name]) => {
    const stated = (resource.total as ClaimResponseTotal[] | undefined)?.filter(({ category }) => category.coding?.some((coding) => coding.code === code)) ?? [];
    const asStated = stated.every(({ amount }) => parseAmount(amount.value!) === answer[name]);
    return asStated || answer.finding.some((finding) => REASONS.includes(finding.code)) ? [] : [`${code}: ${answer[name] as number}`];
  });
}

describe.skipIf(!isThere).each(['fhir', 'synthea'])('every decision in samples/%s is interpreted', (folder) => {
  const decisions = decisionsIn(folder);

  test('there are some', () => expect(decisions.length).toBeGreaterThan(15));

  test.each(decisions.map((one) => [one.name, one.resource] as const))('%s', (_name, resource) => {
    const answer = interpretAdjudication(resource);
    expect(unexplained(resource, answer)).toEqual([]);
    if (!answer.balanced) expect(answer.finding.some(({ code }) => code === 'unbalanced' || code === 'not-checkable')).toBe(true);
    for (const { expression } of answer.finding) expect(evaluatesTo(resource, expression)).toBeDefined();
  });
});
