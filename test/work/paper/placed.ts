import { LINE, LINES, PLACES, RIGHT, type LineName, type Place, type PlaceName } from '../../../src/work/paper/grid.js';
import { contentOf } from '../documents/pdf-text.js';

/** A text of a page where it stands in the grid of the form. */
export interface Piece {
  readonly row: number;
  readonly column: number;
  readonly text: string;
}

/** The texts of each page that stand in Courier, which only forms do; a page of other fonts has none. */
export function piecesOf(pdf: Uint8Array): Piece[][] {
  const file = Buffer.from(pdf).toString('latin1');
  const contents = [...file.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, body = '']) => contentOf(Buffer.from(body, 'latin1')));
  return contents.filter((content) => content.includes(' TJ')).map((content) => !isForm(content) ? [] :
    [...content.matchAll(/1 0 0 1 ([\d.]+) ([\d.]+) Tm\s+\/\S+ (\d+(?:\.\d+)?) Tf\s+(?:[^[\]]*?)\[(.*?)\] TJ/g)].filter(([, , , size]) => size === '12').map(([, x, y, , array = '']) => ({
      column: (Number(x) - 21.6) / 7.2 + 1, row: (792 - Number(y) - 24 - 1.5 - 7.548) / 12 + 1,
      text: [...array.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1')).join(''),
    })));
}

/** Forms have their entries in one size, and our words for the boxes in another that nothing else has. */
const isForm = (content: string): boolean => [...content.matchAll(/\/\S+ ([\d.]+) Tf/g)].every(([, size]) => size === '12' || size === '5');

/** What stands at each place of a form, and at those of each service. @throws where something stands at no place, or beyond it */
export function readForm(pieces: readonly Piece[]): { readonly entries: Readonly<Record<string, string>>; readonly lines: readonly Readonly<Record<string, string>>[] } {
  const entries: Record<string, string> = {};
  const lines: Record<string, string>[] = Array.from({ length: LINES.most }, () => ({}));
  for (const piece of pieces) {
    const place = (Object.entries(PLACES) as [PlaceName, Place][]).find(([name, at]) => stands(piece, at, RIGHT.has(name)));
    if (place) {
      entries[place[0]] = piece.text;
      continue;
    }
    const line = Math.floor((Math.round(piece.row) - LINES.first) / LINES.rows);
    const found = (Object.entries(LINE) as [LineName, Place][]).find(([name, [row, column, width]]) => stands(piece, [LINES.first + line * LINES.rows + row, column, width], RIGHT.has(name)));
    if (!found || !lines[line]) throw new Error(`${piece.text} stands at no place: row ${piece.row}, column ${piece.column}`);
    lines[line][found[0]] = piece.text;
  }
  return { entries, lines: lines.filter((line) => Object.keys(line).length > 0) };
}

function stands({ row, column, text }: Piece, [atRow, atColumn, width]: Place, isRight: boolean): boolean {
  const first = isRight ? atColumn + width - text.length : atColumn;
  return Math.abs(row - atRow) < 0.1 && Math.abs(column - first) < 0.05 && text.length <= width;
}
