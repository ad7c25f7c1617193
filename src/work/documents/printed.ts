/** A letter or a statement as it is to be printed: what stands on it, in order, without its layout. Texts are plain. */
export interface PrintedDocument {
  readonly title: string;
  readonly author: string;
  /** BCP 47. */
  readonly language: string;
  readonly created: Date;
  /** Who writes: the name, and what stands under it. */
  readonly letterhead: { readonly name: string; readonly lines: readonly string[] };
  readonly blocks: readonly Block[];
  /** Stands at the foot of every page, with the page's number. */
  readonly footer: (page: number, pages: number) => string;
}

export type Block =
  /** `title`: what the whole document is, once; `notice`: a paragraph that is set off. */
  | { readonly kind: 'title' | 'heading' | 'paragraph' | 'notice'; readonly text: string }
  /** Lines without space between them: an address, a signature. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  /** A label and its value a row. */
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: string, value: string])[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | Table;

export interface Table {
  readonly kind: 'table';
  /** What its rows are, where that stands on the table itself. */
  readonly caption?: string;
  readonly columns: readonly Column[];
  /** A cell a column. */
  readonly rows: readonly (readonly string[])[];
  /** The last row, set off. */
  readonly total?: readonly string[];
}

export interface Column {
  readonly title: string;
  /** Share of the width of the page, all together 1. */
  readonly width: number;
  readonly align?: 'left' | 'right';
}
