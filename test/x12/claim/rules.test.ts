import { describe, expect, test } from 'vitest';
import { billedOf } from '../../../src/x12/claim/billed.js';
import { claimsIn } from '../../../src/x12/claim/loops.js';
import { brokenRules, CLAIM_RULES, type BrokenRule } from '../../../src/x12/claim/rules.js';
import { authored, hasSamples, refusalOf, sample, sampleFiles, setsOf } from '../files.js';

async function brokenIn(file: string | Uint8Array): Promise<BrokenRule[]> {
  const sets = await setsOf(file);
  return sets.flatMap((set) => [...claimsIn(set)].flatMap((claim) => brokenRules(billedOf(claim))));
}

/** The file with each text replaced, and SE01 right again. */
function changed(file: string, ...changes: readonly (readonly [string, string])[]): string {
  let text = file;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [first, last] = [lines.findIndex((line) => line.startsWith('ST*')), lines.findIndex((line) => line.startsWith('SE*'))];
  return lines.map((line, index) => (index === last ? line.replace(/^SE\*\d+/, `SE*${last - first + 1}`) : line)).join('\n');
}

const SECONDARY = authored('professional-secondary', 'secondary.837');
const TERTIARY = authored('tertiary', 'tertiary.837');
const LINE_DATE = 'DTP*573*D8*20260312~\n';

describe('each rule of the 837, broken alone as far as the others allow', () => {
  test.each<readonly [string, string, readonly (readonly [string, string])[], readonly string[]]>([
    ['the total is a cent off', SECONDARY, [['CLM*PCC26022401S*505.00', 'CLM*PCC26022401S*505.01']], ['W1', 'W4']],
    ['a line is a cent off', SECONDARY, [['SV1*HC:93000*110.00', 'SV1*HC:93000*110.01']], ['W1', 'W2']],
    ['an adjustment is a cent off', SECONDARY, [['CAS*CO*45*121.35', 'CAS*CO*45*121.36']], ['W2', 'W4']],
    ['a payment on a line is a cent off', SECONDARY, [['SVD*IRG60*110.92', 'SVD*IRG60*110.93']], ['W2', 'W3']],
    ['AMT*D is a cent off', SECONDARY, [['AMT*D*132.39', 'AMT*D*132.40']], ['W3', 'W4']],
    ['AMT*D is a cent off where no line was adjudicated', SECONDARY.replace(/SVD[^]*?(?=LX|SE)/g, '').replace('AMT*D*132.39', 'CAS*CO*45*372.60~\nAMT*D*132.39').replace('REF*F8*IRG', 'DTP*573*D8*20260312~\nREF*F8*IRG'), [], ['W5']],
    ['the first of two payers is a cent off', TERTIARY, [['AMT*D*129.10', 'AMT*D*129.09']], ['W3', 'W4']],
    ['the second of two payers is a cent off', TERTIARY, [['CAS*OA*23*42.02', 'CAS*OA*23*42.03']], ['W2', 'W4']],
    ['the date of a decision is missing on one line', SECONDARY, [[LINE_DATE, '']], ['W6']],
    ['the date stands with the payer and on lines', SECONDARY, [['REF*F8*IRG', 'DTP*573*D8*20260312~\nREF*F8*IRG']], ['W6']],
    ['the remaining liability stands on both levels', SECONDARY, [['AMT*D*132.39~', 'AMT*D*132.39~\nAMT*EAF*93.10~'], [LINE_DATE, `${LINE_DATE}AMT*EAF*87.73~\n`]], ['W7']],
    ['an adjustment of zero', SECONDARY, [['CAS*CO*97*75.00', 'CAS*CO*97*75.00**45*0']], ['W8']],
    ['a group that 5010 does not have', SECONDARY, [['CAS*CO*97*75.00', 'CAS*CR*97*75.00']], ['W8']],
    ['a negative payment', SECONDARY, [['SVD*IRG60*0.00*HC:96372**1~\nCAS*CO*97*75.00', 'SVD*IRG60*-1.00*HC:96372**1~\nCAS*CO*97*76.00'], ['AMT*D*132.39', 'AMT*D*131.39']], ['W8']],
    ['two payers in one place', SECONDARY, [['SBR*P*18*IR7100', 'SBR*S*18*IR7100']], ['W9']],
    ['a place is missing', TERTIARY, [['SBR*T*18', 'SBR*A*18']], ['W9']],
    ['the decision of a payer before is missing', SECONDARY, [['AMT*D*132.39~\n', '']], ['W9']],
    ['a payer whose turn comes later has decided', SECONDARY, [['SBR*S*18***12', 'SBR*P*18*'], ['SBR*P*18*IR7100', 'SBR*S*18*IR7100']], ['W9']],
    ['a line was adjudicated by nobody that is known', SECONDARY, [['SVD*IRG60*0.00', 'SVD*OTHER*0.00']], ['W4', 'W9', 'W11']],
    ['two payers have one identifier', TERTIARY.replaceAll('IRG60', 'MDL55'), [], ['W2', 'W3', 'W4', 'W9']],
    ['a replacement without the payer’s number', SECONDARY, [['11:B:1', '11:B:7']], ['W9']],
    ['the lines’ adjustments stand on the claim again', SECONDARY, [['AMT*D*132.39', 'CAS*CO*45*204.51**97*75.00~\nCAS*PR*1*60.00**2*33.10~\nAMT*D*132.39']], ['W3', 'W4', 'W10']],
    ['a payer decided two of three lines', SECONDARY.replace(/SVD\*IRG60\*0\.00[^]*?(?=SE)/, ''), [], ['W4', 'W11']],
  ])('%s', async (_name, file, changes, rules) => {
    const broken = await brokenIn(changed(file, ...changes));
    expect([...new Set(broken.map(({ rule }) => rule))]).toEqual(rules);
    for (const { rule, text, position } of broken) expect(text).toMatch(new RegExp(`^${rule}, segment ${position.segment}, `));
  });

  test('every rule is shown', () => expect(CLAIM_RULES.map(({ id }) => id)).toEqual(['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'W10', 'W11']));

  test('a line that was paid in full has a payment and no adjustment', async () => {
    expect(await brokenIn(changed(SECONDARY, ['SVD*IRG60*0.00', 'SVD*IRG60*75.00'], ['CAS*CO*97*75.00~\n', ''], ['AMT*D*132.39', 'AMT*D*207.39']))).toEqual([]);
  });

  test('an amount that is none is refused where it stands', async () => {
    const refusal = await refusalOf(brokenIn(SECONDARY.replace('AMT*D*132.39', 'AMT*D*132.395')));
    expect(refusal?.position).toEqual({ segment: 28, id: 'AMT', element: 2 });
  });
});

describe.runIf(hasSamples)('files that others wrote', () => {
  /** What samples/README.md says does not balance, and a claim to a second payer that names no first one. */
  const BROKEN: Readonly<Record<string, readonly string[]>> = { 'pyx12--837_05-replacement.837': ['W9'], 'pyx12--837_09-three-payers.837': ['W9'] };
  test.each(sampleFiles('x12-837'))('%s', async (name) => expect([...new Set((await brokenIn(sample('x12-837', name))).map(({ rule }) => rule))]).toEqual(BROKEN[name] ?? []));
  test.each(sampleFiles('bad').filter((name) => name === 'pyx12--837_12.837'))('%s', async (name) => expect((await brokenIn(sample('bad', name)))[0]?.text).toMatch(/^W1, .*21\.00 is not .*1134\.00$/));
});
