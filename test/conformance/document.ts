import { pages } from './pages.js';
import { LEVELS, type Page } from './statement.js';

/** `CONFORMANCE.md`: what of R4 is claimed, each statement with a test, and what is not. */
export const conformanceDocument = (): string =>
  [
    '# Conformance', '',
    'What Cobalt claims of FHIR R4 and what not: what each section of these pages asks of a server, in our words. Each claim has a test of its name in `test/conformance`. Made by `npm run conformance`.', '',
    ...counted(), ...Object.values(pages).flatMap(page), '',
  ].join('\n');

function counted(): string[] {
  const rows = Object.values(pages).map(({ title, statements }) => {
    const cells = LEVELS.map((level) => {
      const ofLevel = statements.filter((each) => each.level === level);
      return `${ofLevel.filter((each) => 'shown' in each).length} of ${ofLevel.length}`;
    });
    return `| ${title} | ${cells.join(' | ')} |`;
  });
  return [`| claimed | ${LEVELS.join(' | ')} |`, '|---|---|---|---|', ...rows];
}

function page({ title, url, sections, statements }: Page): string[] {
  const rows = Object.entries(sections).flatMap(([anchor, name]) =>
    statements.filter(({ section }) => section === anchor).map((statement) => {
      const claimed = 'shown' in statement ? 'yes' : `no: ${statement.notClaimed}`;
      return `| [${name}](${url}#${anchor}) | ${statement.level} | ${cell(statement.text)} | ${cell(claimed)} |`;
    }));
  return ['', `## ${title}`, '', url, '', '| section | level | statement | claimed |', '|---|---|---|---|', ...rows];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
