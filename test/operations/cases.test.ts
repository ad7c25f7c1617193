import { readFileSync } from 'node:fs';
import type { Bundle, Parameters } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { checkDerive, type DeriveExpectation } from '../cases/expect-derive.js';
import { checkMoney, type MoneyExpectation } from '../cases/expect-money.js';
import { checkOrder, type ExpectedOrder } from '../cases/expect-order.js';
import { startTestServer, type TestServer } from '../http/server.js';

/** The worked cases with cited answers, each as one request to an empty server. */
interface Case {
  readonly id: string;
  readonly title: string;
  readonly operation: string;
  readonly body: Parameters;
  readonly expect: unknown;
}

const suites: [file: string, check: (expected: unknown, answer: Parameters) => string[]][] = [
  ['ordering', (expected, answer) => checkOrder(expected as ExpectedOrder, answer)],
  ['money', (expected, answer) => checkMoney(expected as MoneyExpectation, answer)],
  ['derive', (expected, answer) => checkDerive(expected as DeriveExpectation, answer)],
];

describe('the worked cases over HTTP', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    const counts = await Promise.all(['Patient', 'Coverage', 'Claim', 'ClaimResponse', 'Task', 'Provenance'].map((type) => server.get(`${type}?_count=0&_total=accurate`)));
    expect(counts.map(({ body }) => (body as Bundle).total)).toEqual([0, 0, 0, 0, 0, 0]);
    await server.close();
  });

  describe.each(suites)('%s', (file, check) => {
    const cases = JSON.parse(readFileSync(inProject('test/cases', `${file}.json`), 'utf8')) as Case[];
    it.each(cases)('$id $title', async ({ operation, body, expect: expected }) => {
      const answer = await server.post(operation, body);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
      expect(check(expected, answer.body as Parameters)).toEqual([]);
    });
  });
});
