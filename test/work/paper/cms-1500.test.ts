import fc from 'fast-check';
import type { Claim, ClaimItem, Coverage, FhirResource, Organization, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillForms, isFilled } from '../../../src/work/paper/cms-1500.js';
import { BOXES, LINE, LINES, PLACES, RIGHT, type PlaceName } from '../../../src/work/paper/grid.js';
import { kindOf } from '../../../src/work/payer-kind.js';
import { issuesOf, type Answer } from '../../http/server.js';
import { pageCount, pdfText } from '../documents/pdf-text.js';
import { draftAfter, put, startClinic, type Clinic } from '../submission/clinic.js';
import { piecesOf, readForm } from './placed.js';

let clinic: Clinic;
/** The claim to a payer that takes it on paper only, behind one other. */
let second: Claim;
beforeAll(async () => {
  clinic = await startClinic();
  second = await draftAfter(clinic.server, 'clm-rookwood-1');
});
afterAll(() => clinic.close());

const stored = async <T extends FhirResource>(reference: string): Promise<T> => (await clinic.server.get(reference)).body as T;
/** A PDF is no text: read anew as bytes. */
async function packetOf(path: string, body?: unknown): Promise<Uint8Array> {
  const answer = await fetch(`${clinic.server.base}/${path}`, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/fhir+json' }, body: JSON.stringify(body) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect([answer.status, answer.headers.get('content-type')], bytes.toString()).toEqual([200, 'application/pdf']);
  return bytes;
}
const given = (claim: Claim, ...resources: FhirResource[]) => ({
  resourceType: 'Parameters', parameter: [{ name: 'claim', resource: claim }, { name: 'style', valueCode: 'overlay' }, ...resources.map((resource) => ({ name: 'resource', resource }))],
});
const formsOf = async (claim: Claim, ...resources: FhirResource[]) => piecesOf(await packetOf('Claim/$export-1500', given(claim, ...resources))).filter((pieces) => pieces.length > 0).map(readForm);
const refusalOf = (claim: Claim, ...resources: FhirResource[]): Promise<Answer> => clinic.server.post('Claim/$export-1500', given(claim, ...resources));

describe('the grid of the form', () => {
  /** Only one of them is ever filled in. */
  const ALTERNATIVES: ReadonlySet<string> = new Set(['28-continued']);

  test('has room for everything: no two places overlap, and none leaves the page', () => {
    const all = [
      ...Object.entries(PLACES).filter(([name]) => !ALTERNATIVES.has(name)),
      ...Array.from({ length: LINES.most }, (_, line) => Object.entries(LINE).map(([name, [row, column, width]]) => [`24.${line}.${name}`, [LINES.first + line * LINES.rows + row, column, width]] as const)).flat(),
    ] as (readonly [string, readonly [number, number, number]])[];
    for (const [name, [row, column, width]] of all) {
      expect([row >= 1 && row <= 62, column >= 1 && column + width - 1 <= 79], name).toEqual([true, true]);
      const beside = all.filter(([other, [otherRow, otherColumn, otherWidth]]) => other !== name && otherRow === row && otherColumn < column + width && column < otherColumn + otherWidth);
      expect(beside.map(([other]) => other), name).toEqual([]);
    }
  });

  test('every place stands in a box of its item', () => {
    for (const [name, [row, column]] of Object.entries(PLACES)) {
      const around = BOXES.filter(({ place: [top, left, rows, columns] }) => row >= top && row < top + rows && column >= left && column < left + columns);
      const item = /^\d+[a-d]?/.exec(name)?.[0] ?? '';
      expect(around.some((box) => box.item === item || box.item.startsWith(item.replace(/[a-d]$/, ''))), name).toBe(true);
    }
  });
});

describe('a claim behind another payer', () => {
  test('says who pays, who the patient is, who paid before, what was done and what is left of it', async () => {
    const [form, ...more] = piecesOf(await packetOf(`Claim/${second.id}/$export-1500?style=overlay`)).filter((pieces) => pieces.length > 0).map(readForm);
    expect(more).toEqual([]);
    expect(form!.entries).toEqual({
      payer1: 'OLD MILL BENEFIT TRUST', payer2: 'PO BOX 7000', payer3: 'ARROYO CO 80007',
      '1-group': 'X', '1a': 'OMT710722', '2': 'ROOKWOOD, BRAM', '3-month': '04', '3-day': '04', '3-year': '1970', '3-male': 'X',
      '4': 'ROOKWOOD, HESTER', '5-street': '130 JUNIPER DRIVE', '5-city': 'LARKSPUR FALLS', '5-state': 'CO', '5-zip': '80007', '5-area': '303', '5-phone': '5550138', '6-spouse': 'X',
      '9': 'ROOKWOOD, BRAM', '9a': 'G0070', '9d': 'HARBORLIGHT HEALTH', '10a-no': 'X', '10b-no': 'X', '10c-no': 'X',
      '11': 'T0033', '11a-month': '07', '11a-day': '22', '11a-year': '1971', '11a-female': 'X', '11c': 'OLD MILL BENEFIT TRUST', '11d-yes': 'X', '12': 'SIGNATURE ON FILE', '13': 'SIGNATURE ON FILE',
      '21-indicator': '0', '21A': 'D510', '25': '893000071', '25-ein': 'X', '26': 'LFC261801S', '27-yes': 'X', '28-dollars': '206', '28-cents': '00', '29-dollars': '75', '29-cents': '24', '31': 'SIGNATURE ON FILE',
      '32-name': 'LARKSPUR FAMILY CLINIC', '32-street': '40 QUARRY LANE', '32-city': 'LARKSPUR FALLS CO 80007',
      '33-area': '303', '33-phone': '5550110', '33-name': 'LARKSPUR FAMILY CLINIC', '33-street': '40 QUARRY LANE', '33-city': 'LARKSPUR FALLS CO 80007-9998', '33a': '1002000713',
    });
    const day = { 'from-month': '09', 'from-day': '30', 'from-year': '26', 'to-month': '09', 'to-day': '30', 'to-year': '26', place: '11', pointer: 'A', units: '1', rendering: '1002000721' };
    expect(form!.lines).toEqual([{ ...day, procedure: '99213', dollars: '160', cents: '00' }, { ...day, procedure: '96372', dollars: '46', cents: '00' }]);
  });

  test('brings what the payer before decided: each line, each adjustment in our own words', async () => {
    const pdf = await packetOf(`Claim/${second.id}/$export-1500`);
    expect(pageCount(pdf)).toBe(2);
    const texts = pdfText(pdf).split('\n');
    for (const text of ['Primary payer: Harborlight Health', 'HBL-26-294-0233', 'October 21, 2026', '$101.00', '$61.00', '$40.00', '$118.80', '$75.24', '$130.76', 'Copayment', 'Coinsurance', 'Page 1 of 1'].map((each) => each)) expect(texts.some((one) => one.includes(text)), text).toBe(true);
  });

  test('Medicare behind an employer’s plan: items 4, 6, 7 and 11 are the plan’s, 11d is free, and what the plan paid is not in 29', async () => {
    const [form] = await formsOf(await draftAfter(clinic.server, 'clm-calloway-1'));
    const { entries } = form!;
    expect(['1-medicare', '4', '6-self', '7-street', '9', '11d-yes', '11d-no', '29-dollars', '11a-year'].map((name) => entries[name])).toEqual(['X', 'SAME', 'X', 'SAME', undefined, undefined, undefined, undefined, undefined]);
    const plan = (await stored<Coverage>('Coverage/cov-calloway-own'));
    expect([entries['11'], entries['11c']]).toEqual([plan.class![0]!.value!.replace(/\W/g, ''), (await stored<Organization>(plan.payor[0]!.reference!)).name!.toUpperCase()]);
  });

  test('Medicare first: item 11 is NONE', async () => {
    const [form] = await formsOf(await stored<Claim>('Claim/clm-kestrel-1'));
    expect([form!.entries['1-medicare'], form!.entries['11'], form!.entries['4'], form!.entries['9']]).toEqual(['X', 'NONE', undefined, undefined]);
  });
});

describe('more than six services', () => {
  const items = (count: number): ClaimItem[] => Array.from({ length: count }, (_, index) => ({ ...second.item![0]!, sequence: index + 1, net: { value: index + 0.5, currency: 'USD' } }));
  const total = (count: number) => ({ value: items(count).reduce((sum, { net }) => sum + net!.value!, 0), currency: 'USD' });

  test.each([[6, 1], [7, 2], [12, 2], [14, 3]])('%i stand on %i forms, with the total on the last', async (count, expected) => {
    const { insurance: [first], ...claim } = second;
    const only: Claim = { ...claim, related: [], insurance: [{ ...first!, focal: true }], item: items(count), total: total(count) } as Claim;
    delete (only as Partial<Claim>).related;
    delete (only.insurance[0] as { claimResponse?: unknown }).claimResponse;
    const forms = await formsOf(only);
    expect(forms.map(({ lines }) => lines.length)).toEqual(Array.from({ length: expected }, (_, page) => Math.min(6, count - page * 6)));
    expect(forms.map(({ entries }) => entries['28-continued'] ?? `${entries['28-dollars']}.${entries['28-cents']}`)).toEqual([...Array<string>(expected - 1).fill('CONTINUED'), total(count).value.toFixed(2)]);
    expect(forms.map(({ entries }) => entries['page'])).toEqual(Array.from({ length: expected }, (_, page) => (expected === 1 ? undefined : `PAGE ${page + 1} OF ${expected}`)));
    expect(new Set(forms.map(({ entries }) => entries['26'])).size).toBe(1);
    expect(forms.flatMap(({ lines }) => lines.map(({ dollars, cents }) => `${dollars}.${cents}`))).toEqual(items(count).map(({ net }) => net!.value!.toFixed(2)));
  });
});

describe('what is refused (422), all at once, and nothing is written', () => {
  const cases: readonly (readonly [string, (claim: Claim) => Claim, string, RegExp])[] = [
    ['an institutional claim', (claim) => ({ ...claim, type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'institutional' }] } }), 'type', /UB-04/],
    ['a cancelled claim', (claim) => ({ ...claim, status: 'cancelled' }), 'status', /cancelled/],
    ['a claim number that does not fit: part of it would be another', (claim) => ({ ...claim, identifier: [{ ...claim.identifier![0]!, value: 'LFC261801S-000042' }] }), 'identifier', /item 26 .* 17 characters and only 14 fit/],
    ['a total that is not that of its services', (claim) => ({ ...claim, total: { value: 206.01, currency: 'USD' } }), 'total', /206\.01 is not the sum of the services, 206\.00/],
    ['a charge that does not fit', (claim) => ({ ...claim, item: [{ ...claim.item![0]!, net: { value: 1_000_000, currency: 'USD' } }], total: { value: 1_000_000, currency: 'USD' } }), 'item[0]', /item 24 .* 7 characters and only 6 fit/],
    ['thirteen diagnoses', (claim) => ({ ...claim, diagnosis: Array.from({ length: 13 }, (_, index) => ({ ...claim.diagnosis![0]!, sequence: index + 1 })) }), 'diagnosis', /holds 12 diagnoses, here are 13/],
    ['five modifiers', (claim) => ({ ...claim, item: [{ ...claim.item![0]!, modifier: Array.from({ length: 5 }, (_, index) => ({ coding: [{ code: `2${index}` }] })) }, claim.item![1]!] }), 'item[0].modifier', /four modifiers/],
    ['a prior payer without its decision', (claim) => ({ ...claim, insurance: claim.insurance.map(({ claimResponse: _decision, ...row }) => row) }), 'insurance[0]', /wait for its decision/],
    ['a service without a diagnosis', (claim) => ({ ...claim, diagnosis: [claim.diagnosis![0]!, { ...claim.diagnosis![0]!, sequence: 2 }], item: claim.item!.map(({ diagnosisSequence: _pointers, ...item }) => item) }), 'item[0]', /names no diagnosis/],
  ];
  test.each(cases)('%s', async (_title, change, expression, text) => {
    const answer = await refusalOf(change(second));
    expect(answer.status, answer.text).toBe(422);
    const found = issuesOf(answer).find(({ details }) => text.test(details?.text ?? ''));
    expect(found?.expression, answer.text).toEqual([`Parameters.parameter[0].resource.${expression}`]);
  });

  test('a payer without an address to mail it to', async () => {
    const payer = { ...(await stored<Organization>('Organization/payer-old-mill')), address: undefined };
    expect(issuesOf(await refusalOf(second, payer as unknown as Organization)).map(({ details }) => details?.text)).toEqual([expect.stringMatching(/no address to mail/)]);
  });

  test('all that is missing is named together', async () => {
    const bare = { ...second, item: undefined, diagnosis: undefined, identifier: undefined } as unknown as Claim;
    expect(issuesOf(await refusalOf(bare)).length).toBeGreaterThanOrEqual(3);
  });
});

test('names and addresses are cut where the form ends, and never run into what stands beside them', async () => {
  const patient = await stored<Patient>('Patient/pat-rookwood');
  const long: Patient = { ...patient, name: [{ family: 'Rookwood-Featherstonehaugh-Cholmondeley', given: ['Bartholomew', 'T.'] }], address: [{ line: ['Apt. #4, 1300 Upper Juniper Drive North by the Old Mill'], city: 'Larkspur Falls upon the Quarry', state: 'CO', postalCode: '800079998' }] };
  const [form] = await formsOf(second, long);
  expect([form!.entries['2'], form!.entries['5-street'], form!.entries['5-city'], form!.entries['5-zip']]).toEqual(['ROOKWOOD-FEATHERSTONEHAUGH-C', 'APT 4 1300 UPPER JUNIPER DRI', 'LARKSPUR FALLS UPON THE', '80007-9998']);
});

test('whatever the texts are: each is refused or stands within its place', async () => {
  const names = ['Patient/pat-rookwood', 'RelatedPerson/rel-rookwood-spouse', 'Coverage/cov-rookwood-own', 'Coverage/cov-rookwood-spouse', 'Organization/payer-harborlight', 'Organization/payer-old-mill', 'Organization/larkspur-clinic', 'Location/larkspur-main', 'Practitioner/dr-amaro', ...second.insurance.flatMap(({ claimResponse }) => claimResponse?.reference ?? [])];
  const resources = await Promise.all(names.map((name) => stored(name)));
  const text = fc.string({ minLength: 0, maxLength: 60, unit: 'grapheme' });
  let filled = 0;
  fc.assert(fc.property(text, text, text, text, fc.string({ maxLength: 30 }), fc.integer({ min: 1, max: 12 }), fc.nat(99_999_999), (family, given, line, plan, number, count, cents) => {
    const changed = resources.map((resource): FhirResource => {
      if (resource.resourceType === 'Patient') return { ...(resource as Patient), name: [{ family, given: [given] }], address: [{ line: [line], city: plan, state: 'CO', postalCode: number }] };
      if (resource.resourceType === 'Organization') return { ...(resource as Organization), name: plan };
      if (resource.resourceType === 'Coverage') return { ...(resource as Coverage), class: [{ type: { coding: [{ code: 'group' }] }, value: number }] };
      return resource;
    });
    const item = Array.from({ length: count }, (_, index) => ({ ...second.item![0]!, sequence: index + 1, net: { value: cents / 100, currency: 'USD' as const } }));
    const claim: Claim = { ...second, item, total: { value: (cents * count) / 100, currency: 'USD' } };
    const result = fillForms({ claim, resources: changed, payerKindOf: kindOf });
    if (!isFilled(result)) {
      expect(result.length).toBeGreaterThan(0);
      return;
    }
    filled++;
    for (const { entries } of result.forms) {
      for (const [name, value] of Object.entries(entries) as [PlaceName, string][]) expect([value.length <= PLACES[name][2], /[\n\r\t]/.test(value), RIGHT.has(name) && value.startsWith(' ')], name).toEqual([true, false, false]);
    }
  }), { numRuns: 300 });
  expect(filled).toBeGreaterThan(20);
});

test('with boxes it has the same entries', async () => {
  const [plain, boxed] = await Promise.all(['overlay', 'boxes'].map(async (style) => piecesOf(await packetOf(`Claim/${second.id}/$export-1500?style=${style}`)).filter((pieces) => pieces.length > 0).map(readForm)));
  expect(boxed).toEqual(plain);
});

test('a style that is none is refused', async () => {
  expect((await clinic.server.get(`Claim/${second.id}/$export-1500?style=red`)).status).toBe(400);
  await put(clinic.server, await stored<Claim>(`Claim/${second.id}`));
});
