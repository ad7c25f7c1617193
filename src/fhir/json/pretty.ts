import { afterWhitespace, CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './characters.js';
import { afterString, afterValue } from './skip.js';

const STEP = '  ';

/** A JSON text with each member and element on a line of its own. Strings, numbers and literals stay as they are written. */
export function pretty(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  const newLine = (): void => void parts.push(`\n${STEP.repeat(depth)}`);
  for (let position = afterWhitespace(text, 0); position < text.length; position = afterWhitespace(text, position)) {
    const code = text.charCodeAt(position);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const inside = afterWhitespace(text, position + 1);
      const close = text.charCodeAt(inside);
      parts.push(text.charAt(position));
      position++;
      if (close === CLOSE_OBJECT || close === CLOSE_ARRAY) {
        parts.push(text.charAt(inside));
        position = inside + 1;
        continue;
      }
      depth++;
      newLine();
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--;
      newLine();
      parts.push(text.charAt(position++));
    } else if (code === COMMA) {
      parts.push(',');
      position++;
      newLine();
    } else if (code === COLON) {
      parts.push(': ');
      position++;
    } else {
      const end = code === QUOTE ? afterString(text, position) : afterValue(text, position);
      parts.push(text.slice(position, end));
      position = end;
    }
  }
  return parts.join('');
}
