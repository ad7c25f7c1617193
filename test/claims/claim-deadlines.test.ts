import type { Claim, DocumentReference, Extension } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { deadlinesOfClaim, type ClaimDeadline } from '../../src/claims/deadlines/of-claim.js';
import { inputOf, OURS, visit, type Visit } from './scrub/clinic.js';
import { row } from './decisions.js';

const of = (change: (it: Visit) => void = () => undefined, options: { noticeDate?: string; appealLevel?: number } = {}): ClaimDeadline[] => {
  const it = visit();
  change(it);
  return deadlinesOfClaim({ ...inputOf(it), ...options });
};
const shown = (found: readonly ClaimDeadline[]): string[] => found.map(({ kind, due, default: isDefault }) => `${kind} ${due}${isDefault ? ' default' : ''}`);
const rules = (it: Visit, at: 0 | 1, ...parts: Extension[]) => void it.payers[at].extension![0]!.extension!.push(...parts);
const sixty = { url: 'filingLimit', extension: [{ url: 'role', valueCode: 'secondary' }, { url: 'count', valuePositiveInt: 60 }, { url: 'unit', valueCode: 'days' }, { url: 'from', valueCode: 'prior-payer-decision' }] };
const kind = (it: Visit, at: 0 | 1, code: string) => void (it.coverages[at].extension = [{ url: `${OURS}/payer-kind`, valueCode: code }]);
const toFirst = (it: Visit) => void ([it.claim, it.first] = [it.first, it.claim]);
const forwarded = (it: Visit) => void (it.decision.extension![0]!.valueCode = '19');
const denied = (it: Visit) => void (it.decision.item![0]!.adjudication = [row(['submitted', 100]), row(['benefit', 0]), row(['CO-50', 100])]);

describe('deadlines of a stored claim', () => {
  test.each<[string, (it: Visit) => void, string[]]>([
    ['to the second payer: its default, from the first one’s decision of 24 February', () => undefined, ['filing 2026-05-25 default']],
    ['what the second payer states', (it) => rules(it, 1, sixty), ['filing 2026-04-25']],
    ['Medicare second: a year from the service', (it) => kind(it, 1, 'medicare'), ['filing 2027-02-05 default']],
    ['Medicaid after Medicare: six months from its decision, where that is later', (it) => { kind(it, 0, 'medicare'); kind(it, 1, 'medicaid'); it.decision.created = '2026-12-01'; }, ['filing 2027-06-01 default']],
    ['a claim that the payer before forwarded', forwarded, ['filing 2026-05-25 default', 'crossover-wait 2026-03-26 default', 'crossover-wait 2026-03-17 default']],
    ['to the first payer, which refused something that can be appealed', (it) => { toFirst(it); denied(it); kind(it, 0, 'medicare'); }, ['filing 2027-02-05 default', 'appeal 2026-06-29 default']],
    ['to the first payer, which refused nothing', (it) => { toFirst(it); kind(it, 0, 'medicare'); }, ['filing 2027-02-05 default']],
    ['to the first payer, which forwarded it: how long the next one has', (it) => { toFirst(it); forwarded(it); kind(it, 0, 'medicare'); rules(it, 1, { url: 'crossoverWaitDays', valuePositiveInt: 31 }); }, ['filing 2027-02-05 default', 'crossover-wait 2026-03-27']],
    ['Medicare after workers’ compensation that is silent', (it) => { kind(it, 0, 'workers-comp'); kind(it, 1, 'medicare'); it.decision.status = 'cancelled'; }, ['filing 2027-02-05 default', 'crossover-wait 2026-06-05 default']],
    ['nothing known', (it) => toFirst(it), []],
    ['a claim that goes to nobody yet', (it) => { for (const one of it.claim.insurance) one.focal = false; }, []],
  ])('%s', (_name, change, expected) => expect(shown(of(change))).toEqual(expected));

  test('the appeal that is asked about, and the notice that no resource states', () => {
    expect(shown(of((it) => { toFirst(it); kind(it, 0, 'medicare'); }, { appealLevel: 2 }))).toContain('appeal 2026-08-28 default');
    expect(shown(of((it) => kind(it, 1, 'medicare'), { noticeDate: '2027-01-10' }))).toEqual(['filing 2027-07-31 default']);
  });
});

describe('proof of timely filing', () => {
  const record = (id: string, type: string, date: string, claim = 'c2'): DocumentReference => ({
    resourceType: 'DocumentReference', id, status: 'current', type: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/exchanged-document', code: type }] },
    date: `${date}T10:00:00Z`, content: [{ attachment: {} }], context: { related: [{ reference: `Claim/${claim}` }] },
  });
  const proofOf = (change: (it: Visit) => void): readonly string[] | undefined => of(change).find((one) => one.kind === 'filing')!.proof;

  test.each<[string, (it: Visit) => void, string[]]>([
    ['none where nothing was sent', () => undefined, []],
    ['the payer’s answer before our own record, each with the earlier first', (it) => void (it.documents = [record('sent-2', 'submission', '2026-03-12'), record('sent-1', 'submission', '2026-03-11'), record('answer', 'payer-answer', '2026-03-13')]), ['DocumentReference/answer', 'DocumentReference/sent-1', 'DocumentReference/sent-2']],
    ['on the last day, not the day after', (it) => void (it.documents = [record('in-time', 'submission', '2026-05-25'), record('late', 'submission', '2026-05-26')]), ['DocumentReference/in-time']],
    ['no document of another kind, nor about another claim', (it) => void (it.documents = [record('letter', 'letter', '2026-03-11'), record('other', 'submission', '2026-03-11', 'c')]), []],
    ['an acknowledgement that is not a decision', (it) => void it.laterDecisions.push({ ...structuredClone(it.decision), id: 'ack', outcome: 'queued', created: '2026-03-12', request: { reference: 'Claim/c2' }, insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/second' } }] }), ['ClaimResponse/ack']],
    ['what was sent before it was replaced', (it) => {
      const replaced: Claim = { ...structuredClone(it.claim), id: 'old', status: 'active' };
      it.others.push(replaced);
      it.claim.related!.push({ claim: { reference: 'Claim/old' }, relationship: { coding: [{ code: 'prior' }] } });
      it.documents = [record('sent', 'submission', '2026-03-01', 'old')];
    }, ['DocumentReference/sent']],
  ])('%s', (_name, change, expected) => expect(proofOf(change)).toEqual(expected));
});
