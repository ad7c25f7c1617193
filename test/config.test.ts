import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, settings } from '../src/config.js';

const ISSUERS = '[{ "issuer": "https://login.clinic.example", "audience": "https://clinic.example/fhir" }]';

describe('configuration', () => {
  it('has defaults for everything', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, baseUrl: undefined, seed: 'demo', validate: 'base' });
    expect(config.store).toEqual({ kind: 'sqlite', directory: expect.stringMatching(/\/data$/) });
  });

  it.each([
    [{ NODE_ENV: 'production', COBALT_ISSUERS: ISSUERS }, { seed: 'none' }],
    [{ NODE_ENV: 'production', COBALT_ISSUERS: ISSUERS, COBALT_SEED: 'demo' }, { seed: 'demo' }],
    [{ HOST: '0.0.0.0', COBALT_ISSUERS: ISSUERS }, { host: '0.0.0.0', issuers: [{ issuer: 'https://login.clinic.example', audience: ['https://clinic.example/fhir'], scopesFrom: 'scope', jwksUri: undefined }], outbound: { loopback: false } }],
    [{}, { issuers: undefined, clientKeys: undefined }],
    [{ COBALT_VALIDATE: 'profile' }, { validate: 'profile' }],
    [{}, { automation: true }],
    [{ COBALT_AUTOMATION: 'off' }, { automation: false }],
    [{ COBALT_ESCALATION_DAYS: '21, 7' }, { escalationDays: [21, 7] }],
    [{ COBALT_ERA_DIR: '/srv/era' }, { eraFolder: '/srv/era' }],
    [{ COBALT_837_DIR: '/srv/claims' }, { claimFolder: { folder: '/srv/claims', windowMs: 0 } }],
    [{ COBALT_837_DIR: '/srv/claims', COBALT_837_WINDOW: '60' }, { claimFolder: { folder: '/srv/claims', windowMs: 60_000 } }],
    [{ HOST: '::1', PORT: '0' }, { host: '::1', port: 0 }],
    [{ COBALT_BASE_URL: 'https://clinic.example/fhir//' }, { baseUrl: 'https://clinic.example/fhir' }],
    [{ COBALT_STORE: 'mongodb://a:27017,b:27018/clinic?replicaSet=rs0' }, { store: { kind: 'mongo', url: 'mongodb://a:27017,b:27018/clinic?replicaSet=rs0' } }],
    [{ COBALT_STORE: 'mongodb+srv://user:word@cluster.example' }, { store: { kind: 'mongo', url: 'mongodb+srv://user:word@cluster.example' } }],
    [{ COBALT_OUTBOUND: 'fhir.payer.example' }, { outbound: { hosts: [{ name: 'fhir.payer.example' }], networks: [], loopback: true } }],
    [{ COBALT_TEST_ANYTHING: 'x', COBALTIC: 'y' }, { port: 8080 }],
  ])('reads %j', (environment, expected) => {
    expect(readConfig(environment)).toMatchObject(expected);
  });

  it.each([
    [{ COBALT_DTA: '/tmp' }, 'COBALT_DTA'],
    [{ PORT: '80a' }, 'PORT'],
    [{ PORT: '65536' }, 'PORT'],
    [{ PORT: '' }, 'PORT'],
    [{ HOST: '0.0.0.0' }, 'HOST'],
    [{ NODE_ENV: 'production' }, 'COBALT_ISSUERS'],
    [{ COBALT_ISSUERS: '[]' }, 'COBALT_ISSUERS'],
    [{ COBALT_ISSUERS: '/no/such/file.json' }, 'COBALT_ISSUERS'],
    [{ COBALT_CLIENT_KEYS: '{"keys":[]}' }, 'COBALT_CLIENT_KEYS'],
    [{ COBALT_CLIENT_KEYS: '/no/such/file.json' }, 'COBALT_CLIENT_KEYS'],
    [{ HOST: '127.evil.example' }, 'HOST'],
    [{ COBALT_SEED: 'all' }, 'COBALT_SEED'],
    [{ COBALT_837_WINDOW: '1m' }, 'COBALT_837_WINDOW'],
    [{ COBALT_VALIDATE: 'strict' }, 'COBALT_VALIDATE'],
    [{ COBALT_ESCALATION_DAYS: '30,,7' }, 'COBALT_ESCALATION_DAYS'],
    [{ COBALT_OUTBOUND: 'https://fhir.payer.example' }, 'COBALT_OUTBOUND'],
    [{ COBALT_DATA: ' ' }, 'COBALT_DATA'],
    [{ COBALT_STORE: '' }, 'COBALT_STORE'],
    [{ COBALT_STORE: 'postgres://localhost/cobalt' }, 'COBALT_STORE'],
    [{ COBALT_BASE_URL: 'ftp://x' }, 'COBALT_BASE_URL'],
    [{ COBALT_BASE_URL: 'http://user:pass@x/fhir' }, 'COBALT_BASE_URL'],
  ])('stops the start for %j, naming %s', (environment, name) => {
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(name);
  });

  it('shows no password of a store', () => {
    expect(() => readConfig({ COBALT_STORE: 'mongo://user:secret@host' })).toThrow(/^(?!.*secret)/);
  });

  it('says what each setting means', () => {
    for (const { meaning, shownDefault } of Object.values(settings)) expect([meaning, shownDefault].every((text) => text.length > 3)).toBe(true);
  });
});
