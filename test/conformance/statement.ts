import { afterAll, beforeAll, describe, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';

export type Level = 'must' | 'should' | 'may';

/** What a page of R4 says of servers, in our words, and how we show that it holds here, or why we don't claim it. */
export type Statement = {
  /** The section's anchor on its page: `vread` is `http.html#vread`. */
  readonly section: string;
  readonly level: Level;
  readonly text: string;
} & ({ readonly shown: (server: TestServer) => Promise<void> } | { readonly notClaimed: string });

export interface Page {
  readonly title: string;
  readonly url: string;
  readonly statements: readonly Statement[];
}

/** One test for each statement of a page at a level that is claimed. */
export function show(level: Level, { title, statements }: Page): void {
  describe(`${title}: ${level}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer({ operations: 'none' });
    });
    afterAll(() => server.close());
    for (const statement of statements) {
      if (statement.level === level && 'shown' in statement) it(`#${statement.section} ${statement.text}`, () => statement.shown(server));
    }
  });
}
