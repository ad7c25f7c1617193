import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIssuers, type Issuer } from '../../../src/smart/index.js';
import { chromiumPath, tellWithoutBrowser } from '../browser.js';
import { startTestServer, type TestServer } from '../server.js';
import { startSignInServer, type SignInServer } from './sign-in-server.js';

tellWithoutBrowser('the app in frames of two health records');

const pictures = process.env['COBALT_TEST_PICTURES'];

/**
 * Two health records launch the app, each with a page that may show it in a frame: what one signed in for must not come
 * into the frame of the other. All are on one host, so that no browser keeps their storage apart.
 */
describe.runIf(chromiumPath)('the app in frames of two health records', () => {
  let here: SignInServer;
  let there: SignInServer;
  let record: Server;
  let charts: { readonly here: Server; readonly there: Server };
  let server: TestServer;
  let browser: Browser;
  const faults: string[] = [];

  const originOf = (page: Server): string => `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  const listening = async (made: Server): Promise<Server> => {
    await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
    return made;
  };
  /** The page of a health record that shows what it is asked for in a frame. */
  const chart = (): Promise<Server> => listening(createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://chart');
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>Chart</title><h1>Chart</h1><iframe title="Cobalt" width="960" height="700" src="${(searchParams.get('src') ?? '').replaceAll('&', '&amp;')}"></iframe>`);
  }));
  const recordBase = (): string => `${originOf(record)}/fhir`;

  beforeAll(async () => {
    [here, there] = await Promise.all([startSignInServer('cobalt-here'), startSignInServer('cobalt-there')]);
    charts = { here: await chart(), there: await chart() };
    record = await listening(createServer((_request, response) => response.writeHead(200, { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' })
      .end(JSON.stringify({ authorization_endpoint: `${there.url}/auth`, token_endpoint: `${there.url}/token`, capabilities: ['launch-ehr'], grant_types_supported: ['authorization_code'], code_challenge_methods_supported: ['S256'] }))));
    server = await startTestServer({
      seed: 'demo',
      issuers: (base) => readIssuers(JSON.stringify([
        { issuer: here.url, audience: base, launch: { clientId: 'cobalt-here', framedBy: [originOf(charts.here)] } },
        { issuer: there.url, audience: recordBase(), fhirBase: recordBase(), launch: { clientId: 'cobalt-there', framedBy: [originOf(charts.there)] } },
      ])) as readonly [Issuer, ...Issuer[]],
    });
    here.serve({ redirectUri: `${server.origin}/app`, resource: server.base });
    there.serve({ redirectUri: `${server.origin}/app`, resource: recordBase() });
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
    await Promise.all([here.close(), there.close()]);
    for (const each of [record, charts.here, charts.there]) {
      each.closeAllConnections();
      await new Promise((done) => each.close(done));
    }
  });

  async function newPage(): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', ({ message }) => faults.push(message));
    return page;
  }
  const launchOf = (iss: string): string => {
    here.contexts.set('chart', { patient: 'pat-ashdown' });
    there.contexts.set('chart', { patient: 'nobody' });
    return `${server.origin}/launch?iss=${encodeURIComponent(iss)}&launch=chart`;
  };
  const framed = (by: Server, src: string): string => `${originOf(by)}/?${new URLSearchParams({ src })}`;
  const settled = (page: Pick<Page, 'locator'>): Promise<void> => page.locator('main[data-base]:not([aria-busy])').waitFor();
  /** Signed in at ours, in the window itself; and the address that the app leaves there. */
  async function signedIn(): Promise<{ readonly page: Page; readonly address: string }> {
    const page = await newPage();
    await page.goto(launchOf(server.base));
    await page.getByRole('heading', { name: /Ashdown/ }).waitFor();
    return { page, address: page.url() };
  }
  /** The address of the app for the other record. */
  async function otherAddress(): Promise<string> {
    const page = await newPage();
    await page.goto(launchOf(recordBase()));
    await settled(page);
    const address = page.url();
    await page.context().close();
    return address;
  }

  it('each is shown in its own, also when the frame is loaded again', async () => {
    const page = await newPage();
    await page.goto(framed(charts.here, launchOf(server.base)));
    const inside = page.frameLocator('iframe');
    await inside.getByRole('heading', { name: /Ashdown/ }).waitFor();
    await page.frames()[1]?.evaluate(() => location.reload());
    await inside.getByRole('heading', { name: /Ashdown/ }).waitFor();
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'framed-again.png') });
    await page.goto(framed(charts.there, launchOf(recordBase())));
    await settled(inside);
    expect(await inside.locator('#status').textContent()).toBe('This patient is not known to Cobalt yet, or your sign-in does not reach them.');
    await page.context().close();
  });

  it('what is signed in at one is no other’s: neither its address in the other’s frame, nor the other’s address in its window', async () => {
    const other = await otherAddress();
    const { page, address } = await signedIn();
    for (const src of [address, `${server.origin}/app`, launchOf(server.base)]) {
      await page.goto(framed(charts.there, src));
      expect(page.frames().map((each) => each.url()).slice(1), src).toEqual(['chrome-error://chromewebdata/']);
    }
    // The frame is allowed, and has the storage of the window in which somebody signed in at ours.
    await page.goto(framed(charts.there, other));
    const inside = page.frameLocator('iframe');
    await settled(inside);
    expect(await inside.locator('#status').textContent()).toContain('signed in at another health record');
    expect(await inside.locator('body').textContent()).not.toContain('Ashdown');
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'framed-by-another.png') });
    await page.context().close();
  });

  it('without a record in the address the window shows who signed in, and no frame does', async () => {
    const { page, address } = await signedIn();
    await page.goto(`${server.origin}/app`);
    await page.getByRole('heading', { name: /Ashdown/ }).waitFor();
    await page.goto(address);
    await page.getByRole('heading', { name: /Ashdown/ }).waitFor();
    await page.context().close();
  });

  it('a sign-in that comes back under another record’s name is none', async () => {
    const page = await newPage();
    const before = here.exchanged.length;
    // The page comes without its script, so that the code stays in its address.
    await page.route(`${server.origin}/app/app.js`, (route) => route.abort(), { times: 1 });
    await page.goto(launchOf(server.base));
    await page.waitForURL(/\/app\?code=/);
    const back = new URL(page.url());
    back.searchParams.set('state', `${(back.searchParams.get('state') ?? '').split('.')[0]}.${new URL(await otherAddress()).searchParams.get('at')}`);
    await page.goto(back.href);
    await settled(page);
    expect(await page.locator('#status').textContent()).toBe('This sign-in was not begun in this window, or was used before.');
    expect(here.exchanged.length).toBe(before);
    await page.context().close();
  });

  it('no script failed', () => {
    expect(faults).toEqual([]);
  });
});
