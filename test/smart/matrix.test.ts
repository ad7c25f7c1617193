import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Express } from 'express';
import type { FhirResource, OperationDefinition } from 'fhir/r4.js';
import { loadOperations } from '../../operations/index.js';
import { operationNeeds } from '../../src/fhir/access/operation-needs.js';
import { routes } from '../../src/fhir/router.js';
import { createApp } from '../../src/http/app.js';
import { readExamples, type Example } from '../../src/http/docs/examples.js';
import { inProject } from '../../src/root.js';
import { claim, families, guardedClinic, type Asking } from './clinic.js';

/**
 * Everything that is routed × every kind of scope. What is asked comes from the route table, what it needs stands here, as
 * SMART App Launch 2.2 has it: a route or operation that nobody has thought of fails.
 */
const clinic = guardedClinic(() => families);

/** The permission of each interaction by its first code; `entries`: what stands in the Bundle decides. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  read: 'r', vread: 'r', 'history-instance': 'r', 'history-type': 's', 'history-system': 's',
  'search-type': 's', 'search-system': 's', 'search-compartment': 's',
  create: 'c', update: 'u', patch: 'u', delete: 'd', 'conditional-update': 'us', 'conditional-patch': 'us', 'conditional-delete': 'ds',
  capabilities: 'open', transaction: 'entries', operation: 'operation',
  // Asynchronous work belongs to whoever began it, whatever else a token allows.
  'job-status': 'own', 'job-cancel': 'own', 'job-file': 'own',
};

const id = 'cov-ana';
const body = { resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: 'Patient/ana' }, payor: [{ reference: 'Organization/payer' }] };
const QUERY: Readonly<Record<string, string>> = { 'conditional-update': `?_id=${id}`, 'conditional-patch': `?_id=${id}`, 'conditional-delete': '?_id=none' };

/** A request of a route that works where it is allowed, on Ana's coverage. */
function ask(who: Asking, template: string, method: string, code: string): ReturnType<Asking['get']> {
  const path = template.replace('[compartment]/[id]', 'Patient/ana').replace('[type]', 'Coverage').replace('[id]', id).replace('[version]', '1') + (QUERY[code] ?? '');
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  if (method === 'PATCH') return who.patch(path, [{ op: 'test', path: '/status', value: 'active' }]);
  if (path.endsWith('_search')) return who.request('POST', path, '_count=1', form);
  if (code === 'transaction') return who.post(path, { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'GET', url: `Coverage/${id}` } }] });
  return who.request(method, path, ['POST', 'PUT'].includes(method) ? body : undefined);
}

/** Scopes by what they allow on Ana's coverage. */
const KINDS: readonly (readonly [scope: string | undefined, patient: string | undefined, permissions: string])[] = [
  [undefined, undefined, ''],
  ['openid fhirUser launch/patient offline_access', 'ana', ''],
  ['system/*.cruds', undefined, 'cruds'],
  ['user/*.*', undefined, 'cruds'],
  ['user/Coverage.read', undefined, 'rs'],
  ['user/Coverage.write', undefined, 'cud'],
  ['user/Coverage.r', undefined, 'r'],
  ['user/Coverage.s', undefined, 's'],
  ['user/Coverage.us', undefined, 'us'],
  ['system/Coverage.ds', undefined, 'ds'],
  ['system/Claim.cruds', undefined, ''],
  ['patient/*.cruds', 'ana', 'cruds'],
  ['patient/Coverage.rs', 'ana', 'rs'],
  ['patient/Coverage.cud', 'ana', 'cud'],
  ['patient/Claim.cruds', 'ana', ''],
  ['patient/*.cruds', undefined, ''],
  ['user/Coverage.cruds?status=active', undefined, 'cruds'],
  ['user/Coverage.cruds?nonsense=x', undefined, ''],
];

const routed = routes.filter(({ template }) => !template.includes('$')).flatMap(({ template, methods }) => Object.entries(methods).map(([method, [code = '']]) => [method, template, code] as const));

describe('every route × every kind of scope', () => {
  it('each interaction that is routed has its permission here', () => {
    const codes = new Set(routes.flatMap(({ methods }) => Object.values(methods).map(([code = '']) => code)));
    expect([...codes].filter((code) => !(code in PERMISSIONS))).toEqual([]);
  });

  it.each(routed)('%s [base]/%s (%s)', async (method, template, code) => {
    const needed = PERMISSIONS[code] ?? 'missing';
    for (const [scope, patient, permissions] of KINDS) {
      const answer = await ask(clinic.as(scope, { patient }), template, method, code);
      const letters = needed === 'entries' ? 'r' : needed;
      const anyOther = scope?.includes('/Claim.') === true && ['history-system', 'search-system'].includes(code);
      const allowed = needed === 'open' || anyOther || [...letters].every((letter) => permissions.includes(letter));
      const at = `${scope} of ${patient}: ${answer.text.slice(0, 300)}`;
      // The coverage of a compartment's owner whom the scope does not reach is simply not found.
      if (allowed) expect([401, 403], at).not.toContain(answer.status);
      else {
        expect(answer.status, at).toBe(403);
        expect(answer.headers.get('www-authenticate'), at).toContain('error="insufficient_scope"');
      }
    }
    expect((await ask({ ...clinic.as('x'), ...anonymous() }, template, method, code)).status).toBe(needed === 'open' ? 200 : 401);
  });
});

describe('asynchronous work', () => {
  it.each([['GET', '$job/none'], ['DELETE', '$job/none'], ['GET', '$job/none/1.ndjson']])('%s [base]/%s of somebody else is not there', async (method, path) => {
    for (const [scope, patient, permissions] of KINDS) {
      const { status, text } = await clinic.as(scope, { patient }).request(method, path);
      if (permissions !== '') expect(status, `${scope}: ${text}`).toBe(404);
      else expect([403, 404], `${scope}: ${text}`).toContain(status);
    }
    expect((await clinic.as(undefined).request(method, path)).status).toBe(403);
    expect((await anonymous().request(method, path)).status).toBe(401);
  });
});

/** The same requests without a token. */
function anonymous(): Asking {
  const request: Asking['request'] = (method, path, sent, headers) => clinic.server.request(method, path, sent, headers);
  return {
    request,
    get: (path) => request('GET', path), delete: (path) => request('DELETE', path),
    post: (path, sent) => request('POST', path, sent), put: (path, sent) => request('PUT', path, sent), patch: (path, sent) => request('PATCH', path, sent),
  };
}

/** The examples of all operations: requests whose parameters are right, so that what is refused is refused for its scopes. */
const examples = readdirSync(inProject('operations'), { withFileTypes: true }).filter((each) => each.isDirectory()).flatMap(({ name }) => readExamples(inProject('operations', name, 'example.http')));

type Level = 'system' | 'type' | 'instance';

/** What an example asks for: `Claim/clm-1/$derive-secondary`. */
function askedBy({ path }: Example): { readonly level: Level; readonly type: string; readonly code: string } {
  const segments = (path.split('?')[0] ?? '').split('/');
  return { level: segments.length === 1 ? 'system' : segments.length === 2 ? 'type' : 'instance', type: segments.length === 1 ? '' : (segments[0] ?? ''), code: (segments.at(-1) ?? '').slice(1) };
}

/** What a form without an example is sent. */
const SENT: Readonly<Record<string, FhirResource>> = {
  Claim: claim('sent', 'ana', id),
  ExplanationOfBenefit: {
    resourceType: 'ExplanationOfBenefit', status: 'active', use: 'claim', outcome: 'complete', created: '2026-06-02', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    patient: { reference: 'Patient/ana' }, insurer: { reference: 'Organization/payer' }, provider: { reference: 'Practitioner/doc' }, insurance: [{ focal: true, coverage: { reference: `Coverage/${id}` } }],
  },
};

function bodyFor({ parameter = [] }: OperationDefinition): string {
  const needed = parameter.filter(({ use, min }) => use === 'in' && min > 0);
  return needed.length === 0 ? '' : JSON.stringify({ resourceType: 'Parameters', parameter: needed.map(({ name, type = '' }) => ({ name, resource: SENT[type] })) });
}

/** An example of the form; of one that has the same parameters at another level, its body; else what it must be sent. */
function exampleOf(definition: OperationDefinition, level: Level): Example {
  const isOf = (type: string): boolean => definition.resource?.some((on) => on === type || on === 'Resource') === true;
  const fitting = examples.filter((example) => askedBy(example).code === definition.code);
  const own = fitting.find((example) => askedBy(example).level === level && (level === 'system' || isOf(askedBy(example).type)));
  if (own) return own;
  const type = definition.resource?.[0] === 'Resource' ? 'Coverage' : (definition.resource?.[0] ?? '');
  const alike = fitting.find((example) => definition[askedBy(example).level] && (askedBy(example).type === '' || isOf(askedBy(example).type)));
  const path = `${level === 'system' ? '' : level === 'type' ? `${type}/` : `${type}/none/`}$${definition.code}`;
  return { title: '', method: 'POST', headers: [], body: bodyFor(definition), ...alike, path };
}

const forms = loadOperations().operations.flatMap(({ definition }) =>
  (['system', 'type', 'instance'] as const).filter((level) => definition[level]).map((level) => [`${definition.id}: ${level}`, definition, exampleOf(definition, level)] as const));

describe('every operation × what it states that it needs', () => {
  it.each(forms)('%s', async (_name, definition, example) => {
    const { type } = askedBy(example);
    const needs = operationNeeds(definition);
    expect(needs, 'the OperationDefinition says what it reads and writes (operation-needs)').toBeDefined();
    const scopes = needs!.always.map((need) => ({ ...need, type: need.type === '[type]' ? type : need.type }));
    const written = (context: string, of = scopes): string => of.map((need) => `${context}/${need.type}.${need.permissions.join('')}`).join(' ');
    const invoke = (scope: string, extra?: Record<string, unknown>): ReturnType<Asking['post']> =>
      clinic.as(scope, extra).request(example.method, example.path, example.body === '' ? undefined : example.body, Object.fromEntries(example.headers));
    if (scopes.length === 0) {
      expect(definition.extension?.some(({ valueString }) => valueString === 'each'), 'it judges each thing by itself').toBe(true);
      expect([401, 403]).not.toContain((await invoke('system/*.cruds')).status);
      return;
    }
    expect([401, 403], 'all that it needs').not.toContain((await invoke(written('user'))).status);
    expect([401, 403]).not.toContain((await invoke(written('system'))).status);
    const none = await invoke('user/Linkage.d');
    expect(none.status, `nothing of it: ${none.text.slice(0, 300)}`).toBe(403);
    for (const [lacking, need] of scopes.entries()) {
      for (const permission of need.permissions) {
        const rest = need.permissions.filter((each) => each !== permission);
        const left = scopes.flatMap((each, at) => (at !== lacking ? [each] : rest.length > 0 ? [{ ...each, permissions: rest }] : []));
        const answer = await invoke(`user/Linkage.d ${written('user', left)}`);
        expect(answer.status, `without ${need.type}.${permission}: ${answer.text.slice(0, 200)}`).toBe(403);
        expect(answer.headers.get('www-authenticate')).toContain(`${need.type}.`);
      }
    }
    if (needs!.whole) {
      expect((await invoke(written('patient'), { patient: 'ana' })).status, 'limited to a patient').toBe(403);
      expect((await invoke(`${written('user').replaceAll(/(\.\w+)/g, '$1?_tag=x')}`)).status, 'limited by a constraint').toBe(403);
    }
  });

  it('work on all that is stored is not for patients', () => {
    const whole = loadOperations().operations.filter(({ definition }) => operationNeeds(definition)?.whole).map(({ definition }) => definition.code);
    expect(whole).toEqual(expect.arrayContaining(['missed-secondary', 'next', 'import-835', 'import-837', 'member-match']));
  });
});

/** Who may ask for what stands beside the FHIR API: everybody, whoever has an access token, a health record by its own token, this machine. */
const BESIDE: Readonly<Record<string, 'open' | 'token' | 'client' | 'here'>> = {
  'GET /': 'open', 'GET /openapi.json': 'open', 'GET /docs': 'open', 'GET /docs/docs.css': 'open', 'GET /docs/run.js': 'open', 'GET /docs/:code': 'open',
  'GET /.well-known/jwks.json': 'open', 'GET /livez': 'open', 'GET /readyz': 'open', 'GET /metrics': 'here',
  'GET /launch': 'open', 'GET /app': 'open', 'GET /app/:file': 'open', 'POST /app/context': 'token',
  'GET /cds-services': 'open', 'OPTIONS /cds-services': 'open', 'OPTIONS /cds-services/:id': 'open', 'OPTIONS /cds-services/:id/feedback': 'open',
  'POST /cds-services/:id': 'client', 'POST /cds-services/:id/feedback': 'client',
};

interface Layer {
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method: string }[] };
  readonly handle?: { readonly stack?: readonly Layer[] };
}
const routesOf = (layers: readonly Layer[]): string[] =>
  layers.flatMap(({ route, handle }) => (route ? [...new Set(route.stack.map(({ method }) => `${method.toUpperCase()} ${route.path}`))] : routesOf(handle?.stack ?? [])));

describe('everything beside the FHIR API × every kind of scope', () => {
  const app = createApp({ page: { baseUrl: 'http://x.example/fhir', version: '1', operations: [] }, docs: { baseUrl: '', operations: [], codesOf: () => undefined, describe: () => ({}) as never, examplesOf: () => [] }, launch: { baseUrl: 'http://x.example/fhir' } as never, cds: { fhir: {} } as never, isReady: () => true, probe: async () => undefined, log: () => undefined });
  const beside = routesOf((app as Express & { router: { stack: Layer[] } }).router.stack);

  it('each route has its rule here', () => {
    expect(beside.sort()).toEqual(Object.keys(BESIDE).sort());
  });

  it.each(Object.entries(BESIDE).filter(([, rule]) => rule === 'client' || rule === 'token'))('%s: %s', async (route, rule) => {
    const [method = '', path = ''] = route.split(' ');
    const url = `${clinic.server.origin}${path.replace(':id', 'payer-order-at-encounter')}`;
    // What was asked before may have deleted it.
    await clinic.as('system/*.cruds').put(`Coverage/${id}`, body);
    const sent = rule === 'token' ? { references: ['Coverage/cov-ana'] } : {};
    expect((await anonymous().request(method, url, sent)).status).toBe(401);
    for (const [scope, patient, permissions] of KINDS) {
      const answer = await clinic.as(scope, { patient }).request(method, url, sent);
      if (rule === 'client') expect(answer.status, `${scope}`).toBe(401);
      else if (!/(patient|user|system)\//.test(scope?.replaceAll('launch/patient', '') ?? '')) expect([answer.status, answer.headers.get('www-authenticate')], `${scope}`).toEqual([403, expect.stringContaining('error="insufficient_scope", scope="user/')]);
      else expect([answer.status, (answer.body as { references: unknown[] }).references], `${scope}: ${answer.text}`).toEqual([200, [permissions.includes('r') ? 'Coverage/cov-ana' : null]]);
    }
  });
});
