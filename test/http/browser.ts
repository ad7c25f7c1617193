import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A Chromium on the path, under one of the names that systems install it by. */
export const chromiumPath = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** Says that tests are left out, where there is none. */
export function tellWithoutBrowser(what: string): void {
  if (!chromiumPath) console.log(`skipped: ${what} in a browser, since no Chromium is on the path`);
}
