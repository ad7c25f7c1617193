export type Value = string | number | null | Uint8Array;

/** A piece of SQL with its parameters in the order of their question marks. */
export interface Sql {
  readonly text: string;
  readonly values: readonly Value[];
}

/** Tagged template: a piece of SQL is put in as it is, every other value becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Sql | Value)[]): Sql {
  let text = strings[0] ?? '';
  const values: Value[] = [];
  parts.forEach((part, i) => {
    if (isSql(part)) {
      text += part.text;
      values.push(...part.values);
    } else {
      text += '?';
      values.push(part);
    }
    text += strings[i + 1] ?? '';
  });
  return { text, values };
}

/** A name of ours (table, column, alias); never anything that came from outside. */
export const name = (text: string): Sql => ({ text, values: [] });

export const TRUE = name('1');
export const FALSE = name('0');

/** `a AND b AND c`, halved again and again, so that long lists stay below SQLite's limit on the depth of an expression. */
export function combine(list: readonly Sql[], operator: 'AND' | 'OR'): Sql {
  const [first] = list;
  if (first === undefined) return operator === 'AND' ? TRUE : FALSE;
  if (list.length === 1) return first;
  const half = list.length >> 1;
  return sql`(${combine(list.slice(0, half), operator)} ${name(operator)} ${combine(list.slice(half), operator)})`;
}

/** Pieces one after the other. */
export function join(list: readonly Sql[], separator: string): Sql {
  return { text: list.map((piece) => piece.text).join(separator), values: list.flatMap((piece) => piece.values) };
}

/** Membership in a list of any length with one parameter, so that the text (and its prepared statement) stays the same. */
export const within = (column: Sql, list: readonly (string | number)[]): Sql =>
  list.length === 1 && list[0] !== undefined ? sql`${column} = ${list[0]}` : sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(list)}))`;

const isSql = (part: Sql | Value): part is Sql => typeof part === 'object' && part !== null && 'text' in part;
