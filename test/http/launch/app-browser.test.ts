import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIssuers, type Issuer } from '../../../src/smart/index.js';
import { chromiumPath, tellWithoutBrowser } from '../browser.js';
import { startTestServer, type TestServer } from '../server.js';
import { startSignInServer, type LaunchContext, type SignInServer } from './sign-in-server.js';

tellWithoutBrowser('the app, launched by fhirclient');

const CLIENT = 'cobalt-app';
/** The seed's own day: what it shows depends on how many days are left. */
const SEED_DAY = new Date('2026-11-22T12:00:00Z');
/** Where pictures of the pages are left for who wants to look at them. */
const pictures = process.env['COBALT_TEST_PICTURES'];

describe.runIf(chromiumPath)('the app, launched by fhirclient in a browser', () => {
  let signIn: SignInServer;
  let server: TestServer;
  let browser: Browser;
  let now = (): Date => SEED_DAY;
  const faults: string[] = [];
  let chart: Server;
  let stranger: Server;

  beforeAll(async () => {
    signIn = await startSignInServer(CLIENT);
    [chart, stranger] = [await startFraming(), await startFraming()];
    server = await startTestServer({
      seed: 'demo', automation: true, now: () => now(),
      issuers: (base) => readIssuers(JSON.stringify([{ issuer: signIn.url, audience: base, launch: { clientId: CLIENT, framedBy: [originOf(chart)] } }])) as readonly [Issuer],
    });
    signIn.serve({ redirectUri: `${server.origin}/app`, resource: server.base });
    await server.drain();
    now = () => new Date();
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
    await signIn.close();
    for (const each of [chart, stranger]) await new Promise((done) => each.close(done));
  });

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ timezoneId: 'UTC', ...options });
    await context.clock.setFixedTime(SEED_DAY);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', ({ message }) => faults.push(message));
    // A refused Content-Security-Policy is an error on the console.
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy/.test(message.text())) faults.push(message.text());
    });
    return page;
  }

  /** From the health record to the page, filled. */
  async function launched(about: LaunchContext, options?: BrowserContextOptions): Promise<Page> {
    const handle = `handle-${signIn.contexts.size}`;
    signIn.contexts.set(handle, about);
    const page = await newPage(options);
    await page.goto(`${server.origin}/launch?iss=${encodeURIComponent(server.base)}&launch=${handle}`);
    await settled(page);
    return page;
  }

  const settled = async (page: Page): Promise<void> => page.locator('main:not([aria-busy])').and(page.locator('[data-base]')).waitFor();
  const texts = async (page: Page, selector: string): Promise<string[]> => (await page.locator(selector).allTextContents()).map((text) => text.trim());
  const status = async (page: Page): Promise<string> => (await page.locator('#status').textContent()) ?? '';
  const picture = async (page: Page, name: string): Promise<void> => {
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  };

  it('EHR launch: the payers in order with their reasons, the drafts and the tasks, with money and deadlines', async () => {
    const page = await launched({ patient: 'pat-lindqvist' }, { viewport: { width: 1100, height: 900 } });
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Arne Lindqvist');
    expect(await status(page)).toBe('');
    expect(await page.locator('#order ol > li').count()).toBe(3);
    const [first, second, third] = await texts(page, '#order ol > li');
    expect([first, second, third]).toEqual([expect.stringContaining('Member'), expect.stringMatching(/before Northgate Medicare.*42 USC 1395y\(b\)\(1\)\(A\)/s), expect.stringContaining('Summit Trades')]);
    expect(await texts(page, '#questions p')).toEqual(['Nothing: what is known settles the order.']);
    expect(await texts(page, '#drafts tbody tr')).toEqual([expect.stringMatching(/Summit Trades.*\$25\.21.*Dec 8, 2026 \(in 16 days\)/s)]);
    expect((await texts(page, '#tasks tbody tr')).length).toBeGreaterThan(0);
    await picture(page, 'lindqvist-wide-light');
    await page.context().close();
  });

  it('the order is open: what to ask, and no place that is not certain', async () => {
    const page = await launched({ patient: 'pat-garrick', appContext: '{"view":"questions"}' }, { viewport: { width: 380, height: 800 }, colorScheme: 'dark' });
    expect(await page.locator('#order .warning').textContent()).toContain('The order is not settled');
    expect([await page.locator('#order ol > li').count(), await page.locator('#order ul[aria-label] > li').count()]).toEqual([0, 2]);
    expect(await page.locator('#questions li strong').textContent()).toBe('How many employees has the employer (employer size: under 20, 20 to 99, 100 or more)?');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('questions-title');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'fits a narrow screen').toBe(true);
    await picture(page, 'garrick-narrow-dark');
    await page.context().close();
  });

  it('fhirContext with a Claim opens on its chain, payer by payer', async () => {
    const page = await launched({ patient: 'pat-lindqvist', fhirContext: [{ reference: 'Claim/clm-lindqvist-1' }] }, { viewport: { width: 380, height: 800 } });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('chain-title');
    const rows = await texts(page, '#chain ol > li');
    expect(rows.length).toBe(3);
    expect(rows[0]).toMatch(/Decided .*paid \$/);
    expect(rows[2]).toContain('a draft, not sent yet');
    expect(await page.locator('#chain [aria-current]').count()).toBe(1);
    expect(await page.locator('#order > .note').textContent()).toBe('For services on Jun 9, 2026.');
    await picture(page, 'lindqvist-narrow-light');
    await page.context().close();
  });

  it('fhirContext with a Coverage opens on it, one of another patient’s Claim is not shown', async () => {
    const page = await launched({ patient: 'pat-ashdown', fhirContext: [{ reference: `${server.base}/Coverage/cov-ashdown-medicaid` }, { reference: 'Claim/clm-garrick-1' }] });
    expect(await page.locator('#order [aria-current]').count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('order-title');
    expect(await texts(page, '#record > .warning')).toEqual(['The claim that the health record named is another patient’s, and is not shown.']);
    expect(await page.locator('#chain').count()).toBe(0);
    await page.context().close();
  });

  it('standalone: begun at /launch, as a public client with PKCE, with a state of 256 bits and nothing of a patient in any address', async () => {
    signIn.contexts.set('standalone', { patient: 'pat-ashdown' });
    const page = await newPage();
    const addresses: string[] = [];
    page.on('framenavigated', (frame) => addresses.push(frame.url()));
    const [before, exchanges] = [signIn.asked.length, signIn.exchanged.length];
    await page.goto(`${server.origin}/launch`);
    await settled(page);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Ashdown');
    const asked = Object.fromEntries(signIn.asked[before] ?? []);
    expect(asked).toMatchObject({ response_type: 'code', client_id: CLIENT, redirect_uri: `${server.origin}/app`, aud: server.base, code_challenge_method: 'S256', code_challenge: expect.stringMatching(/^[\w-]{43}$/), state: expect.stringMatching(/^[\w-]{43}\.[\w-]{11}$/), scope: expect.stringMatching(/^launch\/patient user\//) });
    expect(asked['launch']).toBeUndefined();
    const exchanged = Object.fromEntries(signIn.exchanged[exchanges] ?? []);
    expect(exchanged).toMatchObject({ grant_type: 'authorization_code', client_id: CLIENT, code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/) });
    expect(exchanged['client_secret']).toBeUndefined();
    expect(addresses.filter((address) => /ashdown|pat-/i.test(address))).toEqual([]);
    expect(page.url()).toMatch(/\/app\?at=[\w-]{11}$/);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.reload();
    await settled(page);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Ashdown');
    await page.context().close();
  });

  it('what others wrote is shown as text', async () => {
    const hostile = '<img src=x onerror="document.title=1">';
    const token = await tokenOf(await launched({ patient: 'pat-ashdown' }));
    const write = { resourceType: 'Patient', id: 'hostile', name: [{ text: hostile }] };
    expect((await server.store.read('Patient', 'hostile'))).toBeUndefined();
    expect((await server.put('Patient/hostile', write, { Authorization: `Bearer ${token}` })).status, 'the app may write nothing').toBe(403);
    await commit(write);
    const page = await launched({ patient: 'hostile' });
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(hostile);
    expect(await page.locator('img').count()).toBe(0);
    await page.context().close();
  });

  describe('is refused in words', () => {
    it('a launch from a server that is not on the list, which is asked nothing', async () => {
      const page = await newPage();
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      const answer = await page.goto(`${server.origin}/launch?iss=${encodeURIComponent('https://evil.example/fhir')}&launch=x`);
      expect(answer?.status()).toBe(403);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This health record is not known here');
      expect(requests.filter((url) => url.includes('evil.example') && !url.startsWith(server.origin))).toEqual([]);
      await picture(page, 'foreign-light');
      await page.context().close();
    });

    it('a code that comes with a state of elsewhere, and is not exchanged', async () => {
      const page = await newPage();
      const before = signIn.exchanged.length;
      await page.goto(`${server.origin}/app?code=stolen&state=${'x'.repeat(43)}`);
      await settled(page);
      expect(await status(page)).toBe('This sign-in was not begun in this window, or was used before.');
      expect(signIn.exchanged.length).toBe(before);
      expect(page.url()).toMatch(/\/app\?at=[\w-]{11}$/);
      await page.context().close();
    });

    it('the way back taken twice', async () => {
      const page = await newPage();
      signIn.contexts.set('twice', { patient: 'pat-ashdown' });
      let back = '';
      page.on('request', (request) => {
        if (request.url().startsWith(`${server.origin}/app?`)) back = request.url();
      });
      await page.goto(`${server.origin}/launch?iss=${encodeURIComponent(server.base)}&launch=twice`);
      await settled(page);
      await page.goto(back);
      await settled(page);
      expect(await status(page)).toBe('This sign-in was not begun in this window, or was used before.');
      await page.context().close();
    });

    it.each([['an answer in the name of another authorization server (RFC 9207)', 'Another server answered than the one that was asked.'], ['an answer that took too long', 'The sign-in took longer than ten minutes.']])('%s', async (what, said) => {
      const page = await newPage();
      signIn.contexts.set(what, { patient: 'pat-ashdown' });
      // The page comes without its script, so that the code stays in its address.
      await page.route(`${server.origin}/app/app.js`, (route) => route.abort(), { times: 1 });
      await page.goto(`${server.origin}/launch?iss=${encodeURIComponent(server.base)}&launch=${encodeURIComponent(what)}`);
      await page.waitForURL(/\/app\?code=/);
      const back = new URL(page.url());
      expect(back.searchParams.get('iss')).toBe(signIn.url);
      if (what.includes('another')) back.searchParams.set('iss', 'https://evil.example');
      else await page.clock.setFixedTime(SEED_DAY.getTime() + 11 * 60_000);
      const before = signIn.exchanged.length;
      await page.goto(back.href);
      await settled(page);
      expect(await status(page)).toBe(said);
      expect(signIn.exchanged.length).toBe(before);
      await page.context().close();
    });

    it('a sign-in that was refused', async () => {
      const page = await launched({ refused: true });
      expect(await status(page)).toBe('The sign-in was refused, or broken off.');
      expect(await page.getByRole('button', { name: 'Sign in again' }).count()).toBe(1);
      await page.context().close();
    });

    it('a patient who is not known here, and a launch without one', async () => {
      expect(await status(await launched({ patient: 'nobody' }))).toBe('This patient is not known to Cobalt, or your sign-in does not reach them.');
      expect(await status(await launched({}))).toBe('No patient was chosen. Open the app from a patient’s chart.');
    });
  });

  it('says which parts a narrower sign-in does not show', async () => {
    const granted = ['Account.s', 'Coverage.rs', 'Organization.rs', 'Patient.rs', 'RelatedPerson.rs'].map((each) => `user/${each}`);
    const page = await launched({ patient: 'pat-ashdown', granted });
    expect(await page.locator('#tasks').textContent()).toContain('Your sign-in does not allow to see the tasks.');
    expect(await page.locator('#drafts').textContent()).toContain('Your sign-in does not allow to see the claims.');
    expect(await page.locator('#order ol > li').count()).toBe(2);
    await page.context().close();
  });

  it('says that a sign-in has ended, and launches again', async () => {
    const page = await launched({ patient: 'pat-ashdown' });
    signIn.contexts.set('standalone', { patient: 'pat-ashdown' });
    const elapsed = 10 * 60_000;
    now = () => new Date(Date.now() + elapsed);
    await page.reload();
    await settled(page);
    expect(await status(page)).toBe('Your sign-in has ended. Sign in again to go on.');
    expect(await page.locator('#order').count()).toBe(0);
    now = () => new Date();
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('heading', { name: /Ashdown/ }).waitFor();
    await page.context().close();
  });

  it('forgets everything when somebody signs out, and gives the token back', async () => {
    const page = await launched({ patient: 'pat-ashdown' });
    const token = await tokenIn(page);
    const before = signIn.revoked.length;
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await status(page)).toContain('You are signed out.');
    expect(await page.locator('body').textContent()).not.toContain('Ashdown');
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie])).toEqual([0, 0, '']);
    await expect.poll(() => signIn.revoked.slice(before).map((each) => Object.fromEntries(each))).toEqual([{ token, client_id: CLIENT }]);
    await page.reload();
    await settled(page);
    expect(await status(page)).toBe('You are not signed in.');
    await page.context().close();
  });

  it('is shown in a frame of the page that its issuer names, and in no other', async () => {
    const frame = async (by: Server): Promise<Page> => {
      signIn.contexts.set('framed', { patient: 'pat-ashdown' });
      const page = await (await browser.newContext({ timezoneId: 'UTC', viewport: { width: 1000, height: 800 } })).newPage();
      await page.goto(`${originOf(by)}/?${new URLSearchParams({ src: `${server.origin}/launch?iss=${encodeURIComponent(server.base)}&launch=framed` })}`, { waitUntil: 'load' });
      return page;
    };
    const named = await frame(chart);
    await named.frameLocator('iframe').getByRole('heading', { name: /Ashdown/ }).waitFor();
    await named.frameLocator('iframe').locator('#order ol > li').first().waitFor();
    await picture(named, 'framed');
    await named.context().close();
    const other = await frame(stranger);
    expect(other.frames().map((each) => each.url()).slice(1)).toEqual(['chrome-error://chromewebdata/']);
    await other.context().close();
  });

  it('no script failed, and nothing was against the Content-Security-Policy', () => {
    expect(faults).toEqual([]);
  });

  const originOf = (page: Server): string => `http://127.0.0.1:${(page.address() as AddressInfo).port}`;

  /** The page of a health record that shows what it is asked for in a frame. */
  async function startFraming(): Promise<Server> {
    const page = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://chart');
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>Chart</title><h1>Chart</h1><iframe title="Cobalt" width="960" height="700" src="${(searchParams.get('src') ?? '').replaceAll('&', '&amp;')}"></iframe>`);
    });
    await new Promise<void>((done) => page.listen(0, '127.0.0.1', done));
    return page;
  }

  const tokenIn = (page: Page): Promise<string> => page.evaluate(() => {
    const key = JSON.parse(sessionStorage.getItem('SMART_KEY') ?? '""') as string;
    return (JSON.parse(sessionStorage.getItem(key) ?? '{}') as { tokenResponse?: { access_token?: string } }).tokenResponse?.access_token ?? '';
  });

  async function tokenOf(page: Page): Promise<string> {
    const token = await tokenIn(page);
    await page.context().close();
    return token;
  }

  /** Past the API, whose tokens here may not write. */
  async function commit(resource: { readonly resourceType: string; readonly id: string }): Promise<void> {
    const { resourceType: type, id, ...rest } = resource;
    await server.store.commit([{ op: 'put', method: 'PUT', type, id, body: [`{"resourceType":"${type}","id":"`, { slot: 'id' }, '","meta":{', { slot: 'meta' }, `},${JSON.stringify(rest).slice(1)}`], index: [] }]);
  }
});
