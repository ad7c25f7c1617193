import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { claimPaid } from '../../../src/claims/balance.js';
import { dispose } from '../../../src/claims/disposition/disposition.js';
import { DEFAULT_POLICY, WRITE_OFF_RULES } from '../../../src/claims/disposition/write-off-class.js';
import { amountOf, balancesOf, kindOf } from '../../../src/claims/ledger/balances.js';
import { readEntry, toBasic, type LedgerEntry } from '../../../src/claims/ledger/entry.js';
import { entriesToPost, grantsIn } from '../../../src/claims/ledger/reconcile.js';
import { targetsOf, type Grant, type LedgerFacts, type Posted } from '../../../src/claims/ledger/target.js';
import type { Adjudication } from '../../../src/claims/model.js';
import { centsOf, sum, type Cents } from '../../../src/claims/money.js';
import { netAdjudications } from '../../../src/claims/net.js';
import { reversalOf } from '../adjudications.js';
import { statedAccount, totalOf, type StatedAccount } from '../../../src/claims/statement/stated.js';
import { patientTotal } from '../disposition/patient-total.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const CONTEXT = { root: 'Claim/c', account: 'Account/a', created: '2026-03-01', digest };
const CHARGE = centsOf(16_000);

/** Everything that may arrive about one claim. */
type Event =
  | { readonly kind: 'decision'; readonly adjudication: Adjudication }
  | { readonly kind: 'payment'; readonly key: string; readonly amount: Cents }
  | { readonly kind: 'write-off'; readonly grant: Grant };

const decidedIn = (events: readonly Event[]) => netAdjudications(events.flatMap((event) => (event.kind === 'decision' ? [event.adjudication] : []))).perPayer
  .flatMap(({ payer, adjudication }) => (adjudication ? [{ coverage: payer, kind: undefined, contracted: true, adjudication }] : [])).sort((a, b) => (a.coverage < b.coverage ? -1 : 1));

const ledgerFacts = (events: readonly Event[], isSettled = true): LedgerFacts => {
  const decisions = events.flatMap((event) => (event.kind === 'decision' ? [event.adjudication] : []));
  const { perPayer } = netAdjudications(decisions);
  const decided = decidedIn(events);
  const isComplete = decided.length > 0 && perPayer.every(({ adjudication }) => adjudication);
  return {
    root: 'Claim/c',
    charges: [{ source: 'Claim/c', line: 1, amount: CHARGE }],
    payerPayments: decided.map(({ adjudication }): Posted => ({ source: adjudication.source.reference!, amount: claimPaid(adjudication)! })),
    patientPayments: [...new Map(events.flatMap((event) => (event.kind === 'payment' ? [[event.key, { source: 'PaymentReconciliation/p', key: event.key, amount: event.amount }] as const] : []))).values()],
    byHand: [],
    disposition: isComplete ? dispose({ charges: new Map([[1, CHARGE]]), total: CHARGE, payers: decided, isQmb: false, isExhausted: true, isTooLate: false }) : undefined,
    decisions: new Map(decided.map(({ coverage, adjudication }) => [coverage, adjudication.source.reference!])),
    isSettled: isSettled && isComplete,
    grants: [...new Map(events.flatMap((event) => (event.kind === 'write-off' ? [[event.grant.class, event.grant] as const] : []))).values()],
    policy: DEFAULT_POLICY,
  };
};

const post = (ledger: LedgerEntry[], facts: LedgerFacts): void => void ledger.push(...entriesToPost(targetsOf(facts), ledger, CONTEXT));
/** What every place adds up to; places that add up to nothing are no part of a state. */
const stateOf = (ledger: readonly LedgerEntry[]): Record<string, number> =>
  Object.fromEntries([...new Set(ledger.map(({ place }) => place))].sort().map((place) => [place, amountOf(ledger.filter((entry) => entry.place === place))] as const).filter(([, amount]) => amount !== 0));

const decision = (id: string, coverage: string, date: string, parts: readonly [number, number, number]): Adjudication => {
  const [paid, contractual, patient] = parts;
  const stated = { charge: CHARGE, paid: centsOf(paid) };
  return {
    source: { resourceType: 'ClaimResponse', reference: `ClaimResponse/${id}` }, status: 'active', use: 'claim', outcome: 'complete', eraStatus: '1', payerClaimNumber: `${coverage}-${id}`, coverage: `Coverage/${coverage}`, date,
    stated, adjustments: [], remarks: [],
    lines: [{ sequence: 1, stated, remarks: [], expression: 'ClaimResponse.item[0]', adjustments: [{ group: 'CO', reason: '45', amount: centsOf(contractual) }, { group: 'PR', reason: '2', amount: centsOf(patient) }] }],
  };
};
const split = fc.tuple(fc.integer({ min: 0, max: 16_000 }), fc.integer({ min: 0, max: 16_000 })).map(([a, b]): [number, number, number] => {
  const [low, high] = a < b ? [a, b] : [b, a];
  return [low, high - low, CHARGE - high];
});
/** A payer decides; perhaps takes it back; perhaps decides again. */
const payer = (coverage: string, month: string): fc.Arbitrary<Event[]> =>
  fc.record({ first: split, corrected: fc.option(split), isReversed: fc.boolean() }).map(({ first, corrected, isReversed }) => {
    const original = decision('d1', coverage, `2026-${month}-01`, first);
    const made = [original, ...(isReversed ? [{ ...reversalOf(original, `2026-${month}-05`), source: { resourceType: 'ClaimResponse' as const, reference: `ClaimResponse/${coverage}-r` } }] : []), ...(isReversed && corrected ? [decision('d2', coverage, `2026-${month}-06`, corrected)] : [])];
    return made.map((adjudication): Event => ({ kind: 'decision', adjudication: { ...adjudication, source: { ...adjudication.source, reference: `${adjudication.source.reference!}-${coverage}` } } }));
  });
const payments = fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 3 }).map((amounts) => amounts.map((amount, n): Event => ({ kind: 'payment', key: String(n), amount: centsOf(amount) })));
const writeOffs = fc.uniqueArray(fc.record({ of: fc.constantFrom('charity', 'bad-debt', 'small-balance'), amount: fc.integer({ min: 1, max: 9_000 }) }), { maxLength: 2, selector: ({ of }) => of }).map((list) =>
  list.map(({ of, amount }): Event => ({ kind: 'write-off', grant: { class: of as Grant['class'], amount: centsOf(amount), reason: 'tested', approvedBy: ['Practitioner/1'] } })));
const story = fc.tuple(payer('a', '02'), fc.oneof(fc.constant([]), payer('b', '03')), payments, writeOffs).map((parts) => parts.flat());
/** Each event one to three times, in any order. */
const arrival = story.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events.flatMap((event) => [event, event, event]), { minLength: events.length * 3, maxLength: events.length * 3 })));

describe('whatever arrives, in any order, one to three times', () => {
  test('the ledger ends in the same state, Σ entries is what is owed, and nobody owes less than nothing', () => {
    fc.assert(fc.property(arrival, ([events, deliveries]) => {
      const ledger: LedgerEntry[] = [];
      const known: Event[] = [];
      for (const event of deliveries) {
        known.push(event);
        post(ledger, ledgerFacts(known));
        expect(balancesOf(ledger).patient).toBeGreaterThanOrEqual(0);
        expect(new Set(ledger.map(({ id }) => id)).size).toBe(ledger.length);
      }
      const facts = ledgerFacts(events);
      const atOnce: LedgerEntry[] = [];
      post(atOnce, facts);
      expect(stateOf(ledger)).toEqual(stateOf(atOnce));

      const paid = sum(facts.payerPayments.map(({ amount }) => amount));
      if (facts.isSettled && facts.disposition) {
        const fromPatient = sum(facts.patientPayments.map(({ amount }) => amount));
        const granted = sum(facts.grants.map(({ amount }) => amount));
        const stillOwed = Math.max(0, patientTotal(facts.disposition) - fromPatient - granted);
        expect(balancesOf(ledger)).toMatchObject({ patient: stillOwed, total: stillOwed, payers: 0 });
      } else expect(balancesOf(ledger).total).toBe(CHARGE - paid - sum(facts.patientPayments.map(({ amount }) => amount)));
    }), { numRuns: 300 });
  });

  test('what is written off at the provider’s expense never moves what the patient owes', () => {
    fc.assert(fc.property(story, (events) => {
      const ledger: LedgerEntry[] = [];
      post(ledger, ledgerFacts(events));
      const without = ledger.filter(({ writeOffClass }) => writeOffClass === undefined || WRITE_OFF_RULES[writeOffClass].billable);
      expect(balancesOf(without).patient).toBe(balancesOf(ledger).patient);
    }), { numRuns: 100 });
  });
});

describe('a statement made of it', () => {
  const statedOf = (events: readonly Event[], ledger: readonly LedgerEntry[]): StatedAccount | undefined => {
    const { disposition, isSettled } = ledgerFacts(events);
    return disposition && isSettled ? statedAccount({ charges: new Map([[1, CHARGE]]), total: CHARGE, payers: decidedIn(events), disposition, entries: ledger }) : undefined;
  };

  test('whatever arrived, in whatever order, says what the ledger says: nothing that was written off, no negative balance, no cent lost', () => {
    fc.assert(fc.property(arrival, ([events, deliveries]) => {
      const ledger: LedgerEntry[] = [];
      const known: Event[] = [];
      for (const event of deliveries) {
        known.push(event);
        post(ledger, ledgerFacts(known));
        const stated = statedOf(known, ledger);
        if (stated) expect([stated.due, stated.due >= 0]).toEqual([balancesOf(ledger).patient, true]);
      }
      const stated = statedOf(events, ledger);
      if (!stated) return;
      const { services, share, paid, reduced, credit, due } = stated;
      expect(share - paid - totalOf(reduced) + credit).toBe(due);
      expect(sum(services.map(({ owed }) => owed))).toBe(share);
      const writtenOff = ledger.filter(({ writeOffClass }) => writeOffClass !== undefined);
      expect(due).toBeLessThanOrEqual(Math.max(0, CHARGE - sum(ledgerFacts(events).payerPayments.map(({ amount }) => amount)) + amountOf(writtenOff)));
      for (const { charge, returned, payers, owed } of services) {
        expect(charge + returned).toBe(owed + sum(payers.map((each) => each.paid)) + sum(payers.map(({ adjusted }) => totalOf(adjusted))));
        expect([returned >= 0, owed >= 0, payers.every(({ adjusted }) => adjusted.every(({ amount }) => amount > 0))]).toEqual([true, true, true]);
      }
    }), { numRuns: 300 });
  });

  const ofOne = (parts: readonly [number, number, number], ...others: readonly Event[]): StatedAccount => {
    const events: Event[] = [{ kind: 'decision', adjudication: decision('d1', 'a', '2026-02-01', parts) }, ...others];
    const ledger: LedgerEntry[] = [];
    post(ledger, ledgerFacts(events));
    return statedOf(events, ledger)!;
  };
  const cash = (amount: number): Event => ({ kind: 'payment', key: 'cash', amount: centsOf(amount) });
  const charity = (amount: number): Event => ({ kind: 'write-off', grant: { class: 'charity', amount: centsOf(amount), reason: 'tested', approvedBy: ['Practitioner/1'] } });

  it.each<[string, StatedAccount, Partial<StatedAccount>]>([
    ['what is left', ofOne([10_000, 4_000, 2_000]), { share: centsOf(2_000), due: centsOf(2_000), credit: centsOf(0) }],
    ['less what the patient has paid', ofOne([10_000, 4_000, 2_000], cash(500)), { paid: centsOf(500), due: centsOf(1_500) }],
    ['less what was given up', ofOne([10_000, 4_000, 2_000], charity(800)), { reduced: [{ class: 'charity', amount: centsOf(800) }], due: centsOf(1_200) }],
    ['nothing, and something back, where too much was paid', ofOne([10_000, 4_000, 2_000], cash(2_600)), { due: centsOf(0), credit: centsOf(600) }],
    ['nothing where the provider bears it', ofOne([10_000, 6_000, 0]), { share: centsOf(0), due: centsOf(0) }],
  ])('%s', (_, stated, expected) => expect(stated).toMatchObject(expected));

  test('says by which code', () => expect(ofOne([10_000, 4_000, 2_000]).services[0]!.because).toEqual([{ coverage: 'Coverage/a', code: '2', amount: 2_000 }]));
});

describe('an entry', () => {
  const facts = ledgerFacts([{ kind: 'decision', adjudication: decision('d1', 'a', '2026-02-01', [10_000, 4_000, 2_000]) }]);
  const ledger: LedgerEntry[] = [];
  post(ledger, facts);

  it('of each kind says what it does to the balance', () => {
    expect(ledger.map(({ code, amount }) => [code, amount]).sort()).toEqual([['charge', 16_000], ['contractual-adjustment', -4_000], ['payer-payment', -10_000], ['transfer-to-patient', 2_000], ['transfer-to-payer', -2_000]]);
    expect(balancesOf(ledger)).toEqual({ total: 2_000, patient: 2_000, payers: 0, refundDue: 0 });
  });

  it('is read from its resource as it was written', () => {
    expect(ledger.map((entry) => readEntry(toBasic(entry)))).toEqual(ledger.map((entry) => ({ ...entry, reverses: undefined, approvedBy: entry.approvedBy ?? [] })));
  });

  it('is never taken away: a reversed decision is answered by counter-entries', () => {
    const reversed = [...ledger];
    post(reversed, ledgerFacts([]));
    expect(reversed.slice(0, ledger.length)).toEqual(ledger);
    expect(reversed.slice(ledger.length).map(({ code, reverses, amount }) => [code, reverses, amount]).sort()).toEqual([
      ['reversal', 'contractual-adjustment', 4_000], ['reversal', 'payer-payment', 10_000], ['reversal', 'transfer-to-patient', -2_000], ['reversal', 'transfer-to-payer', 2_000],
    ]);
    expect(reversed.every((entry) => kindOf(entry) !== 'reversal')).toBe(true);
  });

  it('made by hand stays, and counts', () => {
    const byHand: LedgerEntry = { ...ledger[0]!, id: 'cash', place: '', code: 'patient-payment', amount: centsOf(-500), source: 'Claim/c' };
    const all = [...ledger, byHand];
    post(all, { ...facts, byHand: [byHand] });
    expect([all.length, balancesOf(all).patient]).toEqual([ledger.length + 1, 1_500]);
  });
});

test('an approved write-off is remembered though it was taken back meanwhile', () => {
  const grant: Grant = { class: 'charity', amount: centsOf(1_500), reason: 'tested', approvedBy: ['Practitioner/1'] };
  const decided: Event = { kind: 'decision', adjudication: decision('d1', 'a', '2026-02-01', [10_000, 4_000, 2_000]) };
  const ledger: LedgerEntry[] = [];
  post(ledger, ledgerFacts([decided, { kind: 'write-off', grant }]));
  expect(balancesOf(ledger).patient).toBe(500);
  post(ledger, ledgerFacts([{ kind: 'write-off', grant }]));
  expect(grantsIn([...ledger].reverse(), digest)).toMatchObject([grant]);
  post(ledger, { ...ledgerFacts([decided]), grants: grantsIn(ledger, digest) });
  expect(balancesOf(ledger)).toMatchObject({ patient: 500, total: 500 });
});
