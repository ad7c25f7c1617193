import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/work/documents/html.js';
import type { Block, PrintedDocument } from '../../../src/work/documents/printed.js';

const documentOf = (...blocks: readonly Block[]): PrintedDocument => ({
  title: 'Your statement', author: 'Clinic', language: 'es-US', created: new Date('2026-11-22T12:00:00Z'), letterhead: { name: 'Clinic', lines: ['1 Mill Lane'] }, blocks, footer: (page, pages) => `${page}/${pages}`,
});
const TABLE: Block = { kind: 'table', caption: 'Visit', columns: [{ title: '', width: 0.7 }, { title: 'Amount', width: 0.3, align: 'right' }], rows: [['Price', '$10.00']], total: ['Your part', '$2.00'] };

describe('a page of HTML', () => {
  it('says its language and its title, and needs nothing else', () => {
    const page = renderHtml(documentOf({ kind: 'title', text: 'Your statement' }));
    expect(page).toMatch(/^<!doctype html>\n<html lang="es-US">/);
    expect(page).toContain('<title>Your statement</title>');
    expect(page).toContain('<h1>Your statement</h1>');
    expect(page).not.toMatch(/<script|https?:|<img|<link/);
  });

  it('has tables with captions, and headers for columns and rows', () => {
    const page = renderHtml(documentOf(TABLE));
    expect(page).toContain('<caption>Visit</caption>');
    expect(page).toContain('<th scope="col" class="right">Amount</th>');
    expect(page).toContain('<tbody><tr><th scope="row">Price</th><td class="right">$10.00</td></tr></tbody>');
    expect(page).toContain('<tfoot><tr><th scope="row">Your part</th><td class="right">$2.00</td></tr></tfoot>');
  });

  it.each<Block>([
    { kind: 'title', text: '<b>&"' }, { kind: 'heading', text: '<b>&"' }, { kind: 'paragraph', text: '<b>&"' }, { kind: 'notice', text: '<b>&"' }, { kind: 'lines', lines: ['<b>&"'] },
    { kind: 'facts', rows: [['<b>&"', '<b>&"']] }, { kind: 'list', items: ['<b>&"'] }, { kind: 'table', caption: '<b>&"', columns: [{ title: '<b>&"', width: 1 }], rows: [['<b>&"']] },
  ])('shows a text of $kind as it is', (block) => {
    const page = renderHtml(documentOf(block));
    expect(page).toContain('&lt;b&gt;&amp;&quot;');
    expect(page).not.toContain('<b>');
  });

  it('is the same for the same document', () => expect(renderHtml(documentOf(TABLE))).toBe(renderHtml(documentOf(TABLE))));
});
