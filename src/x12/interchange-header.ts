import { X12Error } from './position.js';
import type { Delimiters } from './segment.js';

/** Characters of ISA with its terminator: the only segment of fixed length (X12.5). */
export const ISA_LENGTH = 106;

/** Lengths of ISA01 to ISA16. */
const ISA_ELEMENTS = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1] as const;

/** From this version (ISA12) on, ISA11 is the repetition separator; before, it names the standard (`U`). */
const FIRST_WITH_REPETITION = '00402';

/**
 * The delimiters that an ISA segment states.
 * @param text its 106 characters, the terminator last
 * @throws {X12Error} an element is not as long as it must be, or a delimiter can't be one
 */
export function readDelimiters(text: string, ordinal: number): Delimiters {
  const element = text.charAt(3);
  mustSeparate(element, ordinal, undefined);
  const elements = text.slice(0, ISA_LENGTH - 1).split(element);
  ISA_ELEMENTS.forEach((length, index) => {
    const found = elements[index + 1]?.length ?? 0;
    if (found !== length) {
      throw new X12Error('x12-interchange', { segment: ordinal, id: 'ISA', element: index + 1 }, `the element has ${found} characters and must have ${length}: ISA is ${ISA_LENGTH} characters long, blanks included`);
    }
  });
  const component = text.charAt(104);
  const segment = text.charAt(105);
  mustSeparate(component, ordinal, 16);
  mustSeparate(segment, ordinal, undefined);
  const stated = elements[11] ?? '';
  const repetition = (elements[12] ?? '') >= FIRST_WITH_REPETITION && !/[A-Za-z0-9 ]/.test(stated) ? stated : undefined;
  const all = [element, component, segment, ...(repetition === undefined ? [] : [repetition])];
  if (new Set(all).size < all.length) throw new X12Error('x12-interchange', { segment: ordinal, id: 'ISA' }, 'two delimiters are the same character');
  return { element, component, repetition, segment };
}

function mustSeparate(character: string, ordinal: number, element: number | undefined): void {
  if (character === '' || /[A-Za-z0-9 ]/.test(character)) {
    throw new X12Error('x12-interchange', { segment: ordinal, id: 'ISA', element }, 'a delimiter must be neither letter, digit nor blank: ISA is not 106 characters long, or cut off');
  }
}
