import type { Basic } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { toBasic, type LedgerEntry } from '../../src/claims/ledger/entry.js';
import { centsOf } from '../../src/claims/money.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

/** An entry as a person makes it: of no place, with what it says. */
const entry = (change: Partial<LedgerEntry>): Basic => {
  const basic = toBasic({ id: '', code: 'patient-payment', amount: centsOf(-500), account: 'Account/a', root: '', place: '', source: 'Claim/c', reason: 'paid in cash', created: '2026-03-01', ...change });
  delete basic.identifier;
  delete basic.id;
  return basic;
};

describe('an entry of the ledger that somebody makes', () => {
  let server: TestServer;
  beforeAll(async () => void (server = await startTestServer()));
  afterAll(() => server.close());
  const post = async (basic: Basic): Promise<unknown[]> => {
    const answer = await server.post('Basic', basic);
    return answer.status === 201 ? [201] : [answer.status, ...issuesOf(answer).map(({ details, expression }) => `${details!.coding![0]!.code} ${expression![0]}`)];
  };

  it.each<[string, Basic, unknown[]]>([
    ['a payment in cash, with its reason', entry({}), [201]],
    ['without a reason: no lump sums', entry({ reason: undefined }), [422, 'ledger-entry-reason Basic.extension']],
    ['without what caused it', { ...entry({}), extension: entry({}).extension!.filter(({ url }) => !url.endsWith('entry-source')) }, [422, 'ledger-entry-source Basic.extension']],
    ['without an amount', { ...entry({}), extension: entry({}).extension!.filter(({ url }) => !url.endsWith('/amount')) }, [422, 'ledger-entry-amount Basic.extension']],
    ['without anything', { resourceType: 'Basic', code: entry({}).code, subject: { reference: 'Account/a' } }, [422, 'ledger-entry-amount Basic']],
    ['of no account', entry({ account: 'Patient/a' }), [422, 'ledger-entry-account Basic.extension']],
    ['a write-off without class and approver', entry({ code: 'write-off' }), [422, 'ledger-entry-class Basic.extension']],
    ['a write-off without an approver', entry({ code: 'write-off', writeOffClass: 'charity' }), [422, 'ledger-entry-class Basic.extension']],
    ['a write-off with all of it', entry({ code: 'write-off', writeOffClass: 'charity', approvedBy: ['Practitioner/ann'] }), [201]],
    ['a transfer to the patient: who bears what follows from the decisions', entry({ code: 'transfer-to-patient', amount: centsOf(500) }), [422, 'ledger-entry-decided Basic.extension']],
    ['the reversal of one', entry({ code: 'reversal', reverses: 'transfer-to-patient' }), [422, 'ledger-entry-decided Basic.extension']],
    ['the reversal of a payment', entry({ code: 'reversal', reverses: 'patient-payment', amount: centsOf(500), reason: 'the check bounced' }), [201]],
  ])('%s', async (_, basic, expected) => expect(await post(basic)).toEqual(expected));

  test('what is no entry is as R4 has it', async () => expect(await post({ resourceType: 'Basic', code: { text: 'note' } })).toEqual([201]));
});
