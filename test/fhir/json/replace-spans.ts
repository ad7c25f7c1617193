/** A text with parts of it replaced, made without the code that the tests hold to it: from the last to the first, so that earlier places stay; of two that insert at one place, the later goes behind. */
export const replaceSpans = (text: string, edits: readonly { readonly start: number; readonly end: number; readonly text: string }[]): string =>
  [...edits].map((edit, index) => ({ ...edit, index })).sort((a, b) => b.start - a.start || b.index - a.index).reduce((left, { start, end, text: part }) => left.slice(0, start) + part + left.slice(end), text);
