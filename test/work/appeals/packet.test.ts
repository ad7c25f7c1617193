import type { DocumentReference } from 'fhir/r4.js';
import { describe, expect, it, test } from 'vitest';
import { APPEAL_DEFAULTS } from '../../../src/claims/deadlines/deadline-defaults.js';
import { CARC_TRIAGE } from '../../../src/claims/carc-triage.js';
import { levelsOf, MANNERS } from '../../../src/work/appeals/levels.js';
import { packetOf, type Contents } from '../../../src/work/appeals/packet.js';

const document = (id: string, more: Partial<DocumentReference>): DocumentReference => ({ resourceType: 'DocumentReference', id, status: 'current', content: [{ attachment: {} }], ...more });
const contents = (more: Partial<Contents> = {}): Contents => ({ decisions: ['ClaimResponse/1'], claim: 'Claim/1', priorDecisions: [], proofOfFiling: [], documents: [], ...more });
const inShort = (asked: string[], more: Partial<Contents> = {}) => packetOf(asked, contents(more)).map(({ title, references }) => [title, ...references]);
const BASE = [['decision under appeal', 'ClaimResponse/1'], ['claim as billed', 'Claim/1']];

describe('the packet', () => {
  it('begins with decision and claim; what is asked for and not there is named', () => {
    expect(inShort(['medical records', 'LCD'])).toEqual([...BASE, ['medical records'], ['LCD']]);
  });

  it('has the explanations of the payers before, asked for or not (R134)', () => {
    expect(inShort([], { priorDecisions: ['ClaimResponse/0'] })).toEqual([...BASE, ['primary EOB/835', 'ClaimResponse/0']]);
    expect(inShort(['medical records', 'primary EOB/835'], { priorDecisions: ['ClaimResponse/0'] })).toEqual([...BASE, ['medical records'], ['primary EOB/835', 'ClaimResponse/0']]);
    expect(inShort(['both earlier EOBs'], { priorDecisions: ['ClaimResponse/0'] })).toEqual([...BASE, ['both earlier EOBs']]);
  });

  it('has the proof of timely filing that is kept', () => {
    expect(inShort(['proof of timely filing (277CA / 999 / clearinghouse report)'], { proofOfFiling: ['DocumentReference/sent'] })).toEqual([...BASE, ['proof of timely filing (277CA / 999 / clearinghouse report)', 'DocumentReference/sent']]);
  });

  it('asks for nothing twice, and puts what nobody asked for last', () => {
    expect(inShort(['LCD', 'LCD'], { documents: [document('other', { description: 'Photograph' })] })).toEqual([...BASE, ['LCD'], ['Photograph', 'DocumentReference/other']]);
  });
});

describe('a document is the one asked for', () => {
  test.each<[string, string, Partial<DocumentReference>, boolean]>([
    ['by its description', 'letter of medical necessity', { description: 'Letter of medical necessity, Dr. Amaro' }, true],
    ['in the singular', 'medical records', { description: 'Medical record' }, true],
    ['by one of the alternatives', 'auth number or retro-auth request', { description: 'Authorization number from the plan' }, true],
    ['by the other', 'auth number or retro-auth request', { type: { text: 'Retro-authorization request' } }, true],
    ['by the title of its file', 'referral', { content: [{ attachment: { title: 'Referral.pdf' } }] }, true],
    ['by the display of its type', 'plan document', { type: { coding: [{ display: 'Plan document 2026' }] } }, true],
    ['a note, by its LOINC type', 'medical records', { type: { coding: [{ system: 'http://loinc.org', code: '11506-3' }] } }, true],
    ['a clinical note, by its category', 'medical records', { category: [{ coding: [{ code: 'clinical-note' }] }] }, true],
    ['not by half a name', 'medical records', { description: 'Medical bill' }, false],
    ['not by another LOINC type', 'medical records', { type: { coding: [{ system: 'http://loinc.org', code: '64290-0' }] } }, false],
  ])('%s', (_name, asked, more, isIt) => {
    expect(inShort([asked], { documents: [document('x', more)] }).find(([title]) => title === asked)).toEqual(isIt ? [asked, 'DocumentReference/x'] : [asked]);
  });

  test('every name of the triage table finds a document that is called so', () => {
    const names = [...new Set([...CARC_TRIAGE.values()].flatMap(({ documents }) => documents))];
    expect(names.filter((name) => inShort([name], { documents: [document('x', { description: name })] }).find(([title]) => title === name)?.[1] === undefined)).toEqual([]);
  });
});

describe('levels', () => {
  test('every general limit has its level', () => {
    const without = APPEAL_DEFAULTS.filter(({ payerKinds = [undefined], level }) => payerKinds.some((kind) => levelsOf(kind, { appealLimits: [] })[level - 1] === undefined));
    expect(without).toEqual([]);
  });

  test.each([['medicare', 'redetermination,reconsideration,hearing,appeals-council,federal-court'], ['group-health', 'internal-appeal,external-review'], [undefined, 'internal-appeal,external-review'], ['medicaid', 'internal-appeal,fair-hearing']] as const)('%s', (kind, expected) => {
    expect(levelsOf(kind, { appealLimits: [] }).join()).toBe(expected);
  });

  test('a payer that states a limit for a further level has it', () => {
    expect(levelsOf('group-health', { appealLimits: [{ level: 3, count: 30, unit: 'days', from: 'decision' }] })).toEqual(['internal-appeal', 'external-review', 'internal-appeal']);
  });

  test('a limit for a level that nobody has makes no more of them', () => {
    expect(levelsOf('medicare', { appealLimits: [{ level: 2_000_000_000, count: 30, unit: 'days', from: 'decision' }] })).toHaveLength(10);
  });

  test('each kind of review has its words', () => {
    for (const { title, attention, opening, request } of Object.values(MANNERS)) for (const text of [title, attention, opening, request]) expect(text).not.toBe('');
  });
});
