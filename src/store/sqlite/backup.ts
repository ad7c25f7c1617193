import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { StoreUnavailableError } from '../store.js';
import { databaseFile, openForReading } from './connection.js';
import { orUnavailable } from './protocol.js';

/** All that is left, in one step: a copy that is made in several begins anew whenever something is written between. */
const ALL_PAGES = 0x7fffffff;

/** There is a store already where one was to be made. */
export class FolderTakenError extends Error {}

/**
 * Copies the database of a store, which may be in use meanwhile, as it is at one moment, into a folder that holds none.
 * Writers go on: a reader of the write-ahead log keeps nobody waiting. A copy that is cut short is none.
 * @throws {FolderTakenError}
 * @throws {StoreUnavailableError} when there is no store, or its file or the copy is damaged
 */
export async function copyDatabase(directory: string, target: string): Promise<void> {
  const [from, to] = [databaseFile(directory), databaseFile(target)];
  if (!existsSync(from)) throw new StoreUnavailableError('failed', `There is no store in ${directory}.`);
  if (existsSync(to)) throw new FolderTakenError(`There is a store in ${target} already. Name a folder that has none.`);
  mkdirSync(target, { recursive: true });
  const part = `${to}.part`;
  rmSync(part, { force: true });
  const source = orUnavailable(() => openForReading(from));
  try {
    await source.backup(part, { progress: () => ALL_PAGES });
  } finally {
    source.close();
  }
  requireSound(part);
  for (const beside of ['-wal', '-shm']) rmSync(`${part}${beside}`, { force: true });
  renameSync(part, to);
}

/** @throws {StoreUnavailableError} when SQLite finds the file damaged. */
export function requireSound(file: string): void {
  const db = orUnavailable(() => openForReading(file));
  try {
    const found = orUnavailable(() => db.pragma('integrity_check(1)', { simple: true }));
    if (found !== 'ok') throw new StoreUnavailableError('failed', 'The database file is damaged. Restore it from a backup.');
  } finally {
    db.close();
  }
}
