/** Parts of `text` between unescaped separators; what is escaped stays so (R4 §3.1.1.4.19). */
export function splitUnescaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** What a client meant by an escaped value. */
export const unescaped = (text: string): string => text.replace(/\\([\\,|$])/g, '$1');

/** A value as a client states it in a search: nothing in it separates anything (R4 §3.1.1.4.19), nor ends the parameter. */
export const escaped = (text: string): string => encodeURIComponent(text.replace(/[\\,|$]/g, '\\$&'));
