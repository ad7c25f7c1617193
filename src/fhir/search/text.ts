const ASCII = /^[\x20-\x7e]*$/;

/** Text as strings are compared (R4 §3.1.1.4.8): lower case, without accents, every run of white space one space. */
export function normalise(text: string): string {
  const plain = ASCII.test(text) ? text : text.normalize('NFD').replace(/\p{M}+/gu, '');
  return plain.toLowerCase().replace(/\s+/g, ' ').trim();
}

const SOUNDEX: Readonly<Record<string, string>> = Object.fromEntries(
  [['bfpv', '1'], ['cgjkqsxz', '2'], ['dt', '3'], ['l', '4'], ['mn', '5'], ['r', '6']].flatMap(([letters = '', digit = '']) =>
    [...letters].map((letter) => [letter, digit])),
);

/**
 * The sound of each word: American Soundex (National Archives, General Information Leaflet 55), e.g. `r163` for Robert.
 * A word without Latin letters has none.
 */
export function soundsOf(text: string): string[] {
  return normalise(text).split(' ').flatMap((word) => soundex(word.replace(/[^a-z]/g, '')) ?? []);
}

function soundex(word: string): string | undefined {
  const first = word[0];
  if (!first) return undefined;
  let code = first;
  let last = SOUNDEX[first] ?? '';
  for (const letter of word.slice(1)) {
    const digit = SOUNDEX[letter] ?? '';
    if (digit && digit !== last) code += digit;
    // H and W do not part letters of one sound; vowels do.
    if (letter !== 'h' && letter !== 'w') last = digit;
    if (code.length === 4) break;
  }
  return code.padEnd(4, '0');
}
