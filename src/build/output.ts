import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a file of `dist/generated` in one step, so that a server that starts meanwhile reads the old or the new one. */
export function writeGenerated(outDir: string, name: string, content: string): void {
  const unfinished = join(outDir, `.${name}.${process.pid}`);
  writeFileSync(unfinished, content);
  renameSync(unfinished, join(outDir, name));
}
