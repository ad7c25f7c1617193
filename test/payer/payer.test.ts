import fc from 'fast-check';
import type { Bundle, Claim, ClaimResponse, Coverage, FhirResource } from 'fhir/r4.js';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { checkBalance } from '../../src/claims/balance.js';
import { toMoney, centsOf } from '../../src/claims/money.js';
import { netAdjudications } from '../../src/claims/net.js';
import { readAdjudication } from '../../src/claims/read.js';
import { toClaimResponse } from '../../src/claims/write-claim-response.js';
import { behaviourOf } from '../../src/payer/behaviours.js';
import { decide } from '../../src/payer/decide.js';
import { startPayer, type RunningPayer } from '../../src/payer/server.js';
import { brokenInvariants } from '../profiles/constraints.js';
import { ofType } from '../seed/seed.js';

const claim = ofType('Claim').find(({ id }) => id === 'clm-ashdown-1')!;
const prior = ofType('ClaimResponse').find(({ id }) => id === 'cr-ashdown-1')!;
const coverage = (id: string, subscriberId: string): Coverage => ({ ...ofType('Coverage').find((one) => one.id === id)!, subscriberId });

/** The seed's first claim as it goes to the second payer, whose member has this id. */
function packet(subscriberId: string, changes: Partial<Claim> = {}, key = 'k1'): Bundle {
  const next: Claim = {
    ...claim, id: 'next', insurance: [
      { sequence: 1, focal: false, coverage: claim.insurance[0]!.coverage, claimResponse: { reference: 'ClaimResponse/cr-ashdown-1' } },
      { sequence: 2, focal: true, coverage: { reference: 'Coverage/cov-ashdown-medicaid' } },
    ], ...changes,
  };
  return { resourceType: 'Bundle', type: 'collection', identifier: { value: key }, entry: [next, coverage('cov-ashdown-own', 'A'), coverage('cov-ashdown-medicaid', subscriberId), prior].map((resource) => ({ resource: resource as FhirResource })) };
}

let payer: RunningPayer;
let today = new Date('2026-11-22T12:00:00Z');
beforeEach(async () => {
  today = new Date('2026-11-22T12:00:00Z');
  payer = await startPayer({ host: '127.0.0.1', port: 0, delayMs: 1_000, now: () => today });
});
afterEach(() => payer.close());

async function ask<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(`${payer.base}/${path}`, { method, headers: { 'Content-Type': 'application/fhir+json' }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  return { status: response.status, body: (await response.json()) as T };
}
const submit = (subscriberId: string, changes?: Partial<Claim>, key?: string) => ask<ClaimResponse>('POST', 'Claim/$submit', packet(subscriberId, changes, key));
const answers = async (): Promise<ClaimResponse[]> => ((await ask<Bundle>('GET', 'ClaimResponse?request=Claim/next')).body.entry ?? []).map(({ resource }) => resource as ClaimResponse);
const paid = (response: ClaimResponse): number | undefined => response.payment?.amount.value;
const adjustments = (response: ClaimResponse): string[] => readAdjudication(response).adjudication.lines.flatMap((line) => line.adjustments.map(({ group, reason, amount }) => `${line.sequence} ${group}-${reason} ${(amount / 100).toFixed(2)}`));

describe('what follows from the member id', () => {
  test.each([
    ['ARY5520418', 54.7, ['1 OA-23 175.00', '2 OA-23 27.30']],
    ['ARY-PART', 43.76, ['1 OA-23 175.00', '1 PR-2 8.00', '2 OA-23 27.30', '2 PR-2 2.94']],
    ['ARY-DENY29', 0, ['1 OA-23 175.00', '1 CO-29 40.00', '2 OA-23 27.30', '2 CO-29 14.70']],
    ['ARY-DENYPR204', 0, ['1 OA-23 175.00', '1 PR-204 40.00', '2 OA-23 27.30', '2 PR-204 14.70']],
  ])('%s: %d is paid', async (member, amount, expected) => {
    const { status, body } = await submit(member);
    expect([status, body.outcome, paid(body), body.request?.reference]).toEqual([200, 'complete', amount, 'Claim/next']);
    expect(adjustments(body)).toEqual(expected);
    expect([checkBalance(readAdjudication(body).adjudication), brokenInvariants(body)]).toEqual([[], []]);
  });

  test('a first payer allows 80 percent and leaves 20 percent of that', async () => {
    const insurance = [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/cov-ashdown-medicaid' } }];
    expect(adjustments((await submit('ARY', { insurance })).body)).toEqual(['1 CO-45 43.00', '1 PR-2 34.40', '2 CO-45 8.40', '2 PR-2 6.72']);
  });

  test.each([['LATER', [0, 1_000], ['queued', 'complete']], ['SILENT', [0, 1e9], ['queued']], ['TWICE', [0, 1_000], ['complete', 'complete']]])('%s', async (suffix, times, outcomes) => {
    const { body } = await submit(`ARY-${suffix}`);
    expect((await answers()).map(({ outcome }) => outcome)).toEqual([body.outcome]);
    today = new Date(today.getTime() + times[1]!);
    expect((await answers()).map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  test('REVERSE: the reversal takes back exactly what was paid, and the correction stands', async () => {
    await submit('ARY-REVERSE');
    today = new Date(today.getTime() + 1_000);
    const all = await answers();
    expect(all.map(paid)).toEqual([54.7, -54.7, 27.35]);
    const [net] = netAdjudications(all.map((response) => readAdjudication(response).adjudication)).perPayer;
    expect([net?.status, net?.adjudication?.stated.paid]).toEqual(['decided', 2735]);
  });

  test('DOCS: asks, and decides when a Communication about the claim has come', async () => {
    const { body } = await submit('ARY-DOCS');
    expect([body.outcome, body.communicationRequest?.[0]?.reference, body.contained?.[0]?.resourceType]).toEqual(['queued', '#documents', 'CommunicationRequest']);
    today = new Date(today.getTime() + 1e9);
    expect(await answers()).toHaveLength(1);
    await ask('POST', 'Communication', { resourceType: 'Communication', status: 'completed', about: [{ reference: 'Claim/next' }] });
    today = new Date(today.getTime() + 1_000);
    expect((await answers()).map(({ outcome }) => outcome)).toEqual(['queued', 'complete']);
  });

  test.each([['CROSS', { reference: 'Organization/payer-harborlight' }], ['CROSSX', { display: 'Faraway Supplemental' }]])('%s: forwards with status, carrier and remark', async (suffix, carrier) => {
    const insurance = [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/cov-ashdown-medicaid' } }, { sequence: 2, focal: false, coverage: { reference: 'Coverage/cov-ashdown-own' } }];
    const { adjudication } = readAdjudication((await submit(`ARY-${suffix}`, { insurance })).body);
    expect([adjudication.eraStatus, adjudication.crossoverCarrier, adjudication.remarks]).toEqual(['19', carrier, ['MA18']]);
  });

  test('REJECT: refuses and takes nothing', async () => {
    expect((await submit('ARY-REJECT')).status).toBe(422);
    expect(await answers()).toEqual([]);
  });

  test('DOWN: out of order twice, then pays', async () => {
    expect([(await submit('ARY-DOWN')).status, (await submit('ARY-DOWN')).status, (await submit('ARY-DOWN')).status]).toEqual([503, 503, 200]);
  });
});

describe('receiving', () => {
  it('the same key again gets the same answer and is taken once', async () => {
    const first = await submit('ARY');
    expect((await submit('ARY')).body).toEqual(first.body);
    expect(await answers()).toHaveLength(1);
  });

  it('the same claim under another key is a duplicate, unless it replaces', async () => {
    await submit('ARY');
    expect(adjustments((await submit('ARY', {}, 'k2')).body)).toContain('1 CO-18 40.00');
    const replacement = [{ url: 'https://cobalt.example/fhir/StructureDefinition/claim-frequency', valueCode: '7' }];
    expect(paid((await submit('ARY', { extension: replacement }, 'k3')).body)).toBe(54.7);
  });

  it('takes a Parameters with the Bundle as resource', async () => {
    const { status, body } = await ask<ClaimResponse>('POST', 'Claim/$submit', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: packet('ARY') }] });
    expect([status, paid(body)]).toEqual([200, 54.7]);
    expect((await ask<ClaimResponse>('GET', `ClaimResponse/${body.id}`)).body).toEqual(body);
  });

  it.each([['{', 400], ['null', 400], [{ resourceType: 'Claim' }, 400], [{ resourceType: 'Bundle', entry: [null] }, 400], [packet('ARY', { insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/none' } }] }), 400]])('refuses %j', async (body, status) => {
    expect((await ask('POST', 'Claim/$submit', body)).status).toBe(status);
  });

  it('knows no other address', async () => expect((await ask('GET', 'Patient')).status).toBe(404));
});

describe('pushing', () => {
  it('posts what comes later to the callback', async () => {
    const target = await startPayer({ host: '127.0.0.1', port: 0, delayMs: 0, now: () => today });
    const pushing = await startPayer({ host: '127.0.0.1', port: 0, callback: target.base.replace('/fhir', '/fhir/Claim/$submit?'), delayMs: 0, now: () => today });
    try {
      await fetch(`${pushing.base}/Claim/$submit`, { method: 'POST', body: JSON.stringify(packet('ARY-LATER')) });
      await expect.poll(() => target.received.map((text) => (JSON.parse(text) as ClaimResponse).outcome)).toEqual(['complete']);
    } finally {
      await pushing.close();
      await target.close();
    }
  });
});

test('every decision balances on every line, whatever the charges and what the payer before left', () => {
  const amount = fc.integer({ min: 0, max: 99_999_99 });
  fc.assert(fc.property(fc.array(fc.tuple(amount, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 6 }), fc.constantFrom('', 'PART', 'DENY29', 'CROSS', 'REVERSE'), fc.boolean(), fc.boolean(), (lines, suffix, hasPrior, onClaim) => {
    const item = lines.map(([charge], index) => ({ sequence: index + 1, productOrService: {}, net: toMoney(centsOf(charge)) }));
    const left = lines.map(([charge, part]) => Math.floor(charge * part));
    const share = (value: number) => (value === 0 ? [] : [{ group: 'PR' as const, reason: '1', amount: centsOf(value) }]);
    const total = left.reduce((sum, value) => sum + value, 0);
    const decision = toClaimResponse({
      ...readAdjudication(prior).adjudication, adjustments: onClaim ? share(total) : [],
      lines: lines.map(([charge], index) => ({ sequence: index + 1, stated: { charge: centsOf(charge), paid: centsOf(charge - (onClaim ? 0 : left[index]!)) }, adjustments: onClaim ? [] : share(left[index]!), remarks: [], expression: '' })),
    }, { type: claim.type });
    const sent: Claim = { ...claim, item };
    const decided = decide({ claim: sent, coverage: coverage('cov-ashdown-medicaid', 'X'), prior: hasPrior ? [decision] : [], next: undefined }, behaviourOf(`X-${suffix}`), '2026-11-22', 'N');
    expect(checkBalance(decided)).toEqual([]);
    expect(decided.lines.flatMap(({ adjustments: list, stated }) => [stated.paid ?? 0, ...list.map((adjustment) => adjustment.amount)]).filter((value) => value < 0)).toEqual([]);
    if (hasPrior && suffix === '') expect(decided.stated.paid).toBe(total);
  }), { numRuns: 200 });
});
