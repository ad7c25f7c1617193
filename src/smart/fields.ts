import { isIP } from 'node:net';

/** A setting is not as it should be; the message says what, and shows no value: there are secrets among them. */
export class IssuersError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

/** The items of a setting that is a JSON array. `what`: one of them, in a word. @throws {IssuersError} */
export function listIn(text: string, what: string): readonly unknown[] {
  const list = parsed(text);
  if (!Array.isArray(list) || list.length === 0) throw new IssuersError(`it is a JSON array with at least one ${what}`);
  return list;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IssuersError('it is no JSON');
  }
}

/** Some algorithms of those that are known; undefined: not stated. @throws {IssuersError} */
export function algorithmsIn<T extends string>(value: unknown, known: readonly T[], at: string): readonly T[] | undefined {
  if (value === undefined) return undefined;
  const given: unknown[] = Array.isArray(value) ? value : [];
  const found = given.map((each) => known.find((algorithm) => algorithm === each));
  if (given.length === 0 || found.includes(undefined)) throw new IssuersError(`${at}: algorithms is a list of ${known.join(', ')}`);
  return found.filter((algorithm) => algorithm !== undefined);
}

export function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new IssuersError(`${at} is a JSON object`);
  return value as Fields;
}

export function mustBeKnown(fields: Fields, known: ReadonlySet<string>, at: string): void {
  if (!Object.keys(fields).every((name) => known.has(name))) throw new IssuersError(`${at} has ${[...known].join(', ')}, and nothing else`);
}

export function filled(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new IssuersError(`${at} must be a text`);
  return value;
}

/** An https URL, or an http one of this machine; as it was written. */
export function address(value: unknown, at: string): string {
  const text = filled(value, at);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isOwnMachine(url));
  if (!url || !isSafe || url.username !== '' || url.password !== '' || url.hash !== '') throw new IssuersError(`${at} must be an https address; http only on this machine`);
  return text;
}

const isOwnMachine = ({ hostname }: URL): boolean => hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
