import { describe, expect, it, test } from 'vitest';
import { centsOf } from '../../../src/claims/money.js';
import { addressLines, contactOf, personName } from '../../../src/work/documents/parties.js';
import { renderPdf } from '../../../src/work/documents/pdf.js';
import { printable } from '../../../src/work/documents/printable.js';
import type { Block, PrintedDocument } from '../../../src/work/documents/printed.js';
import { dollars, longDate, shortDate } from '../../../src/work/documents/words.js';
import { pageCount, pdfText } from './pdf-text.js';

const documentOf = (...blocks: Block[]): PrintedDocument => ({
  title: 'A letter', author: 'The clinic', language: 'en-US', created: new Date('2026-11-22T12:00:00Z'), letterhead: { name: 'The clinic', lines: ['1 Main Street'] }, blocks,
  footer: (page, pages) => `Page ${page} of ${pages}`,
});
const table = (rows: number): Block => ({
  kind: 'table', columns: [{ title: 'Line', width: 0.2 }, { title: 'Amount', width: 0.8, align: 'right' }], rows: Array.from({ length: rows }, (_, row) => [`row ${row + 1}`, '$1.00']), total: ['Total', '$9.00'],
});

describe('a printed document', () => {
  it('has every text, in order, and its number at the foot of each page', async () => {
    const bytes = await renderPdf(documentOf(
      { kind: 'heading', text: 'A heading' }, { kind: 'paragraph', text: 'Mañana: “niño”' }, { kind: 'lines', lines: ['one', '', 'three'] }, { kind: 'facts', rows: [['Label', 'Value']] },
      { kind: 'list', items: ['first', 'second'] }, table(1),
    ));
    expect(Buffer.from(bytes.subarray(0, 5)).toString()).toBe('%PDF-');
    expect(pageCount(bytes)).toBe(1);
    expect(pdfText(bytes).split('\n').filter((line) => line.trim() !== '')).toEqual([
      'The clinic', '1 Main Street', 'A heading', 'Mañana: \x93niño\x94', 'one', 'three', 'Label', 'Value', '1.', 'first', '2.', 'second', 'Line', 'Amount', 'row 1', '$1.00', 'Total', '$9.00', 'Page 1 of 1',
    ]);
  });

  it('goes on to further pages; a table begins there with its titles, and no row is lost', async () => {
    const bytes = await renderPdf(documentOf(table(90)));
    const text = pdfText(bytes);
    expect(pageCount(bytes)).toBe(3);
    expect(text.match(/^Amount$/gm)).toHaveLength(3);
    expect(text.match(/^row \d+$/gm)).toHaveLength(90);
    expect(text.match(/^Page \d of 3$/gm)).toEqual(['Page 1 of 3', 'Page 2 of 3', 'Page 3 of 3']);
  });

  it('is the same bytes for the same document', async () => {
    const [one, other] = await Promise.all([renderPdf(documentOf(table(3))), renderPdf(documentOf(table(3)))]);
    expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
  });
});

test.each([
  ['plain', 'Oakhanger', 'Oakhanger'],
  ['Western Europe', 'Núñez Müller Œuvre – “quoted” €5', 'Núñez Müller Œuvre – “quoted” €5'],
  ['accents beyond', 'Łukasz Dvořák Đặng', 'Lukasz Dvorák Dang'],
  ['decomposed accents', 'Nu\u0301n\u0303ez', 'Núñez'],
  ['another script', '王 Wang', '? Wang'],
  ['control characters', 'a\u0000b\r\nc\u200bd', 'ab\ncd'],
])('what the standard fonts can show: %s', (_name, text, expected) => {
  expect(printable(text)).toBe(expected);
});

test.each([[0, '$0.00'], [5, '$0.05'], [98_000, '$980.00'], [123_456_789, '$1,234,567.89'], [-100_000, '-$1,000.00']])('%s cents are %s', (amount, expected) => {
  expect(dollars(centsOf(amount))).toBe(expected);
});

test('dates in words, in the language', () => {
  expect([longDate('2026-10-30', 'en-US'), longDate('2026-10-30', 'es-US'), shortDate('2026-10-30', 'en-US')]).toEqual(['October 30, 2026', '30 de octubre de 2026', 'Oct 30, 2026']);
});

describe('who is written to', () => {
  test('the official name, with all its parts', () => {
    expect(personName([{ use: 'old', family: 'Smith' }, { use: 'official', prefix: ['Dr.'], given: ['Della', 'M.'], family: 'Oakhanger', suffix: ['Jr.'] }])).toBe('Dr. Della M. Oakhanger Jr.');
    expect([personName([{ text: 'Della Oakhanger' }]), personName(undefined), personName([{ use: 'old', family: 'Smith' }])]).toEqual(['Della Oakhanger', '', 'Smith']);
  });

  test('the address, as on an envelope', () => {
    expect(addressLines([{ line: ['40 Quarry Lane'], city: 'Larkspur Falls', state: 'CO', postalCode: '800079998' }])).toEqual(['40 Quarry Lane', 'Larkspur Falls, CO 80007-9998']);
    expect([addressLines([{ text: 'a\nb' }]), addressLines([{ city: 'Arroyo' }]), addressLines(undefined)]).toEqual([['a', 'b'], ['Arroyo'], []]);
  });

  test('the number of the lowest rank', () => {
    expect(contactOf([{ system: 'phone', value: '2', rank: 2 }, { system: 'phone', value: '3' }, { system: 'email', value: 'a@b', rank: 1 }, { system: 'phone', value: '1', rank: 1 }], 'phone')).toBe('1');
  });
});
