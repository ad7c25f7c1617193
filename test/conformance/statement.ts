import { afterAll, beforeAll, describe, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';

export const LEVELS = ['must', 'should', 'may'] as const;
export type Level = (typeof LEVELS)[number];
export type Shown = (server: TestServer) => Promise<void>;

/** What a page of R4 says of servers, in our words, and how we show that it holds here, or why we don't claim it. */
export type Statement<Section extends string = string> = {
  /** The section's anchor on its page: `vread` is `http.html#vread`. */
  readonly section: Section;
  readonly level: Level;
  readonly text: string;
} & ({ readonly shown: Shown } | { readonly notClaimed: string });

export interface Page<Section extends string = string> {
  readonly title: string;
  readonly url: string;
  /** The number and title of each section by its anchor, in the page's order. */
  readonly sections: Readonly<Record<Section, string>>;
  /** Sections that ask nothing of a server: definitions, hints to clients. */
  readonly withoutStatements: readonly Section[];
  readonly statements: readonly Statement<Section>[];
}

/** One test for each statement of a page at a level that is claimed. */
export function show(level: Level, { title, sections, statements }: Page): void {
  describe(`${title}: ${level}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer({ operations: 'none' });
    });
    afterAll(() => server.close());
    for (const statement of statements) {
      if (statement.level === level && 'shown' in statement) it(`${sections[statement.section]}: ${statement.text}`, () => statement.shown(server));
    }
  });
}
