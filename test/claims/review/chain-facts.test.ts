import type { Claim, ClaimResponse } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../../src/claims/derive/chain.js';
import { indexOf, referenceTo } from '../../../src/claims/derive/input.js';
import type { LedgerEntry } from '../../../src/claims/ledger/entry.js';
import { centsOf } from '../../../src/claims/money.js';
import { chainFacts, type ChainRecords } from '../../../src/claims/review/chain-facts.js';
import type { ChainFacts } from '../../../src/claims/review/facts.js';
import { claim, coverage, decision, payer } from '../derive/clinic.js';

/** To the second payer, after the first. */
const second = (change: Partial<Claim> = {}): Claim => claim({
  id: 'c2', created: '2026-03-01', related: [{ claim: { reference: 'Claim/c' }, relationship: { coding: [{ code: 'associated' }] } }],
  insurance: [{ sequence: 1, focal: false, coverage: { reference: 'Coverage/first' } }, { sequence: 2, focal: true, coverage: { reference: 'Coverage/second' } }], ...change,
});
const answer = (change: Partial<ClaimResponse>, of: Parameters<typeof decision>[0] = {}): ClaimResponse => ({ ...decision(of), ...change });
const ofSecond = (of: Parameters<typeof decision>[0] = {}): ClaimResponse => answer({ request: { reference: 'Claim/c2' } }, { id: 'd2', coverage: 'Coverage/second', number: 'ICN-2', date: '2026-03-20', ...of });
const entry = (change: Partial<LedgerEntry>): LedgerEntry => ({ id: 'e', code: 'charge', amount: centsOf(0), account: 'Account/a', root: 'Claim/c', place: 'p', source: 'Claim/c', created: '2026-02-25', ...change });

function facts(claims: readonly Claim[], decisions: readonly ClaimResponse[], change: Partial<ChainRecords> = {}): ChainFacts {
  const chain = chainOf(claims[0]!, claims);
  return chainFacts({
    chain, root: claims[0]!, decisions, coverages: [coverage('first'), coverage('second')], index: indexOf([payer('first'), payer('second')]), kindOf: () => 'group-health',
    entries: [], sent: new Map(), work: [], ...change,
  });
}
const turns = ({ turns: of }: ChainFacts): unknown[] => of.map(({ coverage: id, sent, decided, denied, paid }) => [id.slice('Coverage/'.length), sent, decided, denied, paid]);

describe('the turns of payers', () => {
  it.each<[string, ChainFacts, unknown[]]>([
    ['nobody has decided', facts([claim()], []), [['first', '2026-02-05', undefined, undefined, 0]]],
    ['one has, the other has a draft', facts([claim(), second({ status: 'draft' })], [decision()]), [['first', '2026-02-05', '2026-02-24', false, 12_800], ['second', undefined, undefined, undefined, 0]]],
    ['both have', facts([claim(), second()], [decision(), ofSecond()]), [['first', '2026-02-05', '2026-02-24', false, 12_800], ['second', '2026-03-01', '2026-03-20', false, 12_800]]],
    ['the order in which they are known is no matter', facts([claim(), second()], [ofSecond(), decision()]), [['first', '2026-02-05', '2026-02-24', false, 12_800], ['second', '2026-03-01', '2026-03-20', false, 12_800]]],
    ['the claim was handed over later than it was made', facts([claim()], [], { sent: new Map([['Claim/c', '2026-02-09']]) }), [['first', '2026-02-09', undefined, undefined, 0]]],
    ['the first took its decision back', facts([claim()], [decision(), answer({}, { id: 'd1r', eraStatus: '22', date: '2026-03-02', lines: [[['submitted', -100], ['benefit', -80], ['PR-2', -20]], [['submitted', -60], ['benefit', -48], ['PR-2', -12]]] })]), [['first', '2026-02-05', undefined, false, 0]]],
    ['forwarded: the second has decided a claim that is not on file', facts([claim()], [decision(), answer({}, { id: 'd2', coverage: 'Coverage/second', number: 'ICN-2', date: '2026-03-20' })]), [['first', '2026-02-05', '2026-02-24', false, 12_800], ['second', undefined, '2026-03-20', false, 12_800]]],
  ])('%s', (_what, of, expected) => expect(turns(of)).toEqual(expected));

  it('a limit counts from what the payer’s rules say', () => expect(facts([claim(), second()], [decision()]).turns.map(({ due }) => due === undefined || /^\d{4}-\d{2}-\d{2}$/.test(due))).toEqual([true, true]));
});

describe('denials', () => {
  const refusing = { lines: [[['submitted', 100], ['CO-197', 100]], [['submitted', 60], ['benefit', 60]]] } as const;
  it('of every decision, one that was mended too', () => {
    const { denials, turns: [turn] } = facts([claim()], [decision({ ...refusing, id: 'd1' }), decision({ id: 'd2', date: '2026-03-10' })]);
    expect(denials).toEqual([{ payer: 'Organization/first-payer', day: '2026-02-24', reason: 'CO-197', category: 'authorization', action: expect.any(String) as string, amount: 10_000 }]);
    expect(turn?.denied).toBe(true);
  });

  it('of a decision that came twice, once', () => expect(facts([claim()], [decision({ ...refusing, id: 'd1' }), decision({ ...refusing, id: 'again' })]).denials).toHaveLength(1));
});

describe('what is open', () => {
  const posted = (patient: number): LedgerEntry[] => [entry({ amount: centsOf(16_000) }), entry({ code: 'payer-payment', amount: centsOf(-12_800) }), entry({ code: 'transfer-to-patient', amount: centsOf(patient) }), entry({ code: 'transfer-to-payer', amount: centsOf(-patient) })];
  it.each<[string, ChainFacts, ChainFacts['open']]>([
    ['the charge, while the first payer has not decided', facts([claim()], []), { 'payer-1': 16_000 }],
    ['what is left, to the second payer that has the claim', facts([claim(), second()], [decision()]), { 'payer-2': 3_200 }],
    ['what is left, to the payer that never got it', facts([claim()], [decision()], { missed: { coverage: 'Coverage/second', residual: 3_200, patientBilled: false } }), { 'payer-2': 3_200 }],
    ['what is left, to us where nobody comes next', facts([claim()], [decision()]), { practice: 3_200 }],
    ['by the ledger where there is one: the patient’s', facts([claim()], [decision()], { entries: posted(3_200) }), { patient: 3_200 }],
    ['by the ledger: part of it the patient’s', facts([claim()], [decision()], { entries: posted(1_200) }), { practice: 2_000, patient: 1_200 }],
    ['nothing', facts([claim()], [decision()], { entries: [...posted(0), entry({ code: 'write-off', writeOffClass: 'bad-debt', amount: centsOf(-3_200), created: '2026-04-01' })] }), undefined],
  ])('%s', (_what, { open }, expected) => expect(open).toEqual(expected));

  it('settled on the day of the last entry', () => expect(facts([claim()], [decision()], { entries: [...posted(0), entry({ code: 'write-off', writeOffClass: 'bad-debt', amount: centsOf(-3_200), created: '2026-04-01' })] }).settled).toBe('2026-04-01'));
});

describe('the ledger', () => {
  it('beside the claims, with reversals', () => {
    const entries = [entry({ amount: centsOf(16_000) }), entry({ code: 'payer-payment', amount: centsOf(-9_000), source: 'ClaimResponse/d1' }), entry({ code: 'reversal', reverses: 'payer-payment', amount: centsOf(1_000), source: 'ClaimResponse/d1' })];
    const { ledger, turns: [turn] } = facts([claim()], [decision()], { entries });
    expect(ledger).toEqual({ entries: 3, charged: 16_000, posted: 8_000, decided: 12_800, task: undefined });
    expect(turn?.posted).toBe('2026-02-25');
  });

  it('write-offs, with what they were before', () => {
    const off = (change: Partial<LedgerEntry>): LedgerEntry => entry({ code: 'write-off', writeOffClass: 'administrative', amount: centsOf(-500), source: 'ClaimResponse/d1', line: 1, ...change });
    const entries = [off({}), off({ code: 'reversal', reverses: 'write-off', amount: centsOf(500), created: '2026-03-02' }), off({ writeOffClass: 'timely-filing', created: '2026-03-02' }), entry({ code: 'contractual-adjustment', amount: centsOf(-300), source: 'ClaimResponse/d1' })];
    expect(facts([claim()], [decision()], { entries }).writeOffs.map(({ class: of, day, amount, payer: by, instead }) => [of, day, amount, by, instead])).toEqual([
      ['administrative', '2026-02-25', 500, 'Organization/first-payer', undefined], ['administrative', '2026-03-02', -500, 'Organization/first-payer', undefined],
      ['timely-filing', '2026-03-02', 500, 'Organization/first-payer', 'administrative'], ['contractual', '2026-02-25', 300, 'Organization/first-payer', undefined],
    ]);
  });

  it('a claim that was withdrawn charges nothing; a replacement counts as a correction', () => {
    expect(facts([claim({ status: 'cancelled' })], []).charge).toBe(0);
    const replacement = second({ id: 'c3', related: [{ claim: { reference: 'Claim/c2' }, relationship: { coding: [{ code: 'prior' }] } }] });
    const of = facts([claim(), second(), replacement], [decision()]);
    expect([of.corrections, of.turns.map((turn) => turn.claim), referenceTo(claim())]).toEqual([1, ['Claim/c', 'Claim/c3'], 'Claim/c']);
  });
});
