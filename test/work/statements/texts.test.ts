import { describe, expect, it } from 'vitest';
import { CARC_TRIAGE } from '../../../src/claims/carc-triage.js';
import { WRITE_OFF_RULES } from '../../../src/claims/disposition/write-off-class.js';
import { serviceKind } from '../../../src/work/statements/texts/service-kind.js';
import { textsIn } from '../../../src/work/statements/texts/texts.js';

const en = textsIn('en')!;
const es = textsIn('es')!;

/** The names of all texts, at whatever depth. */
const names = (texts: object, path = ''): string[] => Object.entries(texts).flatMap(([name, value]) => (typeof value === 'object' && value !== null ? names(value as object, `${path}${name}.`) : [`${path}${name}`])).sort();

describe('the words of statements', () => {
  it('are there in both languages, each of them', () => expect(names(es)).toEqual(names(en)));

  it('are found by BCP 47 tags of any region, and not for others', () => {
    expect(['es', 'es-MX', 'ES-us', 'en-GB'].map((tag) => textsIn(tag)?.language)).toEqual(['es-US', 'es-US', 'es-US', 'en-US']);
    expect(['vi', 'est', '', 'constructor'].map(textsIn)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('have no code of a reason that is in no table', () => {
    expect(Object.keys(en.reasons.byCode).filter((code) => !CARC_TRIAGE.has(code))).toEqual([]);
  });

  it('name each class that gives up what a patient owed, and no other', () => {
    expect(Object.keys(en.balance.reduced).sort()).toEqual(Object.entries(WRITE_OFF_RULES).filter(([, { billable }]) => billable).map(([of]) => of).sort());
  });

  it.each([
    ['99213', 'visit'], ['99395', 'preventive'], ['85025', 'laboratory'], ['70551', 'imaging'], ['00140', 'anesthesia'], ['11042', 'procedure'], ['90935', 'dialysis'], ['99285', 'emergency'], ['90471', 'vaccine'],
    ['D7240', 'dental'], ['J1100', 'drug'], ['E0601', 'supplies'], ['G0439', 'preventive'], ['A0428', 'ambulance'], ['0450', 'other'], ['', 'other'], ['99999', 'other'],
  ])('say what %s is: %s', (code, kind) => expect(serviceKind(code)).toBe(kind));
});
