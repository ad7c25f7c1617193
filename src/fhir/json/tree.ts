import { afterWhitespace, CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT } from './characters.js';
import { afterColon, afterSeparator, afterString, afterValue, keyAt } from './skip.js';

/** A member of an object, or an element of an array (`key` is '' then). */
interface Item {
  readonly key: string;
  /** The key with its quotes as it stands, and the colon with its white space. */
  readonly quoted: string;
  readonly colon: string;
  value: TextTree;
  /** What stands between this item and the next: the comma and its white space. Not written after the last item. */
  between: string;
}

interface Container {
  /** The opening bracket and the white space around it. */
  readonly open: string;
  readonly items: Item[];
  /** The closing bracket and the white space around it. */
  readonly close: string;
}

/**
 * A JSON value whose text can be changed in places: what is not touched is written byte for byte as it stood. Containers
 * are taken apart only where something looks into them. What is put in stands as the neighbours do (white space after
 * the bracket, around the colon). The text must be one that `scan` has accepted.
 */
export class TextTree {
  readonly kind: 'object' | 'array' | 'primitive';
  readonly #source: string;
  #container: Container | undefined;

  constructor(text: string) {
    const first = text.charCodeAt(afterWhitespace(text, 0));
    this.kind = first === OPEN_OBJECT ? 'object' : first === OPEN_ARRAY ? 'array' : 'primitive';
    this.#source = text;
  }

  get text(): string {
    const { items, open, close } = this.#container ?? { items: [], open: '', close: this.#source };
    let text = open;
    items.forEach(({ quoted, colon, value, between }, index) => {
      text += quoted + colon + value.text + (index < items.length - 1 ? between : '');
    });
    return text + close;
  }

  /** The members of an object by key; none otherwise. */
  get members(): ReadonlyMap<string, TextTree> {
    return new Map(this.kind === 'object' ? this.#items.map(({ key, value }) => [key, value]) : []);
  }

  /** Elements of an array; none otherwise. */
  get elements(): TextTree[] {
    return this.kind === 'array' ? this.#items.map(({ value }) => value) : [];
  }

  /** How many members or elements there are. */
  get size(): number {
    return this.#items.length;
  }

  element(index: number): TextTree | undefined {
    return this.kind === 'array' ? this.#items[index]?.value : undefined;
  }

  /** The member of an object. */
  member(key: string): TextTree | undefined {
    return this.kind === 'object' ? this.#items.find((item) => item.key === key)?.value : undefined;
  }

  /** Replaces a member where it stands, or adds it at the end. */
  setMember(key: string, value: TextTree): void {
    const items = this.#items;
    const known = items.find((item) => item.key === key);
    if (known) known.value = value;
    else this.#insert(items.length, { key, quoted: JSON.stringify(key), colon: items[0]?.colon ?? ':', value, between: '' });
  }

  removeMember(key: string): void {
    const index = this.#items.findIndex((item) => item.key === key);
    if (index >= 0) this.#items.splice(index, 1);
  }

  /** Replaces the element at an index that there is. */
  setElement(index: number, value: TextTree): void {
    const item = this.#items[index];
    if (item) item.value = value;
  }

  /** `index` at most `size`. */
  insertElement(index: number, value: TextTree): void {
    this.#insert(index, { key: '', quoted: '', colon: '', value, between: '' });
  }

  removeElement(index: number): void {
    this.#items.splice(index, 1);
  }

  #insert(index: number, item: Item): void {
    const items = this.#items;
    const separator = `,${this.#container?.open.trimStart().slice(1) ?? ''}`;
    const before = items[index - 1];
    item.between = separator;
    if (before && index === items.length) before.between = separator;
    items.splice(index, 0, item);
  }

  get #items(): Item[] {
    if (this.kind === 'primitive') return [];
    return (this.#container ??= takenApart(this.#source)).items;
  }
}

function takenApart(text: string): Container {
  const start = afterWhitespace(text, 0);
  const isObject = text.charCodeAt(start) === OPEN_OBJECT;
  const bracket = isObject ? CLOSE_OBJECT : CLOSE_ARRAY;
  const items: Item[] = [];
  let position = afterWhitespace(text, start + 1);
  const open = text.slice(0, position);
  let lastEnd = position;
  while (text.charCodeAt(position) !== bracket) {
    const keyEnd = isObject ? afterString(text, position) : position;
    const valueStart = isObject ? afterColon(text, keyEnd) : position;
    lastEnd = afterValue(text, valueStart);
    const next = afterSeparator(text, lastEnd);
    items.push({
      key: isObject ? keyAt(text, position, keyEnd) : '',
      quoted: text.slice(position, keyEnd), colon: text.slice(keyEnd, valueStart),
      value: new TextTree(text.slice(valueStart, lastEnd)), between: text.slice(lastEnd, next),
    });
    position = next;
  }
  return { open, items, close: text.slice(lastEnd) };
}
