import type { Level, Page } from './statement.js';
import { bundle } from './statements/bundle.js';
import { http } from './statements/http.js';
import { search } from './statements/search.js';

export const pages: readonly Page[] = [http, search, bundle];
const LEVELS: readonly Level[] = ['must', 'should', 'may'];

/** `CONFORMANCE.md`: what of R4 is claimed, each statement with a test, and what is not. */
export const conformanceDocument = (): string =>
  ['# Conformance', '', 'What Cobalt claims of FHIR R4 and what not. Each claim has a test of its name in `test/conformance`. Made by `npm run conformance`.', ...pages.flatMap(section), ''].join('\n');

function section({ title, url, statements }: Page): string[] {
  const rows = LEVELS.flatMap((level) => statements.filter((each) => each.level === level)).map((statement) => {
    const claimed = 'shown' in statement ? 'yes' : `no: ${statement.notClaimed}`;
    return `| [${statement.section}](${url}#${statement.section}) | ${statement.level} | ${statement.text} | ${claimed} |`;
  });
  return ['', `## ${title}`, '', url, '', '| section | level | statement | claimed |', '|---|---|---|---|', ...rows];
}
