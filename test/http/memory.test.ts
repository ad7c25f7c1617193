import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveMemory, takeMemory } from '../../src/fhir/bundle/memory.js';
import { startTestServer, type TestServer } from './server.js';

describe('the memory of answers', () => {
  it('is not shared by two that have not given it back', () => {
    const first = takeMemory(100_000);
    const second = takeMemory(100_000);
    expect(second.buffer).not.toBe(first.buffer);
  });

  it('given back, serves the next answer of about that size', () => {
    const first = takeMemory(200_000);
    giveMemory(first);
    expect(takeMemory(150_000).buffer).toBe(first.buffer);
  });

  it.each([[10], [40_000_000]])('of %i bytes is the asker\'s alone', (length) => {
    const first = takeMemory(length);
    giveMemory(first);
    expect(first.length).toBe(length);
    if (length > 1_000_000) expect(takeMemory(length).buffer).not.toBe(first.buffer);
  });
});

describe('answers that wait for a slow reader', () => {
  const PAGES = ['a', 'b'];
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ operations: 'none' });
    for (const page of PAGES) {
      const entry = Array.from({ length: 250 }, (_, i) => ({ request: { method: 'PUT', url: `Basic/${page}${i}` }, resource: { resourceType: 'Basic', id: `${page}${i}`, code: { text: page.repeat(3_000) } } }));
      await server.post('', { resourceType: 'Bundle', type: 'transaction', entry });
    }
  });
  afterAll(() => server.close());

  it('come as they were made, though others were answered meanwhile', async () => {
    const urlOf = (page: string): string => `Basic?_id=${Array.from({ length: 250 }, (_, i) => `${page}${i}`).join(',')}&_count=250`;
    const expected = new Map(await Promise.all(PAGES.map(async (page) => [page, (await server.get(urlOf(page))).text] as const)));
    const slow = connect(Number(new URL(server.origin).port), '127.0.0.1').pause();
    await once(slow, 'connect');
    for (let i = 0; i < 12; i++) slow.write(`GET /fhir/${urlOf('a')} HTTP/1.1\r\nHost: 127.0.0.1\r\n${i === 11 ? 'Connection: close\r\n' : ''}\r\n`);
    await sleep(50);
    for (let i = 0; i < 6; i++) await Promise.all(PAGES.map(async (page) => expect((await server.get(urlOf(page))).text === expected.get(page)).toBe(true)));
    const got: Buffer[] = [];
    for await (const chunk of slow.resume()) got.push(chunk as Buffer);
    const answers = Buffer.concat(got).toString().split('HTTP/1.1 200 OK').slice(1).map((text) => text.slice(text.indexOf('\r\n\r\n') + 4));
    expect(answers).toHaveLength(12);
    expect(answers.every((text) => text === expected.get('a'))).toBe(true);
  });
});
