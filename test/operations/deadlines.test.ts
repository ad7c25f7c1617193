import { readFileSync } from 'node:fs';
import type { Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handle } from '../../operations/deadlines/handler.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import { checkDeadlines, type DeadlineExpectation } from '../cases/expect-deadlines.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/deadlines'), handle)) });
});
afterAll(() => server.close());

const cases = JSON.parse(readFileSync(inProject('test/cases/deadlines.json'), 'utf8')) as { id: string; title: string; operation: string; body: Parameters; expect: DeadlineExpectation }[];

describe('$deadlines meets every case of deadlines.json', () => {
  test.each(cases.map((one) => [`${one.id} ${one.title}`, one] as const))('%s', async (_name, one) => {
    const answer = await server.post(one.operation, one.body);
    expect(answer.status).toBe(200);
    expect(checkDeadlines(one.expect, answer.body as Parameters)).toEqual([]);
  });
});

describe('what it refuses', () => {
  test.each<[string, ParametersParameter[], RegExp, RegExp]>([
    ['nothing to count from', [{ name: 'payerKind', valueCode: 'medicare' }], /No deadline is known/, /^Parameters$/],
    ['a month', [{ name: 'payerKind', valueCode: 'medicare' }, { name: 'serviceDate', valueDate: '2026-03' }], /serviceDate must be a whole date/, /^Parameters\.parameter\[1\]\.value$/],
  ])('%s', async (_name, parameter, text, expression) => {
    const answer = await server.post('Claim/$deadlines', { resourceType: 'Parameters', parameter });
    expect(answer.status).toBe(422);
    expect(issuesOf(answer)[0]?.details?.text).toMatch(text);
    expect(issuesOf(answer)[0]?.expression?.[0]).toMatch(expression);
  });
});
