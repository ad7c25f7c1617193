import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isMongoUrl, type StoreAddress } from '../store/open.js';
import { UsageError } from './usage.js';

/**
 * The values of a command's options, all of which it needs. The message of an unknown option would repeat what was typed,
 * which may be an address with a password.
 * @throws {UsageError}
 */
export function optionsIn<Name extends string>(words: readonly string[], command: string, form: Readonly<Record<Name, string>>): Readonly<Record<Name, string>> {
  const names = Object.keys(form) as Name[];
  const said = names.map((name) => `--${name} ${form[name]}`).join(' and ');
  const values = parsed(words, names);
  if (!values) throw new UsageError(`cobalt ${command} takes ${said}, and nothing else.`);
  if (names.some((name) => values[name] === undefined)) throw new UsageError(`cobalt ${command} needs ${said}.`);
  return values as Readonly<Record<Name, string>>;
}

function parsed(words: readonly string[], names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseArgs({ args: [...words], options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])) }).values;
  } catch {
    return undefined;
  }
}

/** @throws {UsageError} */
export function addressOf(option: string, text: string): StoreAddress {
  if (isMongoUrl(text)) return { kind: 'mongo', url: text };
  const directory = /^sqlite:(.+)$/.exec(text)?.[1];
  if (directory === undefined) throw new UsageError(`${option} must be sqlite:FOLDER or the address of a MongoDB database, mongodb://HOST/DATABASE.`);
  return { kind: 'sqlite', directory: resolve(directory) };
}

/** The folder of an embedded store. @throws {UsageError} */
export function folderOf(option: string, text: string): string {
  const address = addressOf(option, text);
  if (address.kind === 'mongo') throw new UsageError(`${option} must be sqlite:FOLDER: a MongoDB is backed up with its own tools, or copied by cobalt migrate.`);
  return address.directory;
}
