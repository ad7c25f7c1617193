import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '../../src/fhir/openapi/index.js';
import { startTestServer } from '../http/server.js';
import { families, guardedClinic } from './clinic.js';

/** The scopes that `/openapi.json` names are those that the server asks for: with them a request gets in, without them not. */
const clinic = guardedClinic(() => families);
let api: OpenApiDocument;
beforeAll(async () => {
  api = (await clinic.server.get(`${clinic.server.origin}/openapi.json`)).body as OpenApiDocument;
});

const IDS: Readonly<Record<string, string>> = { Patient: 'ana', Claim: 'clm-ana', Coverage: 'cov-ana' };
const body = { resourceType: 'Coverage', id: 'cov-ana', status: 'active', beneficiary: { reference: 'Patient/ana' }, payor: [{ reference: 'Organization/payer' }] };

/** A request of a path: for any type Coverage, which is in the clinic. */
function requestOf(path: string, method: string): { readonly path: string; readonly sent: unknown } {
  const filled = path.replace('{compartment}/{id}', 'Patient/ana').replace('{type}', 'Coverage').replace('{version}', '1').replace(/\/([A-Z]\w+)\/\{id\}/, (_whole, type: string) => `/${type}/${IDS[type] ?? 'none'}`).replace('{job}', 'none').replace('{file}', '1').slice(1);
  const isCondition = path === '/{type}' && ['put', 'patch', 'delete'].includes(method);
  const sent = path.includes('$') || filled.endsWith('_search') || ['get', 'delete'].includes(method) ? undefined : method === 'patch' ? [{ op: 'test', path: '/status', value: 'active' }] : path === '/' ? { resourceType: 'Bundle', type: 'batch' } : body;
  return { path: isCondition ? `${filled}?_id=${method === 'delete' ? 'none' : 'cov-ana'}` : filled, sent };
}

describe('the security of the OpenAPI document', () => {
  it('is one scheme, by the address of smart-configuration', () => {
    expect(api.components.securitySchemes).toEqual({ smart: { type: 'openIdConnect', openIdConnectUrl: `${clinic.server.base}/.well-known/smart-configuration`, description: expect.any(String) } });
  });

  it('every method says what it needs, and that is what the server asks for', async () => {
    for (const [path, item] of Object.entries(api.paths)) {
      for (const [method, { security }] of Object.entries(item)) {
        const at = `${method} ${path}`;
        const [only, another] = security ?? [{ missing: [] }];
        expect(another, at).toBeUndefined();
        if (!only) {
          expect(path, at).toBe('/metadata');
          continue;
        }
        const scopes = (only['smart'] ?? ['missing']).map((scope) => scope.replace('{type}', 'Coverage'));
        const { path: url, sent } = requestOf(path, method);
        const headers: Record<string, string> = method === 'patch' ? { 'Content-Type': 'application/json-patch+json' } : url.endsWith('_search') ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {};
        const ask = (scope: string): ReturnType<typeof clinic.server.get> => clinic.as(scope).request(method.toUpperCase(), url, url.endsWith('_search') ? '_count=1' : sent, headers);
        const allowed = await ask(scopes.length > 0 ? scopes.join(' ') : 'user/Claim.cruds');
        expect([401, 403], `${at} with ${scopes.join(' ')}: ${allowed.text.slice(0, 200)}`).not.toContain(allowed.status);
        // Parameters are looked at before rights: what is missing there says nothing of what is stored.
        const [first, ...others] = scopes;
        if (first === undefined || (path.includes('$') && allowed.status === 400)) continue;
        expect((await ask(['user/Basic.d', ...others].join(' '))).status, `${at} without ${first}`).toBe(403);
      }
    }
  });

  describe('where nobody is asked for a token', () => {
    let open: Awaited<ReturnType<typeof startTestServer>>;
    beforeAll(async () => void (open = await startTestServer()));
    afterAll(() => open.close());

    it('is not told', async () => {
      const told = (await open.get(`${open.origin}/openapi.json`)).text;
      expect(told).not.toContain('"security"');
      expect(told).not.toContain('securitySchemes');
    });
  });
});
