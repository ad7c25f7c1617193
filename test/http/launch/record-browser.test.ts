import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIssuers, type Issuer } from '../../../src/smart/index.js';
import { goodClaims, issuerKey, signed, startIssuer, type TestIssuer } from '../../smart/issuer.js';
import { chromiumPath, tellWithoutBrowser } from '../browser.js';
import { startTestServer, type TestServer } from '../server.js';
import { startSignInServer, type SignInServer } from './sign-in-server.js';

tellWithoutBrowser('a launch from a health record whose tokens are for itself');

/** The record's FHIR base is `iss`, and the audience of its tokens; its Patient/1 is Ana here, while Patient/1 here is somebody else. */
describe.runIf(chromiumPath)('a launch from a health record whose tokens are for itself', () => {
  const key = issuerKey('own', 'ES256');
  let own: TestIssuer;
  let signIn: SignInServer;
  let record: Server;
  let recordBase: string;
  const recordAsked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    [own, signIn] = await Promise.all([startIssuer(key), startSignInServer('cobalt-at-record')]);
    record = createServer((request, response) => {
      recordAsked.push({ path: request.url ?? '', authorization: request.headers.authorization });
      response.writeHead(200, { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' })
        .end(JSON.stringify({ authorization_endpoint: `${signIn.url}/auth`, token_endpoint: `${signIn.url}/token`, capabilities: ['launch-ehr'], grant_types_supported: ['authorization_code'], code_challenge_methods_supported: ['S256'] }));
    });
    await new Promise<void>((done) => record.listen(0, '127.0.0.1', done));
    recordBase = `http://127.0.0.1:${(record.address() as AddressInfo).port}/fhir`;
    server = await startTestServer({
      issuers: (base) => readIssuers(JSON.stringify([{ issuer: own.url, audience: base }, { issuer: signIn.url, audience: recordBase, fhirBase: recordBase, launch: { clientId: 'cobalt-at-record' } }])) as readonly [Issuer, ...Issuer[]],
    });
    signIn.serve({ redirectUri: `${server.origin}/app`, resource: recordBase });
    const address = (type: string, id: string): object => ({ identifier: [{ system: recordBase, value: `${type}/${id}` }] });
    const cover = (id: string, patient: string, more: object = {}): object => ({ resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: `Patient/${patient}` }, subscriber: { reference: `Patient/${patient}` }, payor: [{ display: `Payer of ${id}` }], ...more });
    const entry = [
      { resourceType: 'Patient', id: '1', name: [{ text: 'Somebody Else' }] }, { resourceType: 'Patient', id: 'ana', name: [{ text: 'Ana Alder' }], ...address('Patient', '1') },
      cover('9', '1'), cover('cov-ana', 'ana', address('Coverage', '9')),
    ].map((resource) => ({ resource, request: { method: 'PUT', url: `${(resource as { resourceType: string }).resourceType}/${(resource as { id: string }).id}` } }));
    const filled = await server.post('', { resourceType: 'Bundle', type: 'transaction', entry }, { Authorization: `Bearer ${signed(key, goodClaims(own, 'system/*.cruds', { aud: server.base }))}` });
    expect(filled.status, filled.text).toBe(200);
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await Promise.all([own.close(), signIn.close()]);
    record.closeAllConnections();
    record.close();
  });

  it.each([
    ['whom it is known by its address', { patient: '1', fhirContext: [{ reference: 'Coverage/9' }] }, 'Ana Alder', ''],
    ['who is not known here yet', { patient: '2' }, 'Cobalt', 'This patient is not known to Cobalt yet, or your sign-in does not reach them.'],
  ])('shows the patient %s, never whoever has the same id here', async (what, context, name, said) => {
    const handle = what.replaceAll(' ', '-');
    signIn.contexts.set(handle, context);
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${server.origin}/launch?iss=${encodeURIComponent(recordBase)}&launch=${handle}`);
    await page.locator('main[data-base]:not([aria-busy])').waitFor();
    expect([await page.getByRole('heading', { level: 1 }).textContent(), await page.locator('#status').textContent()]).toEqual([name, said]);
    expect(await page.locator('body').textContent()).not.toContain('Somebody Else');
    if (said === '') expect(await page.locator('#order [aria-current] h3').textContent()).toBe('Payer of cov-ana');
    await page.close();
  });

  it('asks the record for its smart-configuration, and nothing with the token', () => {
    expect(new Set(recordAsked.map(({ path }) => path))).toEqual(new Set(['/fhir/.well-known/smart-configuration']));
    expect(recordAsked.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });
});
