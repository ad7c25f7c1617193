import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { asUnavailable, isDuplicateKey, TransactionsMissingError } from '../../../src/store/mongo/failures.js';
import { Filters } from '../../../src/store/mongo/filter.js';

const ofServer = (code: number, ...errorLabels: string[]): mongo.MongoServerError => new mongo.MongoServerError({ message: 'quotes what was written', code, errorLabels });

describe('what MongoDB refuses', () => {
  it.each<[what: string, error: unknown, reason: string | undefined]>([
    ['a full disk', ofServer(14_031), 'full'],
    ['a network that is gone', new mongo.MongoNetworkError('quotes what was written'), 'failed'],
    ['a server that is gone', new mongo.MongoServerSelectionError('quotes what was written', {} as never), 'failed'],
    ['a transaction that lost too often', ofServer(112, 'TransientTransactionError'), 'busy'],
    ['a write that no majority confirmed', ofServer(64), 'busy'],
    ['a time that ran out', ofServer(50), 'busy'],
    ['a filter that makes no sense', ofServer(2), undefined],
    ['an error of ours', new RangeError('x'), undefined],
    ['what is said already', new TransactionsMissingError(), undefined],
  ])('is said in the words of the port: %s', (_, error, reason) => {
    const said = asUnavailable(error);
    expect(said?.reason).toBe(reason);
    expect(said?.message ?? '').not.toContain('quotes');
  });

  it('is a version that another took, or not', () => {
    expect([ofServer(11_000), ofServer(112), new Error('11000')].map(isDuplicateKey)).toEqual([true, false, false]);
  });
});

describe('a chain or _has', () => {
  const finding = (count: number): Filters => new Filters({ find: () => ({ toArray: async () => Array.from({ length: count }, (_, i) => ({ type: 'Patient', id: `p${i}`, index: [{ p: 'reference:patient', t: 'Patient', v: `p${i}` }] })) }) } as never);

  it.each([
    ['chain', { op: 'chain', param: 'patient', types: ['Patient'], where: { op: 'all' } }],
    ['has', { op: 'has', type: 'Claim', param: 'patient', where: { op: 'all' } }],
  ] as const)('is refused through more than 50,000 resources: %s', async (_, where) => {
    await expect(finding(50_001).of(['Claim'], where, { inTime: () => ({ maxTimeMS: 1_000 }) })).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'complex' });
    await expect(finding(50_000).of(['Claim'], where, { inTime: () => ({ maxTimeMS: 1_000 }) })).resolves.toBeDefined();
  });
});
