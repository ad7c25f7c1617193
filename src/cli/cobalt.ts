#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { ConfigError } from '../config.js';
import { EXIT } from '../exit-codes.js';
import { inProject } from '../root.js';
import { StoreUnavailableError } from '../store/store.js';
import { USAGE, UsageError } from './usage.js';

/** Runs on: a server ends its process itself. */
type Command = (words: readonly string[]) => Promise<number | undefined>;

const COMMANDS: Readonly<Record<string, Command>> = {
  start: async (words) => {
    if (words.length > 0) throw new UsageError('cobalt start takes nothing: it is set by the environment.');
    await import('../main.js');
    return undefined;
  },
  migrate: async (words) => (await import('./migrate.js')).runMigrate(words),
  backup: async (words) => (await import('./backup.js')).runBackup(words),
  restore: async (words) => (await import('./backup.js')).runRestore(words),
  verify: async (words) => (await import('./backup.js')).runVerify(words),
  doctor: async (words) => (await import('./doctor.js')).runDoctor(words),
  '--help': async () => say(USAGE),
  '--version': async () => say(`${(JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { readonly version: string }).version}\n`),
};

function say(text: string): number {
  process.stdout.write(text);
  return EXIT.done;
}

async function run([name, ...words]: readonly string[]): Promise<number | undefined> {
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(name === undefined ? 'cobalt needs a command.' : 'This is not a command of cobalt.');
  return words.includes('--help') ? say(USAGE) : command(words);
}

function codeOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof ConfigError) return EXIT.config;
  return error instanceof StoreUnavailableError ? EXIT.unavailable : undefined;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const code = codeOf(error);
  if (code === undefined) throw error;
  process.stderr.write(`${(error as Error).message}\n${code === EXIT.usage ? `\n${USAGE}` : ''}`);
  process.exitCode = code;
}
