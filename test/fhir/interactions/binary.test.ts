import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

const LETTER = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0x80]);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  await server.put('Binary/letter', { resourceType: 'Binary', id: 'letter', contentType: 'application/pdf; version=1.7', data: LETTER.toString('base64') });
  await server.put('Binary/empty', { resourceType: 'Binary', id: 'empty', contentType: 'text/html' });
});
afterAll(() => server.close());

describe('a Binary is read as what its reader takes', () => {
  it.each(['application/pdf', 'text/plain, application/*;q=0.5, application/pdf', 'APPLICATION/PDF'])('its content, with Accept: %s', async (accept) => {
    for (const path of ['Binary/letter', 'Binary/letter/_history/1']) {
      const answer = await fetch(`${server.base}/${path}`, { headers: { accept } });
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(['content-type', 'etag', 'content-security-policy', 'x-content-type-options'].map((name) => [name, answer.headers.get(name)])))
        .toEqual({ 'content-type': 'application/pdf; version=1.7', etag: 'W/"1"', 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' });
      expect(Buffer.from(await answer.arrayBuffer()).equals(LETTER)).toBe(true);
    }
  });

  it.each([undefined, '*/*', 'application/fhir+json', 'text/html,*/*;q=0.8', 'application/pdf, application/fhir+json', 'application/pdf;q=0, */*'])('the resource, with Accept: %s', async (accept) => {
    expect((await server.get('Binary/letter', accept === undefined ? {} : { accept })).body).toMatchObject({ resourceType: 'Binary', data: LETTER.toString('base64') });
  });

  it('nothing, when it takes neither', async () => {
    const answer = await server.get('Binary/letter', { accept: 'image/png' });
    expect(answer.status).toBe(406);
    expect(issuesOf(answer)).toHaveLength(1);
  });

  it('as a page by a browser that opens it', async () => {
    const answer = await fetch(`${server.base}/Binary/empty`, { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html']);
  });

  it('empty content as it is', async () => {
    const answer = await fetch(`${server.base}/Binary/empty`, { headers: { accept: 'text/html' } });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('304 when the reader has it', async () => {
    expect((await server.get('Binary/letter', { accept: 'application/pdf', 'if-none-match': 'W/"1"' })).status).toBe(304);
  });

  it('but no other resource, and no search or history of it', async () => {
    await server.put('Basic/b', { resourceType: 'Basic', id: 'b', code: { text: 'b' } });
    for (const path of ['Basic/b', 'Binary', 'Binary/letter/_history']) expect((await server.get(path, { accept: 'application/pdf' })).status).toBe(406);
  });
});
