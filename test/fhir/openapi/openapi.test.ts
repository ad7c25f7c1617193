import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Parameters } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOperations } from '../../../operations/index.js';
import type { OpenApiDocument, PathMethod } from '../../../src/fhir/openapi/index.js';
import { routes } from '../../../src/fhir/router.js';
import { readExamples } from '../../../src/http/docs/examples.js';
import { inProject } from '../../../src/root.js';
import { startTestServer, type TestServer } from '../../http/server.js';

const codes = [...new Set(loadOperations().operations.map(({ definition }) => definition.code))];
const examples = codes.flatMap((code) => readExamples(inProject('operations', code, 'example.http')).map((example) => [`$${code}: ${example.title}`, example] as const));

describe('the OpenAPI document', () => {
  let server: TestServer;
  let api: OpenApiDocument;
  let ajv: Ajv2020;

  beforeAll(async () => {
    server = await startTestServer({ seed: 'demo' });
    api = (await server.get(`${server.origin}/openapi.json`)).body as OpenApiDocument;
    ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
    ajv.addSchema({ ...api, $id: 'api' });
  });
  afterAll(() => server.close());

  /** The validator at a JSON pointer into the document. */
  const at = (...steps: readonly string[]): ValidateFunction =>
    ajv.compile({ $ref: `api#/${steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}` });

  const methods = (): [path: string, method: string, does: PathMethod][] =>
    Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item).map(([method, does]): [string, string, PathMethod] => [path, method, does]));

  /** The template of an address: `/Claim/clm-1/$deadlines` → `/Claim/{id}/$deadlines`. */
  const templateOf = (path: string): string => {
    const fits = (template: string): boolean => new RegExp(`^${template.replaceAll('$', '\\$').replaceAll(/\{\w+\}/g, '[^/$]+')}$`).test(path);
    return Object.keys(api.paths).find((template) => template === path) ?? Object.keys(api.paths).find((template) => template.includes('$') && fits(template)) ?? '';
  };

  it('refers only to what it has', () => {
    const refs = [...JSON.stringify(api).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer = '']) => pointer);
    const missing = refs.filter((pointer) => pointer.split('/').reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], api) === undefined);
    expect(missing).toEqual([]);
  });

  it('names each method once, and every parameter of a path', () => {
    const ids = methods().map(([, , does]) => does.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const [path, method, does] of methods()) {
      const told = (does.parameters ?? []).map((one) => ('$ref' in one ? api.components.parameters[one.$ref.split('/').at(-1) ?? ''] : one)).filter((one) => one?.in === 'path').map((one) => one?.name);
      expect(told.sort(), `${method} ${path}`).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
    }
  });

  it.each(examples)('takes and gives what it says in %s', async (_title, { method, path, body }) => {
    const template = templateOf(`/${path.split('?')[0] ?? ''}`);
    const of = ['paths', template, method.toLowerCase()];
    if (body !== '') {
      const request = at(...of, 'requestBody', 'content', 'application/fhir+json', 'schema');
      expect(request(JSON.parse(body)), JSON.stringify(request.errors)).toBe(true);
    }
    const answer = await server.request(method, path, body === '' ? undefined : body);
    const told = api.paths[template]?.[method.toLowerCase() as 'get' | 'post']?.responses ?? {};
    expect(Object.keys(told)).toContain(String(answer.status));
    expect(answer.status).toBeLessThan(300);
    if (answer.status === 202) return;
    const isFile = !/json/.test(answer.headers.get('content-type') ?? '');
    const response = at(...of, 'responses', '200', 'content', isFile ? '*/*' : 'application/fhir+json', 'schema');
    expect(response(isFile ? answer.text : answer.body), JSON.stringify(response.errors)).toBe(true);
  });

  it.each<[name: string, parameter: Parameters['parameter']]>([
    ['a name that is not known', [{ name: 'dat', valueDate: '2026-01-01' }]],
    ['another type', [{ name: 'date', valueString: '2026-01-01' }]],
    ['a code that is none of the choices', [{ name: 'benefitType', valueCode: 'shoes' }]],
    ['two where one may stand', [{ name: 'date', valueDate: '2026-01-01' }, { name: 'date', valueDate: '2026-01-02' }]],
  ])('refuses as the server does: %s', async (_name, parameter) => {
    const body: Parameters = { resourceType: 'Parameters', parameter: parameter ?? [] };
    expect(at('components', 'schemas', 'Patient-i-cob-order-in')(body)).toBe(false);
    expect((await server.post('Patient/pat-lindqvist/$cob-order', body)).status).toBe(400);
  });

  it('and the first page of /docs list the same interactions', async () => {
    const page = (await server.get(`${server.origin}/docs`)).text;
    const listed = [...page.matchAll(/<th scope="row"><code><b>(\w+)<\/b> (\S+)<\/code><\/th>/g)].map(([, method, path]) => `${method} ${path}`);
    const routed = routes.filter(({ template }) => !template.includes('$'))
      .flatMap(({ template, methods: byMethod }) => Object.keys(byMethod).map((method) => `${method} /${template.replaceAll('[', '{').replaceAll(']', '}')}`));
    expect(listed.sort()).toEqual(routed.sort());
  });
});
