import { expect } from 'vitest';
import type { Answer, TestServer, TestServerOptions } from '../http/server.js';
import { startTestServer } from '../http/server.js';
import type { Shown } from './statement.js';

/** A resource as a statement states it; the type may be left to the function that stores it. */
export interface Stored {
  readonly id: string;
  readonly [element: string]: unknown;
}

/** Stores resources under ids that no other statement uses. */
export async function hold(server: TestServer, ...resources: readonly Stored[]): Promise<void> {
  for (const resource of resources) {
    const { status, text } = await server.put(`${String(resource['resourceType'])}/${resource.id}`, resource);
    expect([resource.id, status, text]).toEqual([resource.id, 201, text]);
  }
}

interface SearchEntry {
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
}

const entries = ({ status, body, text }: Answer): readonly SearchEntry[] => {
  expect([status, text]).toEqual([200, text]);
  return body.entry ?? [];
};

/** The ids of the matches of a searchset, in its order. */
export const matches = (answer: Answer): string[] => entries(answer).filter(({ search }) => search.mode === 'match').map(({ resource }) => resource.id);
/** `Type/id` of what a searchset includes, sorted. */
export const included = (answer: Answer): string[] => entries(answer).filter(({ search }) => search.mode === 'include').map(({ resource }) => `${resource.resourceType}/${resource.id}`).sort();

/** What each question (a query without `?`) finds among some resources of a type: their ids, sorted. */
export type Questions = Readonly<Record<string, readonly string[]>>;

/** Stores the resources and asks each question among them alone. */
export const selects = (type: string, resources: readonly Stored[], questions: Questions): Shown => async (server) => {
  await hold(server, ...resources.map((resource) => ({ resourceType: type, ...resource })));
  const answers: Record<string, readonly string[]> = {};
  for (const question of Object.keys(questions)) answers[question] = matches(await server.get(`${type}?_id=${resources.map(({ id }) => id).join(',')}&${question}`)).sort();
  expect(answers).toEqual(questions);
};

/** The statuses of a Bundle's entries. */
export const statuses = ({ body, text }: Answer): string[] => {
  expect([body?.resourceType, text]).toEqual(['Bundle', text]);
  return body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));
};

export const statusOf = async (answer: Promise<Answer>): Promise<number> => (await answer).status;

/** A refusal: its status, with an OperationOutcome that says why. */
export function refused(answer: Answer, status: number): void {
  expect([answer.status, answer.body?.resourceType, answer.text]).toEqual([status, 'OperationOutcome', answer.text]);
  expect(answer.body.issue[0].details.text).not.toBe('');
}

/** For what depends on how the server is set up: a server of its own. */
export const onServer = (options: TestServerOptions, shown: Shown): Shown => async () => {
  const server = await startTestServer({ operations: 'none', ...options });
  try {
    await shown(server);
  } finally {
    await server.close();
  }
};
