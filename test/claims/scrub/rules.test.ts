import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import type { CodeSystem } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { scrub, SCRUB_RULES, type ScrubFinding } from '../../../src/claims/scrub/index.js';
import { inProject } from '../../../src/root.js';
import { evaluatesTo } from '../resolve.js';
import { CASES, type RuleCase } from './cases.js';
import { inputOf, visit, type Visit } from './clinic.js';

function after(change: RuleCase['fails'] = () => undefined): { readonly it: Visit; readonly found: ScrubFinding[] } {
  const it = visit();
  change(it);
  return { it, found: scrub(inputOf(it)) };
}
const codes = (found: readonly ScrubFinding[]): string[] => found.map(({ code }) => code);

describe('scrub', () => {
  test('nothing is wrong with the claim that the cases break', () => expect(after().found).toEqual([]));

  test('every rule has a case, a code and a source', () => {
    const system = JSON.parse(readFileSync(inProject('profiles/CodeSystem-scrub-rule.json'), 'utf8')) as CodeSystem;
    const ids = SCRUB_RULES.map(({ id }) => id).sort();
    expect(ids).toEqual([...new Set(ids)]);
    expect(Object.keys(CASES).sort()).toEqual(ids);
    expect(system.concept!.map(({ code }) => code).sort()).toEqual([...ids, 'nothing-found'].sort());
    expect(SCRUB_RULES.filter(({ source }) => source.length < 8)).toEqual([]);
  });

  describe.each(Object.entries(CASES))('%s', (id, { fails, passes }) => {
    test('is found, at an element of the claim, without patient data', () => {
      const { it, found } = after(fails);
      const broken = found.filter(({ code }) => code === id);
      expect(broken.length, codes(found).join()).toBeGreaterThan(0);
      for (const { expression, text } of found) {
        expect(evaluatesTo(it.claim, expression), expression).toBeDefined();
        expect(text).not.toMatch(/Aldergate|Mina|1980-04-02|M-first|M-second/);
      }
    });
    test('is not found where it holds', () => expect(codes(after(passes).found)).not.toContain(id));
  });

  test.each([
    ['two adjustments of zero on one line are one finding', 'adjustment-zero', (it: Visit) => it.decision.item![0]!.adjudication.push(...[1, 2].map(() => ({ ...it.decision.item![0]!.adjudication[2]!, amount: { value: 0, currency: 'USD' as const } }))), 1],
    ['a group code written with its dash', 'group-code-as-modifier', (it: Visit) => void (it.claim.item![0]!.modifier = [{ coding: [{ code: '-CO' }] }]), 1],
    ['PI on a PET scan is HCPCS', 'group-code-as-modifier', (it: Visit) => { it.claim.item![0]!.modifier = [{ coding: [{ code: 'PI' }] }]; it.claim.item![0]!.productOrService.coding![0]!.code = '78815'; }, 0],
    ['PI on a visit is not', 'group-code-as-modifier', (it: Visit) => void (it.claim.item![0]!.modifier = [{ coding: [{ code: 'PI' }] }]), 1],
    ['a claim to the first payer needs no decision', 'prior-decision-missing', (it: Visit) => void (it.claim = it.first), 0],
  ])('%s', (_name, id, change, times) => expect(codes(after((it) => void change(it)).found).filter((code) => code === id)).toHaveLength(times));

  test('any cent that is missing is found on its line and on the claim', () => {
    fc.assert(fc.property(fc.integer({ min: -10_000, max: 10_000 }).filter((cents) => cents !== 0), fc.constantFrom(0, 1), (cents, position) => {
      const { found } = after((it) => {
        const paid = it.decision.item![position]!.adjudication[1]!;
        paid.amount = { value: (Math.round(paid.amount!.value! * 100) + cents) / 100, currency: 'USD' };
      });
      expect(found.filter(({ code }) => code === 'line-unbalanced').map(({ expression }) => expression)).toEqual([`Claim.item[${position}]`]);
    }), { numRuns: 300 });
  });

  test('the order in which rows, lines and resources come changes nothing about what is found', () => {
    const names = Object.keys(CASES);
    fc.assert(fc.property(fc.constantFrom(...names), fc.boolean(), fc.boolean(), (name, turnResources, turnDecisions) => {
      const it = visit();
      CASES[name]!.fails(it);
      const input = inputOf(it);
      const turned = { ...input, resources: turnResources ? [...input.resources].reverse() : input.resources, decisions: turnDecisions ? [...input.decisions].reverse() : input.decisions };
      expect(scrub(turned)).toEqual(scrub(input));
    }), { numRuns: 300 });
  });
});
