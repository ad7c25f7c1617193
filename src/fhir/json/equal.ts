import type { TextTree } from './tree.js';

/** Whether two JSON values are equal as RFC 6902 §4.6 says: objects in any order, numbers by their value, to the last digit. */
export function equalJson(a: TextTree, b: TextTree): boolean {
  if (a.kind !== b.kind || a.size !== b.size) return false;
  if (a.kind === 'array') {
    return a.elements.every((element, index) => equalTo(element, b.element(index)));
  }
  if (a.kind === 'object') {
    const others = b.members;
    return [...a.members].every(([key, member]) => equalTo(member, others.get(key)));
  }
  return a.text === b.text || equalPrimitives(a.text, b.text);
}

const equalTo = (a: TextTree, b: TextTree | undefined): boolean => b !== undefined && equalJson(a, b);

function equalPrimitives(a: string, b: string): boolean {
  const [x, y] = [JSON.parse(a) as unknown, JSON.parse(b) as unknown];
  return x === y && (typeof x !== 'number' || canonicalNumber(a) === canonicalNumber(b));
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** `100`, `1e2` and `100.0` as the same text: sign, digits without zeros at the ends, power of ten. */
function canonicalNumber(lexeme: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(lexeme) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '0' : `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
