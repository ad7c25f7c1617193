import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOperations } from '../../operations/index.js';
import { chromiumPath, tellWithoutBrowser } from './browser.js';
import { startTestServer, type TestServer } from './server.js';

tellWithoutBrowser('the pages of /docs');

describe.runIf(chromiumPath)('the pages of /docs in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startTestServer({ seed: 'demo' });
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const codes = [...new Set(loadOperations().operations.map(({ definition }) => definition.code))];

  it.each(codes)('$%s: every Run shows what the server answers to its example', async (code) => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    await page.goto(`${server.origin}/docs/${code}`);
    const examples = await page.locator('.example').all();
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      await example.getByRole('button', { name: 'Run' }).click();
      const answer = example.locator('.answer');
      await answer.waitFor({ state: 'visible' });
      expect(await example.getByRole('status').textContent()).toMatch(/^2\d\d\b/);
      const shown = (await answer.textContent()) ?? '';
      expect(shown).toMatch(/\S/);
      if (shown.startsWith('{')) expect(JSON.parse(shown)).toHaveProperty('resourceType');
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  it('are whole without scripting: the curl commands are there, and no button', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.origin}/docs/cob-order`);
    expect(await page.locator('.example pre').first().textContent()).toContain('curl -s');
    expect(await page.getByRole('button', { name: 'Run' }).count()).toBe(0);
    await context.close();
  });
});
