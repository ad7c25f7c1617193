/** After every text that begins with a prefix stands this (UTF-8 bytes compare as code points do). */
export const endOf = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** A URI's levels end at slashes, an OID's or another URN's at dots and colons. */
const separatorsOf = (uri: string): readonly string[] => (uri.startsWith('urn:') ? ['.', ':'] : ['/']);

/** What every URI below this one begins with: one of these. */
export const beginningsBelow = (uri: string): readonly string[] => separatorsOf(uri).map((mark) => (uri.endsWith(mark) ? uri : uri + mark));

/** The URI and all above it, each with and without its last separator. */
export function ancestorsOf(uri: string): string[] {
  const separators = separatorsOf(uri);
  const ancestors = [uri];
  for (let end = uri.length - 1; end > 0; end--) {
    if (separators.includes(uri.charAt(end))) ancestors.push(uri.slice(0, end), uri.slice(0, end + 1));
  }
  return ancestors;
}
