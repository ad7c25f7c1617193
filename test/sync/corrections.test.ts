import type { Claim, Coverage, Parameters, Task } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import type { TestServer } from '../http/server.js';
import { claims, decided, inShort, store, TODAY, visit, work } from '../work/automation/visit.js';
import { endpoint } from './household.js';
import { alias, pairs, SELF, sync, type Pair } from './pairs.js';

const world = pairs();

describe('a coverage that the health record corrects after a claim was derived to it', () => {
  const second = (more: object = {}): never => ({
    resourceType: 'Coverage', id: 'second', status: 'active', subscriberId: 'M-2', beneficiary: { reference: 'Patient/ehr-1' }, subscriber: { reference: 'Patient/ehr-1' }, relationship: SELF,
    payor: [{ reference: 'Organization/ehr-medicaid' }], type: { coding: [{ system: 'https://nahdo.org/sopt', code: '2' }] }, period: { start: '2025-01-01' }, ...more,
  }) as never;
  const isStale = ({ extension = [] }: Claim): boolean => extension.some(({ url }) => url.endsWith('/stale'));

  /** A claim to the second payer: a draft, or sent. And another patient, of the same name and birthday. */
  async function derived(key: string, isSent: boolean): Promise<Pair & { readonly next: () => Promise<Claim> }> {
    const { peer, server } = await world();
    await store(server, [...visit(key, { second: 'none' }), ...visit(`${key}o`, { second: 'none' })]);
    await store(server, [decided(key), decided(`${key}o`)]);
    await server.put('Endpoint/peer', endpoint(peer.base, { types: ['Organization', 'Coverage'] }));
    await alias(server, 'Patient', `${key}-p`, peer.base, 'Patient/ehr-1');
    await alias(server, 'Patient', `${key}o-p`, peer.base, 'Patient/ehr-2');
    await peer.put({ resourceType: 'Organization', id: 'ehr-medicaid', name: 'Medicaid of the state' });
    await peer.put({ resourceType: 'Organization', id: 'ehr-other', name: 'Another Medicaid' });
    await peer.put(second());
    await sync(server);
    const [{ id } = { id: '' }] = (await claims(server, key)).filter(({ status }) => status === 'draft');
    const next = async (): Promise<Claim> => (await server.get(`Claim/${id ?? ''}`)).body as Claim;
    if (isSent) await server.put(`Claim/${id ?? ''}`, { ...(await next()), status: 'active' });
    await server.drain();
    return { peer, server, next };
  }

  it.each([['a draft', false], ['a claim that was sent', true]])('to another patient: %s is marked and asked about, and the other patient’s claim is made', async (_what, isSent) => {
    const { peer, server, next } = await derived('b1', isSent);
    await peer.put(second({ beneficiary: { reference: 'Patient/ehr-2' }, subscriber: { reference: 'Patient/ehr-2' } }));
    await sync(server);
    expect(isStale(await next())).toBe(true);
    expect(JSON.stringify((await next()).extension)).toContain('is another patient’s');
    expect(inShort(await work(server, 'b1'))).toEqual(['verify-cob order-changed ready']);
    expect((await claims(server, 'b1o')).map(({ status }) => status).sort()).toEqual(['active', 'draft']);
    const before = inShort(await work(server, 'b1'));
    await sync(server);
    expect(inShort(await work(server, 'b1'))).toEqual(before);
    await peer.put(second());
    await sync(server);
    expect(isStale(await next())).toBe(false);
    expect(inShort(await work(server, 'b1'))).toEqual(isSent ? [] : [expect.stringMatching(/^(submit-claim derived|prepare-claim scrub-findings) ready$/)]);
  });

  const questions = async (server: TestServer): Promise<Record<string, unknown>> => {
    const { parameter = [] } = (await server.post('Patient/b2-p/$cob-order', { resourceType: 'Parameters' })).body as Parameters;
    const part = (name: string, of: string): unknown => parameter.filter((each) => each.name === name).map((each) => { const found = each.part?.find((inner) => inner.name === of); return found?.valueString ?? found?.valueReference?.reference; });
    return { status: parameter.find(({ name }) => name === 'status')?.valueCode, asked: part('missing', 'coverage'), expression: part('missing', 'expression') };
  };

  it.each([['a draft', false], ['a claim that was sent', true]])('by deleting it: %s is marked, and a person is asked, until it comes back, is confirmed or has ended', async (_what, isSent) => {
    const { peer, server, next } = await derived('b2', isSent);
    const id = localId(peer.base, 'Coverage', 'second');
    const before = isSent ? [] : inShort(await work(server, 'b2'));
    const open = ['verify-cob coverage-changed ready', 'verify-cob order-changed ready'];
    const state = async (): Promise<unknown> => [isStale(await next()), inShort(await work(server, 'b2'))];
    await peer.delete('Coverage', 'second');
    await sync(server, { isFull: true });
    expect(await state()).toEqual([true, open]);
    expect(await questions(server)).toEqual({ status: 'needs-human', asked: [`Coverage/${id}`], expression: ["Coverage.extension('https://cobalt.example/fhir/StructureDefinition/confirmed').value"] });
    expect((await work(server, 'b2')).map(({ input }) => input?.some(({ valueString }) => valueString?.includes('does not have this coverage any more (since 2026-03-01)')))).toEqual([true, true]);
    await sync(server, { isFull: true });
    expect(await state()).toEqual([true, open]);
    await peer.put(second({ period: { start: '2024-12-31' } }));
    await sync(server);
    expect(await state()).toEqual([false, before]);
    await peer.delete('Coverage', 'second');
    await sync(server, { isFull: true });
    expect(await state()).toEqual([true, open]);
    const stands = (await server.get(`Coverage/${id}`)).body as Coverage;
    await server.put(`Coverage/${id}`, { ...stands, extension: [...(stands.extension ?? []), { url: 'https://cobalt.example/fhir/StructureDefinition/confirmed', valueDate: TODAY }] });
    await server.drain();
    expect([await state(), (await questions(server))['status']]).toEqual([[false, before], 'determined']);
    await server.put(`Coverage/${id}`, { ...stands, status: 'cancelled' });
    await server.drain();
    expect(await state()).toEqual([true, ['verify-cob order-changed ready']]);
  });

  it.each<[string, boolean, object, string, string[]]>([
    ['the payer: a draft is marked, to be made anew', false, { payor: [{ reference: 'Organization/ehr-other' }] }, 'Payer of', ['prepare-claim coverage-corrected ready']],
    ['the payer: a claim that was sent is marked, and its payer is asked', true, { payor: [{ reference: 'Organization/ehr-other' }] }, 'Payer of', ['follow-up coverage-corrected ready']],
    ['the member number: a claim that was sent is marked, and its payer is asked', true, { subscriberId: 'M-3' }, 'Member number of', ['follow-up coverage-corrected ready']],
    ['both', true, { subscriberId: 'M-3', payor: [{ reference: 'Organization/ehr-other' }] }, 'Payer and member number of', ['follow-up coverage-corrected ready']],
  ])('in %s', async (_what, isSent, change, reason, expected) => {
    const { peer, server, next } = await derived('b4', isSent);
    const before = isSent ? [] : inShort(await work(server, 'b4'));
    await peer.put(second(change));
    await sync(server);
    expect([isStale(await next()), inShort(await work(server, 'b4'))]).toEqual([true, expected]);
    expect(JSON.stringify((await next()).extension)).toContain(reason);
    await peer.put(second({ ...change, period: { start: '2025-01-02' } }));
    await sync(server);
    expect([isStale(await next()), inShort(await work(server, 'b4'))]).toEqual([true, expected]);
    await peer.put(second());
    await sync(server);
    expect([isStale(await next()), inShort(await work(server, 'b4'))]).toEqual([false, before]);
    await peer.put(second(change));
    await sync(server);
    const [task] = (await work(server, 'b4')) as [Task];
    if (!isSent) await server.put(`Claim/${(await next()).id ?? ''}`, { ...(await next()), status: 'cancelled' });
    await server.put(`Task/${task.id ?? ''}`, { ...task, status: 'completed', executionPeriod: { start: TODAY, end: TODAY } });
    await server.drain();
    const drafts = (await claims(server, 'b4')).filter(({ status }) => status === 'draft');
    // Who has answered is not asked again; what was cancelled is made anew, to the payer that is known now.
    expect([drafts.map(({ insurer }) => insurer?.reference), (await work(server, 'b4')).map(({ code }) => code?.coding?.[0]?.code)]).toEqual(isSent ? [[], []] : [[`Organization/${localId(peer.base, 'Organization', 'ehr-other')}`], ['prepare-claim']]);
  });

  it('in what a claim does not rest on, or in the number of a draft, marks nothing', async () => {
    const { peer, server, next } = await derived('b5', false);
    const before = inShort(await work(server, 'b5'));
    await peer.put(second({ subscriberId: 'M-3', period: { start: '2024-06-01' } }));
    await sync(server);
    expect([isStale(await next()), inShort(await work(server, 'b5'))]).toEqual([false, before]);
    // Sent under the number that is known now.
    await server.put(`Claim/${(await next()).id ?? ''}`, { ...(await next()), status: 'active' });
    await peer.put(second({ subscriberId: 'M 3', period: { start: '2024-06-02' } }));
    await sync(server);
    expect([isStale(await next()), inShort(await work(server, 'b5'))]).toEqual([false, []]);
  });

  it('held back in parts makes no claim before somebody says that it holds', async () => {
    const { peer, server } = await world();
    await store(server, visit('b3', { second: 'none' }));
    await store(server, [decided('b3')]);
    await server.put('Endpoint/peer', endpoint(peer.base, { types: ['Organization', 'Coverage'] }));
    await alias(server, 'Patient', 'b3-p', peer.base, 'Patient/ehr-1');
    await peer.put({ resourceType: 'Organization', id: 'ehr-medicaid', name: 'Medicaid of the state' });
    await peer.put(second({ meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] } }));
    await sync(server);
    const state = async (): Promise<unknown> => [(await claims(server, 'b3')).filter(({ status }) => status === 'draft').length, inShort(await work(server, 'b3'))];
    expect(await state()).toEqual([0, ['verify-cob coverage-changed ready', 'verify-cob order-undetermined ready']]);
    await peer.put(second({ subscriberId: 'M-3' }));
    await sync(server);
    expect(await state()).toEqual([1, [expect.stringMatching(/^(submit-claim derived|prepare-claim scrub-findings) ready$/)]]);
  });
});
