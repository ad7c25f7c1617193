import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json of Cobalt was not found above its own code');
  return findRoot(parent);
}

/** The project's folder, found once by its package.json, whether the code runs from `src` or from `dist/src`. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A path inside the project's folder. */
export const inProject = (...parts: string[]): string => join(projectRoot, ...parts);
