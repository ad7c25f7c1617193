import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Bundle, Claim, ClaimResponse, ExplanationOfBenefit, FhirResource } from 'fhir/r4.js';
import { describe, expect, it, test } from 'vitest';
import { interpret, interpretAdjudication, residualOf, type Interpretation, type InterpretedAmounts, type Next } from '../../src/claims/index.js';
import type { Adjudication } from '../../src/claims/model.js';
import { centsOf, sum, type Cents } from '../../src/claims/money.js';
import { anyAdjudication, balancedAdjudication, reversalOf } from './adjudications.js';
import { claimResponse, explanation, rows, service, usd, type ShortDecision, type ShortRow } from './decisions.js';

const codes = ({ finding }: Interpretation): string[] => finding.map(({ code }) => code);
const interpreted = (decision: ShortDecision): Interpretation => interpretAdjudication(claimResponse(decision));
const oneLine = (...line: ShortRow[]): ShortDecision => ({ lines: [line] });

describe('amounts', () => {
  test('of a line, and of the claim', () => {
    const answer = interpreted({
      lines: [
        [['submitted', 230], ['eligible', 126.07], ['CO-45', 103.93], ['CO-253', 1.38], ['PR-1', 40], ['PR-2', 17.21], ['benefit', 67.48]],
        [['submitted', 100], ['PR-204', 30], ['OA-23', 50], ['PI-45', 5], ['PR-3', 10], ['benefit', 5]],
      ],
    });
    expect(answer).toMatchObject({
      charge: 33000, paid: 7248, contractual: 10531, patientResponsibility: 9721, deductible: 4000, coinsurance: 1721, copay: 1000, otherPatient: 3000, otherAdjustment: 5000, payerInitiated: 500, residual: 9721,
      balanced: true, next: 'bill-next-payer',
    });
    expect(answer.line).toMatchObject([{ sequence: 1, allowed: 12607, residual: 5721 }, { sequence: 2, otherPatient: 3000, residual: 4000, adjustment: [{ group: 'PR', reason: '204' }, {}, {}, {}] }]);
  });

  test.each<[string, ShortRow[], number]>([
    ['patient responsibility', [['PR-1', 40], ['PR-45', 5]], 4500],
    ['refused, another payer\'s', [['CO-22', 80], ['CO-45', 20]], 8000],
    ['not covered by this plan, in the provider\'s group', [['CO-204', 80]], 8000],
    ['may be billed to the next payer, never to the patient', [['OA-209', 12.5]], 1250],
    ['the dental plan\'s', [['CO-270', 80]], 8000],
    ['contractual, bundled, late', [['CO-45', 20], ['CO-97', 22], ['CO-29', 80]], 0],
    ['an unlisted code of the patient', [['PR-999', 5]], 500],
    ['a code that is the name of something else in the language', [['PR-constructor', 5], ['PR-__proto__', 1]], 600],
    ['an unlisted code of the provider', [['CO-999', 5]], 0],
  ])('the residual: %s', (_name, line, residual) => {
    expect(interpreted(oneLine(...line)).residual).toBe(residual);
  });

  test('a reversal leaves no residual', () => {
    const answer = interpreted({ eraStatus: '22', lines: [[['submitted', -180], ['CO-45', -60], ['PR-3', -20], ['benefit', -100]]] });
    expect(answer).toMatchObject({ patientResponsibility: -2000, residual: 0, balanced: true, next: 'wait' });
  });

  test('without groups the patient\'s share is as stated, and said to be', () => {
    const answer = interpretAdjudication(explanation({ total: rows([['submitted', 1000], ['paidtoprovider', 920], ['memberliability', 80], ['copay', 80]]) as never }));
    expect(answer).toMatchObject({ charge: 100000, paid: 92000, patientResponsibility: 8000, copay: 8000, residual: 8000, balanced: false });
    expect(answer.contractual).toBeUndefined();
    expect(codes(answer)).toContain('not-itemised');
  });

  test('without groups and totals the shares are those of the lines', () => {
    const item = [{ sequence: 1, productOrService: service, adjudication: rows([['submitted', 50], ['deductible', 10], ['coinsurance', 5]]) }, { sequence: 2, productOrService: service, adjudication: rows([['submitted', 50], ['coinsurance', 3]]) }];
    expect(interpretAdjudication(explanation({ item }))).toMatchObject({ charge: 10000, deductible: 1000, coinsurance: 800, patientResponsibility: 1800 });
  });

  test('paid in full without an adjustment: nothing is anyone\'s', () => {
    expect(interpreted(oneLine(['submitted', 45.5], ['benefit', 45.5]))).toMatchObject({ balanced: true, patientResponsibility: 0, contractual: 0, next: 'nothing-due' });
  });
});

describe('what comes next', () => {
  const shared: ShortRow[] = [['submitted', 180], ['CO-45', 60], ['PR-3', 20], ['benefit', 100]];
  test.each<[string, ShortDecision, Next, string]>([
    ['cancelled', { status: 'cancelled', lines: [shared] }, 'needs-human', 'not-active'],
    ['entered in error', { status: 'entered-in-error', lines: [shared] }, 'needs-human', 'not-active'],
    ['a predetermination', { use: 'predetermination', lines: [shared] }, 'wait', 'estimate'],
    ['CLP02 25', { eraStatus: '25', lines: [shared] }, 'wait', 'estimate'],
    ['queued', { outcome: 'queued' }, 'wait', 'pending'],
    ['partial', { outcome: 'partial', lines: [shared] }, 'wait', 'pending'],
    ['processed with errors', { outcome: 'error', lines: [shared] }, 'needs-human', 'payer-error'],
    ['unreadable', { lines: [[...shared, ['benefit', 99]]], total: [['submitted', 180], ['benefit', 100]] }, 'needs-human', 'contradicted'],
    ['unbalanced', oneLine(['submitted', 180], ['CO-45', 60], ['benefit', 100]), 'needs-human', 'unbalanced'],
    ['nothing to balance', { lines: [], total: [] }, 'needs-human', 'unbalanced'],
    ['forwarded by claim status', { eraStatus: '19', carrier: 'Organization/medigap', lines: [shared] }, 'crossed-over', 'crossed-over'],
    ['not ours, forwarded', { eraStatus: '23', lines: [[['submitted', 10], ['OA-B11', 10], ['benefit', 0]]] }, 'crossed-over', 'crossed-over'],
    ['forwarded by carrier', { carrier: 'Organization/medigap', lines: [shared] }, 'crossed-over', 'crossed-over'],
    ['forwarded by remark on a line', { lines: [[...shared, ['N89']]] }, 'crossed-over', 'crossed-over'],
    ['forwarded and refused in part', { lines: [[...shared], [['submitted', 50], ['CO-29', 50], ['benefit', 0]]], claim: [['MA18']], total: [['submitted', 230], ['benefit', 100]] }, 'crossed-over', 'crossed-over'],
    ['forwarded and not forwarded', { lines: [shared], claim: [['MA18'], ['MA19']] }, 'needs-human', 'contradicted'],
    ['not forwarded', { lines: [shared], claim: [['MA19']] }, 'bill-next-payer', 'residual'],
    ['reversed', { eraStatus: '22', lines: [shared.map(([what, amount]): ShortRow => [what, -amount!])] }, 'wait', 'reversal'],
    ['a line pending', { lines: [shared, [['submitted', 10], ['OA-133', 10], ['benefit', 0]]] }, 'wait', 'line-pending'],
    ['another payer first', oneLine(['submitted', 10], ['CO-22', 10], ['benefit', 0]), 'needs-human', 'order-disputed'],
    ['work-related', oneLine(['submitted', 10], ['CO-19', 10], ['benefit', 0]), 'needs-human', 'order-disputed'],
    ['found not work-related by the carrier', oneLine(['submitted', 10], ['CO-191', 10], ['benefit', 0]), 'bill-next-payer', 'residual'],
    ['an unlisted code', { lines: [shared, [['submitted', 10], ['CO-999', 10], ['benefit', 0]]] }, 'needs-human', 'unlisted-code'],
    ['correctable beside patient share', { lines: [shared, [['submitted', 10], ['CO-4', 10], ['benefit', 0]]] }, 'correct-and-resubmit', 'correctable'],
    ['a stay to split', oneLine(['submitted', 10], ['CO-239', 10], ['benefit', 0]), 'correct-and-resubmit', 'correctable'],
    ['correctable before appealable', { lines: [[['submitted', 10], ['CO-50', 10], ['benefit', 0]], [['submitted', 10], ['CO-4', 10], ['benefit', 0]]] }, 'correct-and-resubmit', 'correctable'],
    ['appealable', { lines: [shared, [['submitted', 10], ['CO-50', 10], ['benefit', 0]]] }, 'appeal', 'appealable'],
    ['the patient is not known (CLP02 4)', { eraStatus: '4', lines: [[['submitted', 10], ['PR-204', 10], ['benefit', 0]]] }, 'needs-human', 'patient-unknown'],
    ['coverage ended', oneLine(['submitted', 10], ['PR-27', 10], ['benefit', 0]), 'needs-human', 'verify'],
    ['wrong payer', oneLine(['submitted', 10], ['CO-109', 10], ['benefit', 0]), 'needs-human', 'verify'],
    ['the questionnaire is not answered', oneLine(['submitted', 10], ['PR-227', 10], ['N197'], ['benefit', 0]), 'needs-human', 'verify'],
    ['patient share', { lines: [shared] }, 'bill-next-payer', 'residual'],
    ['not covered here', oneLine(['submitted', 10], ['PR-204', 10], ['benefit', 0]), 'bill-next-payer', 'residual'],
    ['the dental plan\'s', oneLine(['submitted', 10], ['CO-270', 10], ['benefit', 0]), 'bill-next-payer', 'residual'],
    ['cost share that QMB protects', oneLine(['submitted', 10], ['OA-209', 10], ['benefit', 0]), 'bill-next-payer', 'residual'],
    ['bundled beside patient share', { lines: [shared, [['submitted', 22], ['CO-97', 22], ['benefit', 0]]] }, 'bill-next-payer', 'residual'],
    ['bundled', { lines: [[['submitted', 22], ['CO-97', 22], ['benefit', 0]]] }, 'needs-human', 'review'],
    ['CARC 16 without its remark', oneLine(['submitted', 22], ['CO-16', 22], ['benefit', 0]), 'needs-human', 'review'],
    ['a share of cost', oneLine(['submitted', 22], ['PR-142', 22], ['benefit', 0]), 'bill-patient', 'patient'],
    ['a share of cost of a QMB', oneLine(['submitted', 22], ['PR-142', 22], ['N781'], ['benefit', 0]), 'needs-human', 'qmb'],
    ['a share of cost beside coinsurance', oneLine(['submitted', 30], ['PR-142', 22], ['PR-2', 8], ['benefit', 0]), 'bill-next-payer', 'residual'],
    ['paid to the patient', oneLine(['submitted', 22], ['OA-100', 22], ['benefit', 0]), 'bill-patient', 'patient'],
    ['paid from a health account', oneLine(['submitted', 22], ['PR-187', 22], ['benefit', 0]), 'nothing-due', 'settled'],
    ['contractual only', oneLine(['submitted', 22], ['CO-45', 2], ['benefit', 20]), 'write-off', 'contractual'],
    ['a secondary that paid the rest', oneLine(['submitted', 22], ['OA-23', 20], ['benefit', 2]), 'nothing-due', 'settled'],
    ['the crossover\'s duplicate', oneLine(['submitted', 22], ['OA-18', 22], ['N522'], ['benefit', 0]), 'nothing-due', 'settled'],
  ])('%s', (_name, decision, next, rule) => {
    const answer = interpreted(decision);
    expect(answer.next).toBe(next);
    expect(answer.finding.at(-1)).toMatchObject({ code: `next-${rule}`, severity: 'information', expression: 'ClaimResponse' });
  });

  test('the crossover with all its evidence, the strongest first', () => {
    const answer = interpreted({ eraStatus: '20', carrier: 'Organization/medigap', lines: [[...shared, ['MA07']]] });
    expect(answer.crossover).toEqual({ evidence: ['claim-status', 'carrier', 'remark'], payer: { reference: 'Organization/medigap' } });
    expect(codes(interpreted({ eraStatus: '19', lines: [shared] }))).toContain('crossover-carrier-missing');
  });
});

describe('a decision that disagrees with itself', () => {
  test.each<[string, ShortDecision, string[]]>([
    ['views that agree', { lines: [[['submitted', 100], ['PR-1', 10], ['PR-2', 5], ['PR-3', 1], ['deductible', 10], ['coinsurance', 5], ['copay', 1], ['memberliability', 16], ['benefit', 84]]] }, []],
    ['a deductible that is not PR-1', oneLine(['submitted', 100], ['PR-1', 10], ['deductible', 12], ['benefit', 90]), ['view-disagrees ClaimResponse.item[0]']],
    ['a claim\'s coinsurance that is not its lines\' PR-2', { lines: [[['submitted', 100], ['PR-2', 10], ['benefit', 90]]], total: [['submitted', 100], ['benefit', 90], ['coinsurance', 9]] }, ['view-disagrees ClaimResponse']],
    ['R4: a member liability that is not PR', oneLine(['submitted', 100], ['PR-2', 10], ['memberliability', 11], ['benefit', 90]), ['view-disagrees ClaimResponse.item[0]']],
    ['R4 does not hold for a reversal', { eraStatus: '22', lines: [[['submitted', -100], ['PR-2', -10], ['memberliability', 10], ['benefit', -90]]] }, []],
    ['a CARC outside its groups', oneLine(['submitted', 100], ['CO-23', 10], ['benefit', 90]), ['group-unusual ClaimResponse.item[0]']],
    ['group CR of 4010', oneLine(['submitted', 100], ['CR-45', 10], ['benefit', 90]), ['group-retired ClaimResponse.item[0]']],
    ['allowed amounts that do not add up', { lines: [[['submitted', 100], ['eligible', 90], ['CO-45', 10], ['benefit', 90]]], total: [['submitted', 100], ['eligible', 80], ['benefit', 90]] }, ['total-disagrees ClaimResponse']],
  ])('%s', (_name, decision, expected) => {
    const noticed = interpreted(decision).finding.filter(({ code }) => !code.startsWith('next-'));
    expect(noticed.map(({ code, expression }) => `${code} ${expression}`)).toEqual(expected);
  });
});

describe('the paid rate beside the stated one', () => {
  test.each<[string, ShortRow[], boolean]>([
    ['80 % paid of the allowed, nothing left to the patient: 100 % is said (R025)', [['submitted', 120], ['eligible', 100], ['CO-45', 40], ['benefit', 80]], true],
    ['80 % paid, 20 % coinsurance', [['submitted', 120], ['eligible', 100], ['CO-45', 20], ['PR-2', 20], ['benefit', 80]], false],
    ['sequestration beside coinsurance', [['submitted', 230], ['eligible', 126.07], ['CO-45', 103.93], ['CO-253', 1.38], ['PR-1', 40], ['PR-2', 17.21], ['benefit', 67.48]], false],
    ['80 % paid, 100 % stated', [['submitted', 120], ['eligible', 100], ['eligpercent', 100], ['CO-45', 20], ['PR-2', 20], ['benefit', 80]], true],
    ['80 % paid, 80 % stated', [['submitted', 120], ['eligible', 100], ['eligpercent', 80], ['CO-45', 20], ['PR-2', 20], ['benefit', 80]], false],
    ['stated as 0.8', [['submitted', 120], ['eligible', 100], ['eligpercent', 0.8], ['CO-45', 20], ['PR-2', 20], ['benefit', 80]], false],
    ['80 % after the deductible', [['submitted', 100], ['eligible', 100], ['eligpercent', 80], ['PR-1', 40], ['PR-2', 12], ['benefit', 48]], false],
    ['80 %, then the copay', [['submitted', 100], ['eligible', 100], ['eligpercent', 80], ['PR-3', 10], ['PR-2', 20], ['benefit', 70]], false],
    ['a cent of rounding', [['submitted', 10.03], ['eligible', 10.03], ['eligpercent', 80], ['PR-2', 2], ['benefit', 8.03]], false],
    ['the prior payer stands between', [['submitted', 205], ['eligible', 145], ['OA-23', 180], ['PR-3', 5], ['benefit', 20]], false],
    ['refused in part', [['submitted', 100], ['eligible', 100], ['CO-151', 50], ['benefit', 50]], false],
  ])('%s', (_name, line, flagged) => {
    expect(codes(interpreted(oneLine(...line))).includes('paid-ratio-mismatch')).toBe(flagged);
  });

  test('names both rates', () => {
    const { finding } = interpreted(oneLine(['submitted', 120], ['eligible', 100], ['CO-45', 40], ['benefit', 80]));
    expect(finding[0]?.text).toBe('Paid 80.00 is 80 % of the allowed 100.00, while the shares it names (0.00) leave 100 % to the payer');
  });

  test('without groups by the stated shares', () => {
    const item = (copay: number) => [{ sequence: 1, productOrService: service, adjudication: rows([['eligible', 100], ['copay', copay], ['benefit', 80]]) }];
    expect([20, 0].map((copay) => codes(interpretAdjudication(explanation({ item: item(copay) }))).includes('paid-ratio-mismatch'))).toEqual([false, true]);
  });
});

interface DeriveCase {
  readonly id: string;
  readonly body: { readonly parameter: { readonly resource?: FhirResource }[] };
}
const cases = JSON.parse(readFileSync(new URL('../cases/derive.json', import.meta.url), 'utf8')) as DeriveCase[];
const decided = cases.flatMap(({ id, body }) => {
  const resources = body.parameter.flatMap(({ resource }) => resource ?? []);
  const claims = new Map(resources.filter((resource): resource is Claim => resource.resourceType === 'Claim').map((claim) => [`Claim/${claim.id}`, claim]));
  return resources
    .filter((resource): resource is ClaimResponse | ExplanationOfBenefit => resource.resourceType === 'ClaimResponse' || resource.resourceType === 'ExplanationOfBenefit')
    .map((resource) => ({ id, resource, claim: claims.get((resource.resourceType === 'ClaimResponse' ? resource.request : resource.claim)?.reference ?? '') }));
});

describe('the decisions of derive.json, beside their claims', () => {
  test.each(decided.map((one) => [`${one.id} ${one.resource.id}`, one] as const))('%s', (_name, { id, resource, claim }) => {
    const answer = interpretAdjudication(resource, { claim });
    expect(claim).toBeDefined();
    if (id.startsWith('D41')) expect(answer).toMatchObject({ next: 'wait', balanced: false });
    else if (id.startsWith('D04')) expect(answer.finding.find(({ code }) => code === 'unbalanced')?.expression).toBe('ClaimResponse.item[0]');
    else {
      expect(answer.balanced).toBe(true);
      expect(answer.finding.filter(({ code }) => !code.startsWith('next-'))).toEqual([]);
    }
  });
});

describe('properties', () => {
  const grouped = ['contractual', 'patientResponsibility', 'otherAdjustment', 'payerInitiated'] as const;
  const total = (amounts: InterpretedAmounts, names: readonly (keyof InterpretedAmounts)[]): Cents => sum(names.map((name) => amounts[name]!));

  it('charge = paid + the adjustments by group, for the claim and each line', () => {
    fc.assert(
      fc.property(balancedAdjudication, (adjudication) => {
        const answer = interpret(adjudication);
        expect(answer.balanced).toBe(true);
        for (const level of [answer, ...answer.line]) expect(level.charge).toBe(total(level, ['paid', ...grouped]));
        expect(total(answer, ['deductible', 'coinsurance', 'copay', 'otherPatient'])).toBe(answer.patientResponsibility);
      }),
      { numRuns: 1000 },
    );
  });

  it('the lines and the claim\'s own adjustments add up to the totals', () => {
    fc.assert(
      fc.property(balancedAdjudication, (adjudication) => {
        const answer = interpret(adjudication);
        const [own] = interpret({ ...adjudication, lines: [{ sequence: 1, stated: {}, adjustments: adjudication.adjustments, remarks: [], expression: 'own' }], adjustments: [] }).line;
        for (const name of [...grouped, 'deductible', 'coinsurance', 'copay', 'otherPatient', 'residual'] as const) {
          expect(sum([own?.[name] ?? centsOf(0), ...answer.line.map((line) => line[name]!)])).toBe(answer[name]);
        }
        expect(answer.residual).toBe(residualOf(adjudication));
      }),
      { numRuns: 1000 },
    );
  });

  it('the order of adjustments, remarks and lines changes no amount, no denial and not what comes next', () => {
    const turned = (adjudication: Adjudication): Adjudication => ({
      ...adjudication, adjustments: [...adjudication.adjustments].reverse(), remarks: [...adjudication.remarks].reverse(),
      lines: adjudication.lines.map((line) => ({ ...line, adjustments: [...line.adjustments].reverse(), remarks: [...line.remarks].reverse() })).reverse(),
    });
    const told = ({ next, balanced, denial, residual, paid, charge, patientResponsibility, crossover }: Interpretation) => ({
      next, balanced, residual, paid, charge, patientResponsibility, crossover, denial: [...denial].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0) || a.expression.localeCompare(b.expression)).map(({ category, action, amount, sequence }) => ({ category, action, amount, sequence })),
    });
    fc.assert(fc.property(fc.oneof(balancedAdjudication, anyAdjudication('ClaimResponse')), (adjudication) => {
      expect(told(interpret(turned(adjudication)))).toEqual(told(interpret(adjudication)));
    }), { numRuns: 1000 });
  });

  it('every amount is a whole number of cents', () => {
    const whole = (value: unknown): boolean => (typeof value === 'number' ? Number.isSafeInteger(value) : typeof value !== 'object' || value === null || Object.values(value).every(whole));
    fc.assert(
      fc.property(anyAdjudication('ExplanationOfBenefit'), (adjudication) => {
        expect(whole({ ...interpret(adjudication), adjudication: undefined })).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('a decision and its reversal leave nothing in any amount', () => {
    fc.assert(
      fc.property(balancedAdjudication, (adjudication) => {
        const answer = interpret(adjudication);
        const reversal = interpret(reversalOf(adjudication, adjudication.date));
        for (const name of ['charge', 'paid', ...grouped] as const) expect(sum([answer[name]!, reversal[name]!])).toBe(0);
        expect(reversal.balanced).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

test('nothing that is given is changed', () => {
  const response = claimResponse({ lines: [[['submitted', 180], ['CO-45', 60], ['PR-3', 20], ['benefit', 100]]] });
  const before = structuredClone(response) as unknown as Bundle;
  const frozen = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
    return value;
  };
  interpretAdjudication(frozen(response) as ClaimResponse, { claim: frozen({ resourceType: 'Claim', item: [{ sequence: 1, net: usd(180), productOrService: service }] }) as Claim });
  expect(response).toEqual(before);
});
