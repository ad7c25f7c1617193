import type PdfDocument from 'pdfkit';

/** A page as pdfkit draws it. */
export type Page = InstanceType<typeof PdfDocument>;

export const FONT = { text: 'Helvetica', bold: 'Helvetica-Bold' } as const;
export const SIZE = { title: 15, heading: 12, text: 10.5, small: 9 } as const;
export const INK = '#1f2933';
export const RULE = '#9aa5b1';

/** US Letter, an inch at the sides; points. */
export const MARGINS = { top: 60, bottom: 66, left: 72, right: 72 } as const;

/** The width between the margins. */
export const widthOf = (page: Page): number => page.page.width - MARGINS.left - MARGINS.right;

/** Goes to the next page where less than `height` is left on this one. */
export function makeRoom(page: Page, height: number): void {
  if (page.y + height > page.page.height - MARGINS.bottom) page.addPage();
}
