import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapabilityStatement, Endpoint, Extension } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTHING, toBasic } from '../../src/sync/checkpoint.js';
import { signingKey } from '../sync/authorization-server.js';
import { Mortal } from '../work/automation/killing.js';
import { cobalt } from './run.js';

/** Other systems of every kind, each at a path of its own. */
let others: Server;
let address = '';
let served: Mortal;
const directory = mkdtempSync(join(tmpdir(), 'cobalt-doctor-'));
const keys = JSON.stringify({ keys: [{ ...signingKey('ES384').key.export({ format: 'jwk' }), kid: 'ours', use: 'sig', alg: 'ES384' }] });

const statement = (...types: readonly string[]): CapabilityStatement => ({
  resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1', format: ['json'],
  rest: [{ mode: 'server', resource: types.map((type) => ({ type: type as 'Patient', interaction: [{ code: 'read' }, { code: 'search-type' }], searchParam: [{ name: '_lastUpdated', type: 'date' }] })) }],
});

const METADATA: Readonly<Record<string, readonly [status: number, body: string, headers?: Record<string, string>]>> = {
  good: [200, JSON.stringify(statement('Patient', 'Coverage'))],
  lacking: [200, JSON.stringify(statement('Patient'))],
  page: [200, '<html>Welcome</html>'],
  gone: [404, ''],
  moved: [302, '', { Location: 'https://elsewhere.example/' }],
  broken: [503, ''],
};
const TOKENS: Readonly<Record<string, readonly [status: number, body: object]>> = {
  good: [200, { access_token: 't', token_type: 'bearer', expires_in: 300, scope: 'system/*.rs' }],
  stingy: [200, { access_token: 't', token_type: 'bearer', expires_in: 300, scope: 'system/Patient.rs' }],
  stranger: [401, { error: 'invalid_client' }],
};

beforeAll(async () => {
  others = createServer((request, response) => {
    const [, kind = '', tokens = '', ...rest] = (request.url ?? '').split('/');
    const answer = (status: number, body: string, headers: Record<string, string> = {}): void => void request.resume().on('end', () => response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body));
    const path = rest.join('/');
    if (path === 'metadata') return answer(...(METADATA[kind] ?? [500, ''] as const));
    if (path === '.well-known/smart-configuration') return tokens === 'silent' ? answer(404, '') : answer(200, JSON.stringify({ token_endpoint: `${address}/${kind}/${tokens}/token` }));
    if (path === 'token') {
      const [status, body] = TOKENS[tokens] ?? [500, {}];
      return answer(status, JSON.stringify(body));
    }
    answer(404, '');
  });
  await new Promise<void>((resolve) => others.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(others.address() as AddressInfo).port}`;
  served = new Mortal({ COBALT_DATA: directory, COBALT_AUTOMATION: 'off', COBALT_LOG: 'error' });
  await served.base;
});
afterAll(async () => {
  await served.kill();
  others.closeAllConnections();
  await new Promise((resolve) => others.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

async function put(resource: { readonly resourceType: string; readonly id?: string }): Promise<void> {
  const answer = await fetch(`${await served.base}/${resource.resourceType}/${resource.id ?? ''}`, { method: 'PUT', headers: { 'Content-Type': 'application/fhir+json' }, body: JSON.stringify(resource) });
  expect(answer.status, await answer.text()).toBeLessThan(300);
}

const endpoint = (id: string, where: string, extension?: readonly Extension[], change: Partial<Endpoint> = {}): Endpoint => ({
  resourceType: 'Endpoint', id, status: 'active', connectionType: { code: 'hl7-fhir-rest' }, payloadType: [{ text: 'any' }], address: where,
  ...(extension ? { extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/sync-source', extension: [{ url: 'kind', valueCode: 'ehr' }, { url: 'resource', valueCode: 'Patient' }, { url: 'resource', valueCode: 'Coverage' }, ...extension] }] } : {}),
  ...change,
});
const CLIENT: Extension = { url: 'clientId', valueString: 'cobalt' };
const EVERY: Extension = { url: 'every', valueDuration: { value: 10, code: 'min', system: 'http://unitsofmeasure.org' } };

/** An Endpoint whose last run began so many minutes ago. */
const lagging = (id: string, minutes: number, failure?: string) => async (): Promise<Endpoint> => {
  const at = new Date(Date.now() - minutes * 60_000).toISOString();
  for (const lane of ['Patient', 'Coverage']) await put(toBasic({ source: id, lane, highWater: at, started: at, ended: at, counts: NOTHING, version: 0, ...(failure !== undefined && lane === 'Patient' ? { failure } : {}) }));
  return endpoint(id, `${address}/good/none`, [EVERY]);
};

type Keys = 'keys' | 'no keys';
const CASES: readonly (readonly [what: string, make: () => Endpoint | Promise<Endpoint>, keys: Keys, line: RegExp])[] = [
  ['a source that answers and offers what is wanted', () => endpoint('good', `${address}/good/none`, []), 'no keys', /^ok {3}source Endpoint\/good: http:\S+ answers \(Patient, Coverage: searched by _lastUpdated\); not synchronised yet$/],
  ['and gives a token', () => endpoint('token', `${address}/good/good/`, [CLIENT]), 'keys', /^ok {3}source Endpoint\/token: gives a token; http:\S+ answers/],
  ['no key of ours', () => endpoint('keyless', `${address}/good/good`, [CLIENT]), 'no keys', /^FAIL source Endpoint\/keyless: It asks for a token, .* set COBALT_CLIENT_KEYS\.$/],
  ['a client that is not known there', () => endpoint('stranger', `${address}/good/stranger`, [CLIENT]), 'keys', /^FAIL .*It gives no token\. .*register its JWKS there/],
  ['scopes that are not given', () => endpoint('stingy', `${address}/good/stingy`, [CLIENT]), 'keys', /^FAIL .*Its token lacks system\/Coverage\.rs: have them allowed there/],
  ['no token endpoint', () => endpoint('silent', `${address}/good/silent`, [CLIENT]), 'keys', /^FAIL .*names no token endpoint/],
  ['a type that is not offered', () => endpoint('lacking', `${address}/lacking/none`, []), 'no keys', /^FAIL .* answers, and lacks Coverage: have it offered there/],
  ['nothing to write back to', () => endpoint('readonly', `${address}/good/none`, [{ url: 'writeBack', valueBoolean: true }]), 'no keys', /^FAIL .* lacks a way to write Coverage back/],
  ['a page instead of FHIR', () => endpoint('page', `${address}/page/none`, []), 'no keys', /^FAIL .*\/metadata is no CapabilityStatement .*Endpoint\.address must be its FHIR base\.$/],
  ['nothing there', () => endpoint('gone', `${address}/gone/none`, []), 'no keys', /^FAIL .*\/metadata is no CapabilityStatement \(The source answered 404\)/],
  ['a redirect', () => endpoint('moved', `${address}/moved/none`, []), 'no keys', /^FAIL .*leads elsewhere .*: correct Endpoint\.address\.$/],
  ['out of order', () => endpoint('broken', `${address}/broken/none`, []), 'no keys', /^FAIL .*does not answer \(The source answered 503\): start it/],
  ['nobody listens', () => endpoint('nobody', 'http://127.0.0.1:9/fhir', []), 'no keys', /^FAIL .*http:\/\/127\.0\.0\.1:9\/fhir\/metadata does not answer/],
  ['an address that the rules do not allow', () => endpoint('foreign', 'https://ehr.example/fhir', []), 'no keys', /^FAIL .*https:\/\/ehr\.example\/fhir may not be called\. .*COBALT_OUTBOUND allows: add it there/],
  ['an Endpoint that makes no sense', () => endpoint('senseless', `${address}/good/none`, [{ url: 'every', valueDuration: { value: 5, code: 'mo', system: 'http://unitsofmeasure.org' } }]), 'no keys', /^FAIL .*positive duration in s, min, h, d or wk: correct the Endpoint, or set its status to off\.$/],
  ['a payer', () => endpoint('payer', `${address}/good/none`), 'no keys', /^ok {3}payer Endpoint\/payer: http:\S+ answers$/],
  ['a payer that is not there', () => endpoint('lost', 'http://127.0.0.1:9/fhir'), 'no keys', /^FAIL payer Endpoint\/lost: .*does not answer/],
  ['a payer reached by a folder that is not set', () => endpoint('folder', 'https://x.example', undefined, { connectionType: { code: 'x12-drop-folder' } }), 'no keys', /^FAIL payer Endpoint\/folder: .*set COBALT_837_DIR\.$/],
  ['a source that is in step', lagging('lag-none', 8), 'no keys', /^ok .*; 8 minutes behind$/],
  ['a source that is behind its schedule', lagging('lag-long', 200), 'no keys', /^FAIL .*It is 3 hours behind, and is to be looked at every 10 minutes: see whether Cobalt runs/],
  ['a source whose last run failed', lagging('lag-failed', 8, 'unauthorized'), 'no keys', /^FAIL .*The last run did not come to its end \(Patient: unauthorized\): GET Endpoint\/lag-failed\/\$sync-status says more/],
  ['one that is off', () => endpoint('off', 'https://ehr.example/fhir', [], { status: 'off' }), 'no keys', /^$/],
];

describe('cobalt doctor, on the systems that are asked', () => {
  const ids: string[] = [];
  const said = new Map<Keys, readonly string[]>();
  beforeAll(async () => {
    for (const [, make] of CASES) {
      const made = await make();
      ids.push(made.id ?? '');
      await put(made);
    }
    // It would look at those whose time has come.
    await served.kill();
    for (const [which, environment] of [['no keys', {}], ['keys', { COBALT_CLIENT_KEYS: keys }]] as const) {
      const { code, output, errors } = await cobalt(['doctor'], { environment: { COBALT_DATA: directory, ...environment } }).ended;
      expect([code, errors]).toEqual([69, '']);
      said.set(which, output.split('\n'));
    }
  });

  it.each(CASES.map(([what, , which, line], index) => [what, which, line, index] as const))('%s (%s)', (_what, which, line, index) => {
    expect(said.get(which)?.find((each) => each.includes(`Endpoint/${ids[index] ?? ''}:`)) ?? '').toMatch(line);
  });
});
