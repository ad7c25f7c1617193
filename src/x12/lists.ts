/** Lists of a remittance: a file has millions, most of them with nothing or one thing in it. */

/** Of nothing, for all. */
export const NONE: never[] = [];

/** The list with one more. The first three make an array of their own size each: `push` would make room for seventeen. */
export function added<T>(list: T[], one: T): T[] {
  const first = list[0] as T;
  const second = list[1] as T;
  switch (list.length) {
    case 0:
      return [one];
    case 1:
      return [first, one];
    case 2:
      return [first, second, one];
    default:
      list.push(one);
      return list;
  }
}

/** The list with all of another. */
export function joined<T>(list: T[], more: T[]): T[] {
  if (list.length === 0) return more;
  let all = list;
  for (const one of more) all = added(all, one);
  return all;
}
