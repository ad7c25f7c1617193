import type { CapabilityStatement } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOperations } from '../../operations/index.js';
import { allowsGet } from '../../src/fhir/operation/input.js';
import { interactionCodes, routes } from '../../src/fhir/router.js';
import { startTestServer, type TestServer } from './server.js';

/** What the server does is told in four places, all made from the same registry: none may know more than another. */
const operations = loadOperations().operations.map(({ definition }) => definition);

/** `POST /Claim/{id}/$derive-secondary`, for every form, method and type that an operation has. */
const operationCalls = operations.flatMap((definition) => {
  const types = (definition.resource ?? []).map((type) => (type === 'Resource' ? '{type}' : type));
  const paths = [
    ...(definition.system ? [''] : []),
    ...(definition.type ? types.map((type) => `/${type}`) : []),
    ...(definition.instance ? types.map((type) => `/${type}/{id}`) : []),
  ];
  return paths.flatMap((path) => (allowsGet(definition) ? ['GET', 'POST'] : ['POST']).map((method) => `${method} ${path}/$${definition.code}`));
});

/** `GET /{type}/{id}`, for everything else that is routed. */
const routedCalls = routes
  .filter(({ template }) => !template.includes('$[operation]'))
  .flatMap(({ template, methods }) => Object.keys(methods).map((method) => `${method} /${template.replaceAll('[', '{').replaceAll(']', '}')}`));

const TOLD_BY_FLAG: Readonly<Record<string, 'updateCreate' | 'conditionalCreate' | 'conditionalUpdate' | 'conditionalDelete' | undefined>> = {
  'update-create': 'updateCreate', 'conditional-create': 'conditionalCreate', 'conditional-update': 'conditionalUpdate', 'conditional-delete': 'conditionalDelete',
};

describe('what the server tells of itself', () => {
  let server: TestServer;
  let openApi: { openapi: string; paths: Record<string, Record<string, unknown>> };
  let capabilities: CapabilityStatement;

  beforeAll(async () => {
    server = await startTestServer();
    openApi = (await server.get(`${server.origin}/openapi.json`)).body as typeof openApi;
    capabilities = (await server.get('metadata')).body as CapabilityStatement;
  });
  afterAll(() => server.close());

  it('OpenAPI has every route and operation, and no other', () => {
    const told = Object.entries(openApi.paths).flatMap(([path, item]) =>
      Object.keys(item).filter((key) => ['get', 'post', 'put', 'patch', 'delete'].includes(key)).map((method) => `${method.toUpperCase()} ${path}`));
    expect(openApi.openapi).toBe('3.1.0');
    expect(told.sort()).toEqual([...new Set([...routedCalls, ...operationCalls])].sort());
  });

  it('the CapabilityStatement has every interaction that is routed, and no other', () => {
    const rest = capabilities.rest?.[0];
    const claim = rest?.resource?.find(({ type }) => type === 'Claim');
    const told = new Set<string>([...(rest?.interaction ?? []), ...(claim?.interaction ?? [])].map(({ code }) => code));
    for (const code of interactionCodes) {
      const flag = TOLD_BY_FLAG[code];
      if (flag) expect(claim?.[flag], code).toBeTruthy();
      else if (!['operation', 'capabilities', 'conditional-patch', 'search-compartment', 'job-status', 'job-cancel', 'job-file'].includes(code)) expect(told, code).toContain(code);
    }
    for (const code of told) expect(interactionCodes).toContain(code);
  });

  it('the CapabilityStatement has every operation on each of its types, and no other', () => {
    for (const resource of capabilities.rest?.[0]?.resource ?? []) {
      const mine = operations.filter((definition) => (definition.type || definition.instance) && (definition.resource ?? []).some((type) => type === resource.type || type === 'Resource'));
      expect((resource.operation ?? []).map(({ name }) => name).sort(), resource.type).toEqual(mine.map(({ code }) => code).sort());
    }
  });

  it('/docs links to a page for every operation, with each of its forms and parameters', async () => {
    const overview = (await server.get(`${server.origin}/docs`)).text;
    for (const definition of operations) {
      expect(overview).toContain(`/docs/${definition.code}`);
      const page = await server.get(`${server.origin}/docs/${definition.code}`);
      expect(page.status).toBe(200);
      for (const { name } of definition.parameter ?? []) expect(page.text, `${definition.id ?? ''} ${name}`).toContain(name);
    }
    expect((await server.get(`${server.origin}/docs/nothing`)).status).toBe(404);
  });

  it('pages carry no inline script and may ask this server only', async () => {
    const page = await server.get(`${server.origin}/docs/cob-order`);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\son\w+=/);
  });

  it.each(routedCalls)('%s is there', async (call) => {
    const [method = '', path = ''] = call.split(' ');
    const answer = await server.request(method, path.replace('{compartment}', 'Patient').replace('{type}', 'Claim').replace('{id}', 'none').replace('{version}', '1').replace(/^\//, ''), method === 'GET' || method === 'DELETE' ? undefined : {});
    expect(answer.status).not.toBe(405);
    expect(answer.text).not.toContain('There is nothing at this address');
  });
});
