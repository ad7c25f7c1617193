/** A JSON value whose primitives are their texts, so that digits and escapes can be compared: `{ a: '1.10', b: '"x"' }`. */
export type Lexemes = string | Lexemes[] | { [key: string]: Lexemes };

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const PRIMITIVE = new RegExp(String.raw`${STRING}(\s*:)?|-?\d[\d.eE+-]*|true|false|null`, 'g');

export const lexemesOf = (text: string): Lexemes => JSON.parse(text.replace(PRIMITIVE, (lexeme, colon?: string) => (colon === undefined ? JSON.stringify(lexeme) : lexeme))) as Lexemes;

export function lexemesText(value: Lexemes): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(lexemesText).join(',')}]`;
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${lexemesText(member)}`).join(',')}}`;
}

/** The paths of all values inside. */
export function pathsIn(value: Lexemes, path: readonly string[] = []): (readonly string[])[] {
  const below = typeof value === 'string' ? [] : Object.entries(value).flatMap(([key, member]) => pathsIn(member, [...path, key]));
  return [path, ...below];
}
