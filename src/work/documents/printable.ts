/** Windows-1252 beyond Latin-1: with it, what the PDF standard fonts can show (ISO 32000-1 Annex D.2). */
const BEYOND_LATIN_1: ReadonlySet<string> = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

/** What has no accent to take off, and what comes closest to it. */
const CLOSEST: Readonly<Record<string, string>> = { ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ħ: 'h', ı: 'i', '−': '-', '→': '->', '≥': '>=', '≤': '<=', '\t': ' ' };

/** A text in the characters of the PDF standard fonts: others lose their accents, and what is left of other scripts is a question mark. */
export const printable = (text: string): string => [...text.normalize('NFC').replaceAll('\r\n', '\n')].map(shown).join('');

function shown(character: string): string {
  if (isShown(character)) return character;
  const plain = CLOSEST[character] ?? character.normalize('NFKD').replace(/\p{M}/gu, '');
  return plain !== '' && [...plain].every(isShown) ? plain : /\p{C}|\p{M}/u.test(character) ? '' : '?';
}

const isShown = (character: string): boolean =>
  character === '\n' || (character >= ' ' && character <= '~') || (character >= '\u00a0' && character <= 'ÿ') || BEYOND_LATIN_1.has(character);
