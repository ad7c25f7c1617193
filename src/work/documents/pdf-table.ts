import { FONT, makeRoom, RULE, SIZE, type Page } from './pdf-page.js';
import { printable } from './printable.js';
import type { Table } from './printed.js';

const PADDING = { x: 4, y: 4 } as const;

/** Draws a table over the width that is given; a row is never cut, and a page that it goes on to begins with the titles. */
export function drawTable(page: Page, { caption, columns, rows, total }: Table, place: { readonly left: number; readonly width: number }): void {
  page.fontSize(SIZE.small);
  const draw = (cells: readonly string[], font: string): void => {
    page.font(font);
    const texts = columns.map((_, index) => printable(cells[index] ?? ''));
    const widths = columns.map(({ width }) => width * place.width - 2 * PADDING.x);
    const height = Math.max(...texts.map((text, index) => page.heightOfString(text || ' ', { width: widths[index] ?? 0 }))) + 2 * PADDING.y;
    const top = page.y;
    makeRoom(page, height);
    if (page.y !== top && font !== FONT.bold) {
      draw(columns.map(({ title }) => title), FONT.bold);
      page.font(font);
    }
    const { y } = page;
    let x = place.left;
    columns.forEach(({ width, align = 'left' }, index) => {
      page.text(texts[index] ?? '', x + PADDING.x, y + PADDING.y, { width: widths[index] ?? 0, align });
      x += width * place.width;
    });
    page.moveTo(place.left, y + height).lineTo(place.left + place.width, y + height).lineWidth(0.5).strokeColor(RULE).stroke();
    page.y = y + height;
  };
  if (caption !== undefined) drawCaption(page, caption, place.left);
  draw(columns.map(({ title }) => title), FONT.bold);
  for (const row of rows) draw(row, FONT.text);
  if (total) draw(total, FONT.bold);
  page.font(FONT.text).fontSize(SIZE.text);
  page.x = place.left;
  page.y += 12;
}

/** It never stands alone at the foot of a page. */
function drawCaption(page: Page, caption: string, left: number): void {
  makeRoom(page, 60);
  page.font(FONT.bold).fontSize(SIZE.text).text(printable(caption), left).fontSize(SIZE.small);
  page.y += 2;
}
