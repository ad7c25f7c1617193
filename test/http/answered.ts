import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditEvent } from 'fhir/r4.js';
import type { Cursor, Store } from '../../src/store/store.js';

/** The file of a run in which the counts of all servers are added up (`answered-in-all.ts`). */
export const TALLY = 'COBALT_TEST_ANSWERED';

function tally(what: string, count: number): void {
  const file = process.env[TALLY];
  if (file !== undefined) appendFileSync(file, `${what} ${count}\n`);
}

const PAGE = 1_000;
const SANE_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** The answers that a server gave under `/fhir`, each of which must have its AuditEvent: of its request, with its outcome. */
export class Answered {
  readonly #counts: boolean;
  readonly #answers: { readonly what: string; readonly requestId: string; readonly status: number }[] = [];

  constructor(counts: boolean) {
    this.#counts = counts;
    tally(counts ? 'begun' : 'uncounted', 1);
  }

  /** Requests come by the id that they have, or are given one. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    if (!/^\/fhir(\/|$)/.test(path) || /^\/fhir\/\.well-known\//.test(path) || request.method === 'OPTIONS') return;
    const requestId = (request.headers['x-request-id'] ??= randomUUID());
    if (typeof requestId !== 'string' || !SANE_ID.test(requestId)) return;
    response.once('finish', () => {
      const { statusCode: status } = response;
      if (/^\/fhir\/metadata\/?$/.test(path) && status < 400) return;
      this.#answers.push({ what: `${request.method ?? ''} ${path} ${status}`, requestId, status });
    });
  }

  /** What was answered without one. */
  async withoutAuditEvent(store: Pick<Store, 'search'>): Promise<string[]> {
    if (!this.#counts) return [];
    const recorded = new Set<string>();
    for await (const event of auditEvents(store)) for (const id of requestIdsOf(event)) recorded.add(`${id} ${event.outcome ?? ''}`);
    const unrecorded = this.#answers.filter(({ requestId, status }) => !recorded.has(`${requestId} ${outcomeOf(status)}`)).map(({ what }) => what);
    tally('counted', 1);
    tally('answers', this.#answers.length);
    tally('unrecorded', unrecorded.length);
    return unrecorded;
  }
}

export const outcomeOf = (status: number): string => (status < 400 ? '0' : status < 500 ? '4' : '8');

export const requestIdsOf = ({ entity = [] }: AuditEvent): string[] =>
  entity.flatMap(({ type, what }) => (type?.code === 'XrequestId' && what?.identifier?.value !== undefined ? [what.identifier.value] : []));

/** All that is recorded, in no order. */
export async function* auditEvents(store: Pick<Store, 'search'>): AsyncGenerator<AuditEvent> {
  let cursor: Cursor | undefined;
  do {
    const page = await store.search({ types: ['AuditEvent'], where: { op: 'all' }, sort: [], count: PAGE, total: 'none', includes: [], ...(cursor ? { cursor } : {}) });
    for (const { body } of page.matches) yield JSON.parse(Buffer.from(body).toString('utf8')) as AuditEvent;
    cursor = page.next;
  } while (cursor);
}
