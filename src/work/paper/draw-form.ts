import { FONT, INK, RULE, type Page } from '../documents/pdf-page.js';
import type { FilledForm } from './form.js';
import { BOXES, LINE, LINES, PLACES, RIGHT, type LineName, type Place, type PlaceName } from './grid.js';

/** What is drawn of a form: the entries alone, for a form that is printed already, or with plain boxes of our own around them, to look at. */
export type FormStyle = 'overlay' | 'boxes';

/** Ten characters and six lines an inch, in points; where the first of them stands on a page of US Letter. */
const GRID = { column: 7.2, row: 12, left: 21.6, top: 24 } as const;
/** Courier has ten characters an inch at this size. */
const TYPE = { font: 'Courier', size: 12 } as const;
const WORDS_SIZE = 5;

/** Draws a form on the present page. */
export function drawForm(page: Page, { entries, lines }: FilledForm, style: FormStyle): void {
  if (style === 'boxes') drawBoxes(page);
  page.font(TYPE.font).fontSize(TYPE.size).fillColor(INK);
  for (const [name, text] of Object.entries(entries) as [PlaceName, string][]) put(page, text, PLACES[name], RIGHT.has(name));
  lines.forEach((line, index) => {
    for (const [name, text] of Object.entries(line) as [LineName, string][]) {
      const [row, column, width] = LINE[name];
      put(page, text, [LINES.first + index * LINES.rows + row, column, width], RIGHT.has(name));
    }
  });
}

function put(page: Page, text: string, [row, column, width]: Place, isRight: boolean): void {
  const first = column + (isRight ? width - text.length : 0);
  page.text(text, xOf(first), yOf(row) + 1.5, { lineBreak: false });
}

function drawBoxes(page: Page): void {
  page.font(FONT.text).fontSize(WORDS_SIZE).lineWidth(0.4);
  page.fillColor(INK).strokeColor(RULE);
  for (const { item, words, place: [row, column, rows, columns], isBelow = false } of BOXES) {
    page.rect(xOf(column) - 1.5, yOf(row), columns * GRID.column - 1, rows * GRID.row).stroke();
    page.text([item, words].filter((part) => part !== '').join(' '), xOf(column), yOf(row) + (isBelow ? GRID.row + 4 : 1.5), { lineBreak: false });
  }
  for (const [name, [row, column, width]] of Object.entries(PLACES)) {
    if (width === 1) page.text(name.replace(/^\w+-/, ''), xOf(column + 1) + 1, yOf(row) + 5, { lineBreak: false });
    if (name.endsWith('-cents')) parting(page, row, column);
    if (/^21[A-L]$/.test(name)) page.text(name.slice(2), xOf(column - 1), yOf(row) + 5, { lineBreak: false });
  }
  for (let line = 0; line < LINES.most; line++) parting(page, LINES.first + line * LINES.rows + LINE.cents[0], LINE.cents[1]);
}

/** The line between dollars and cents. */
const parting = (page: Page, row: number, column: number): Page => page.moveTo(xOf(column) - 0.3, yOf(row)).lineTo(xOf(column) - 0.3, yOf(row) + GRID.row).stroke();

const xOf = (column: number): number => GRID.left + (column - 1) * GRID.column;
const yOf = (row: number): number => GRID.top + (row - 1) * GRID.row;
