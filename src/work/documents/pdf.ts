import { FONT, INK, makeRoom, MARGINS, RULE, SIZE, widthOf, type Page } from './pdf-page.js';
import { drawTable } from './pdf-table.js';
import { printable } from './printable.js';
import type { Block, PrintedDocument } from './printed.js';

const FOOTER_FROM_BELOW = 48;
const LABEL_WIDTH = 150;
const NOTICE_PADDING = 10;

/** What a PDF says of itself. */
type Described = Pick<PrintedDocument, 'title' | 'author' | 'language' | 'created'>;

/** The document as PDF. The same document gives the same bytes. */
export const renderPdf = (document: PrintedDocument): Promise<Uint8Array> => pdfOf(document, (page) => renderPages(page, document));

/** A PDF of the pages that `draw` adds; there is none before. */
export async function pdfOf({ title, author, language, created }: Described, draw: (page: Page) => void): Promise<Uint8Array> {
  const { default: PdfDocument } = await import('pdfkit');
  const page = new PdfDocument({
    size: 'LETTER', margins: MARGINS, autoFirstPage: false, bufferPages: true, lang: language, displayTitle: true, pdfVersion: '1.7',
    info: { Title: printable(title), Author: printable(author), CreationDate: created, ModDate: created },
  });
  const chunks: Uint8Array[] = [];
  const written = new Promise<void>((resolve, reject) => {
    page.on('data', (chunk: Uint8Array) => chunks.push(chunk)).on('end', resolve).on('error', reject);
  });
  page.on('pageAdded', () => page.fillColor(INK));
  draw(page);
  page.end();
  await written;
  return Buffer.concat(chunks);
}

/** Adds the pages of a document, numbered by themselves. */
export function renderPages(page: Page, document: PrintedDocument): void {
  page.addPage({ size: 'LETTER', margins: MARGINS });
  const first = page.bufferedPageRange().count - 1;
  page.font(FONT.text).fontSize(SIZE.text).fillColor(INK);
  drawLetterhead(page, document);
  for (const block of document.blocks) drawBlock(page, block);
  drawFooters(page, document, first);
}

function drawLetterhead(page: Page, { letterhead: { name, lines } }: PrintedDocument): void {
  page.font(FONT.bold).fontSize(15).text(printable(name));
  page.font(FONT.text).fontSize(SIZE.small);
  for (const line of lines) page.text(printable(line));
  const y = page.y + 6;
  page.moveTo(MARGINS.left, y).lineTo(MARGINS.left + widthOf(page), y).lineWidth(0.8).strokeColor(RULE).stroke();
  page.fontSize(SIZE.text);
  page.x = MARGINS.left;
  page.y = y + 16;
}

function drawBlock(page: Page, block: Block): void {
  page.x = MARGINS.left;
  switch (block.kind) {
    case 'title':
      page.font(FONT.bold).fontSize(SIZE.title).text(printable(block.text)).font(FONT.text).fontSize(SIZE.text);
      page.y += 8;
      break;
    case 'heading':
      makeRoom(page, 48);
      page.font(FONT.bold).fontSize(SIZE.heading).text(printable(block.text)).font(FONT.text).fontSize(SIZE.text);
      page.y += 4;
      break;
    case 'notice':
      drawNotice(page, block.text);
      break;
    case 'paragraph':
      page.text(printable(block.text), { lineGap: 1.5, paragraphGap: 4 });
      page.y += 5;
      break;
    case 'lines':
      makeRoom(page, block.lines.length * 14);
      for (const line of block.lines) page.text(printable(line) || ' ');
      page.y += 12;
      break;
    case 'facts':
      drawFacts(page, block.rows);
      break;
    case 'list':
      drawList(page, block.items);
      break;
    case 'table':
      drawTable(page, block, { left: MARGINS.left, width: widthOf(page) });
      break;
  }
}

/** In a frame, with a little room. */
function drawNotice(page: Page, notice: string): void {
  const text = printable(notice);
  const options = { width: widthOf(page) - 2 * NOTICE_PADDING, lineGap: 1.5 };
  page.font(FONT.bold);
  const height = page.heightOfString(text, options) + 2 * NOTICE_PADDING;
  makeRoom(page, height);
  const { y } = page;
  page.rect(MARGINS.left, y, widthOf(page), height).lineWidth(0.8).strokeColor(INK).stroke();
  page.text(text, MARGINS.left + NOTICE_PADDING, y + NOTICE_PADDING, options).font(FONT.text);
  page.y = y + height + 12;
}

function drawFacts(page: Page, rows: readonly (readonly [string, string])[]): void {
  for (const [label, value] of rows) {
    const text = printable(value);
    const options = { width: widthOf(page) - LABEL_WIDTH };
    makeRoom(page, page.heightOfString(text, options));
    const { y } = page;
    page.font(FONT.bold).text(printable(label), MARGINS.left, y, { width: LABEL_WIDTH - 8 }).font(FONT.text);
    const below = page.y;
    page.text(text, MARGINS.left + LABEL_WIDTH, y, options);
    page.y = Math.max(page.y, below) + 1;
  }
  page.y += 12;
}

function drawList(page: Page, items: readonly string[]): void {
  items.forEach((item, index) => {
    const text = printable(item);
    const options = { width: widthOf(page) - 20 };
    makeRoom(page, page.heightOfString(text, options));
    const { y } = page;
    page.text(`${index + 1}.`, MARGINS.left, y, { lineBreak: false });
    page.text(text, MARGINS.left + 20, y, options);
    page.y += 2;
  });
  page.y += 10;
}

function drawFooters(page: Page, { footer }: PrintedDocument, first: number): void {
  const { count } = page.bufferedPageRange();
  for (let index = first; index < count; index++) {
    page.switchToPage(index);
    // Below the margin a text would go to a page of its own.
    page.page.margins.bottom = 0;
    page.fontSize(SIZE.small).fillColor(INK).text(printable(footer(index - first + 1, count - first)), MARGINS.left, page.page.height - FOOTER_FROM_BELOW, { width: widthOf(page), align: 'center', lineBreak: false });
  }
}
