import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
});
afterAll(() => server.close());

const nested = (depth: number): string => `{"resourceType":"Patient","extension":${'[{"url":"u","extension":'.repeat(depth)}[]${'}]'.repeat(depth)}}`;
const bytes = (...parts: (string | number[])[]): Buffer => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

describe('a create that is refused', () => {
  it.each<[string, string | Buffer, number, string | undefined]>([
    ['an empty body', '', 400, undefined],
    ['blanks', '  \n', 400, undefined],
    ['no JSON', 'hello', 400, undefined],
    ['half a JSON', '{"resourceType":"Patient"', 400, undefined],
    ['two JSONs', '{"resourceType":"Patient"}{}', 400, undefined],
    ['an array', '[{"resourceType":"Patient"}]', 400, undefined],
    ['null', 'null', 400, undefined],
    ['no resourceType', '{"gender":"male"}', 400, undefined],
    ['a resourceType that is none', '{"resourceType":"Patiens"}', 400, undefined],
    ['a resourceType that is no string', '{"resourceType":{"a":1}}', 400, undefined],
    ['another type than the URL', '{"resourceType":"Practitioner"}', 400, 'Practitioner'],
    ['a wrong type', '{"resourceType":"Patient","active":"yes"}', 400, 'Patient.active'],
    ['an unknown element', '{"resourceType":"Patient","colour":"red"}', 400, 'Patient.colour'],
    ['a code outside a required binding', '{"resourceType":"Patient","gender":"m"}', 400, 'Patient.gender'],
    ['a day that is none', '{"resourceType":"Patient","birthDate":"2024-02-30"}', 400, 'Patient.birthDate'],
    ['both of a choice', '{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2024"}', 400, undefined],
    ['JSON 100 levels deep', nested(50), 400, undefined],
    ['JSON 100,000 levels deep', `{"resourceType":"Patient","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, undefined],
    ['a key twice', '{"resourceType":"Patient","active":true,"active":false}', 400, 'Patient.active'],
    ['a key twice, once escaped', '{"resourceType":"Patient","active":true,"\\u0061ctive":false}', 400, 'Patient.active'],
    ['__proto__', '{"resourceType":"Patient","__proto__":{"polluted":true}}', 400, undefined],
    ['__proto__ below', '{"resourceType":"Patient","name":[{"__proto__":{"polluted":true}}]}', 400, undefined],
    ['constructor', '{"resourceType":"Patient","constructor":{"prototype":{"polluted":true}}}', 400, undefined],
    ['bytes that are no UTF-8', bytes('{"resourceType":"Patient","name":[{"family":"', [0xc3, 0x28], '"}]}'), 400, undefined],
    ['half a surrogate pair', '{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', 400, undefined],
    ['NUL', '{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}', 400, undefined],
    ['a number of a million digits', `{"resourceType":"Patient","multipleBirthInteger":${'1'.repeat(1_000_000)}}`, 400, undefined],
    ['a resource over 10 MB', `{"resourceType":"Patient","name":[{"family":"${'x'.repeat(10 * 2 ** 20)}"}]}`, 413, undefined],
    ['a body of 50 MB', `{"resourceType":"Patient","name":[{"family":"${'x'.repeat(50_000_000)}"}]}`, 413, undefined],
  ])('%s', async (_name, body, status, expression) => {
    const answer = await server.post('Patient', body);
    expect(answer.status).toBe(status);
    expect(answer.body.resourceType).toBe('OperationOutcome');
    expect(issuesOf(answer)[0]?.details?.text).toBeTruthy();
    if (expression) expect(issuesOf(answer).map((issue) => issue.expression?.[0])).toContain(expression);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('leaves nothing behind, and the server as it was', async () => {
    expect((await server.get('Patient?_summary=count')).body.total).toBe(0);
    expect((await server.get('_history')).body.entry).toBeUndefined();
    expect((await server.post('Patient', { resourceType: 'Patient' })).status).toBe(201);
    expect(server.log).toEqual([]);
  });

  it('takes a byte order mark and 64 levels', async () => {
    expect((await server.post('Patient', bytes([0xef, 0xbb, 0xbf], '{"resourceType":"Patient"}'))).status).toBe(201);
  });
});
