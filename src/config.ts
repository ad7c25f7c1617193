import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_POLICY, type WriteOffPolicy } from './claims/disposition/write-off-class.js';
import { parseAmount } from './claims/money.js';
import { isLoopback } from './http/hosts.js';
import { LOG_LEVELS } from './log.js';
import { readOutboundRules, type OutboundRules } from './outbound/index.js';
import { projectRoot } from './root.js';
import { IssuersError, KeysError, loadClientKeys, readCdsClients, readIssuers, type CdsClient, type ClientKeys, type Issuer } from './smart/index.js';
import { isMongoUrl, type StoreAddress } from './store/open.js';
import type { ClaimFolder } from './work/submission/drop-folder.js';

/** What an operator can set, read once at start. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The FHIR base that clients see, without a slash at the end; undefined: where it listens. */
  readonly baseUrl: string | undefined;
  /** Where the data is. */
  readonly store: StoreAddress;
  readonly seed: 'demo' | 'none';
  /** What a write must be: valid R4, or also what it claims to be. */
  readonly validate: 'base' | 'profile';
  /** Whether decisions that arrive are reviewed by the server itself. */
  readonly automation: boolean;
  /** Whether every access and change leaves an AuditEvent. */
  readonly audit: boolean;
  /** Days before a deadline on which a Task is escalated; undefined: the default. */
  readonly escalationDays: readonly number[] | undefined;
  /** Days after which an unread message is tried another way; undefined: the default. */
  readonly unreadDays: number | undefined;
  /** The folder from which remittances are taken, absolute; undefined: none. */
  readonly eraFolder: string | undefined;
  /** The folder in which claims are left for a clearinghouse, absolute, and how long they are collected; undefined: none. */
  readonly claimFolder: ClaimFolder | undefined;
  /** From which amounts one person, and two, approve a write-off; and up to which a balance is small. */
  readonly writeOffPolicy: WriteOffPolicy;
  /** Whether a conditional delete may delete more than one resource. */
  readonly conditionalDelete: 'single' | 'multiple';
  /** Requests that a caller may make in a minute; undefined: any number. */
  readonly rateLimit: number | undefined;
  /** Milliseconds that one search may take; undefined: the store's default. */
  readonly maxSearchMs: number | undefined;
  readonly log: (typeof LOG_LEVELS)[number];
  /** The other machines that Cobalt may call. */
  readonly outbound: OutboundRules;
  /** Whose access tokens are accepted; undefined: nobody is asked for one, and only this machine is served. */
  readonly issuers: readonly [Issuer, ...Issuer[]] | undefined;
  /** Whose CDS Hooks are answered; undefined: this machine's, while it is the only one that is served. */
  readonly cdsClients: readonly CdsClient[] | undefined;
  /** Our own keys as a client of other servers; undefined: none. */
  readonly clientKeys: ClientKeys | undefined;
}

/** A setting is unknown or has a bad value; the message is one sentence that names it. */
export class ConfigError extends Error {}

interface Setting<T> {
  readonly meaning: string;
  /** As the README's table shows it. */
  readonly shownDefault: string;
  readonly parse: (text: string, name: string) => T;
}

const setting = <T>(meaning: string, shownDefault: string, parse: (text: string, name: string) => T): Setting<T> => ({ meaning, shownDefault, parse });

const oneOf = <T extends string>(...values: readonly T[]) => (text: string, name: string): T => {
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw new ConfigError(`${name} must be one of ${values.join(', ')}.`);
  return value;
};

const port = (text: string, name: string): number => {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new ConfigError(`${name} must be a port number from 0 to 65535.`);
  return value;
};

const filled = (text: string, name: string): string => {
  if (text.trim() === '') throw new ConfigError(`${name} is set but empty.`);
  return text;
};

const httpUrl = (text: string, name: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new ConfigError(`${name} must be an http or https address without query, fragment or user, such as https://cobalt.clinic.example/fhir.`);
  }
  return text.replace(/\/+$/, '');
};

/** The message does not show what was given: it may hold a password. */
const storeUrl = (text: string, name: string): string => {
  if (!isMongoUrl(text)) throw new ConfigError(`${name} must be a MongoDB address such as mongodb://localhost:27017/cobalt; leave it out for the embedded store.`);
  return text;
};

const hosts = (text: string, name: string): OutboundRules => {
  const rules = readOutboundRules(text, false);
  if (!rules) throw new ConfigError(`${name} must be a list of hosts and networks such as fhir.payer.example, *.clearinghouse.example:8443, 10.20.0.0/16.`);
  return rules;
};

const days = (text: string, name: string): readonly number[] => {
  const given = text.split(',').map((each) => each.trim());
  if (!given.every((each) => /^\d{1,3}$/.test(each))) throw new ConfigError(`${name} must be numbers of days with commas between them, such as 30,14,7,3,1.`);
  return given.map(Number);
};

const numberOfDays = (text: string, name: string): number => {
  if (!/^[1-9]\d{0,2}$/.test(text.trim())) throw new ConfigError(`${name} must be a number of days from 1 to 999.`);
  return Number(text);
};

const count = (text: string, name: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new ConfigError(`${name} must be a number from 1.`);
  return Number(text);
};

const seconds = (text: string, name: string): number => {
  if (!/^\d{1,5}$/.test(text.trim())) throw new ConfigError(`${name} must be a number of seconds, such as 60.`);
  return Number(text);
};

const secondsFromOne = (text: string, name: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text.trim())) throw new ConfigError(`${name} must be a number of seconds from 1 to 9999.`);
  return Number(text);
};

const amount = (text: string, name: string): number => {
  const cents = /^\d{1,9}(\.\d{2})?$/.test(text.trim()) ? parseAmount(text.trim()) : undefined;
  if (cents === undefined) throw new ConfigError(`${name} must be in dollars, such as 25.00.`);
  return cents;
};

const thresholds = (text: string, name: string): Pick<WriteOffPolicy, 'oneFrom' | 'twoFrom'> => {
  const [one, two, ...others] = text.split(',');
  if (one === undefined || two === undefined || others.length > 0) throw new ConfigError(`${name} must be two amounts, such as 25.00,500.00.`);
  const [oneFrom, twoFrom] = [amount(one, name), amount(two, name)];
  if (twoFrom < oneFrom) throw new ConfigError(`${name} must begin with the lower of the two amounts.`);
  return { oneFrom, twoFrom };
};

/** What was given itself, or what stands in the file that it names. */
function givenOrInFile(text: string, name: string): string {
  if (/^\s*[[{]/.test(text)) return text;
  const path = resolve(projectRoot, filled(text, name));
  if (!existsSync(path)) throw new ConfigError(`${name} names a file that is not there.`);
  return readFileSync(path, 'utf8');
}

const listOf = <T>(read: (json: string) => T) => (text: string, name: string): T => {
  try {
    return read(givenOrInFile(text, name));
  } catch (error) {
    throw error instanceof IssuersError ? new ConfigError(`${name}: ${error.message}.`) : error;
  }
};

const clientKeys = (text: string, name: string): ClientKeys => {
  try {
    return loadClientKeys(/^\s*\{/.test(text) ? text : resolve(projectRoot, filled(text, name)));
  } catch (error) {
    throw error instanceof KeysError ? new ConfigError(`${name}: ${error.message}.`) : error;
  }
};

/** Every setting, in the order of the README's table. */
export const settings = {
  HOST: setting('Address to listen on; only loopback while no issuers are configured', '`127.0.0.1`', filled),
  PORT: setting('Port to listen on; 0 takes a free one', '`8080`', port),
  COBALT_BASE_URL: setting('The FHIR base as clients see it', '`http://HOST:PORT/fhir`', httpUrl),
  COBALT_DATA: setting('Folder of the embedded store', '`./data`', filled),
  COBALT_STORE: setting('A MongoDB address, `mongodb://HOST/DATABASE`, to keep the data there; a replica set or sharded cluster, for transactions', 'the embedded store', storeUrl),
  COBALT_SEED: setting('What an empty store is filled with: `demo` (a small clinic) or `none`', '`demo`; `none` if `NODE_ENV=production`', oneOf('demo', 'none')),
  COBALT_VALIDATE: setting('What a write is held to: `base` (R4 and known extensions) or `profile` (the profiles in `meta.profile` too)', '`base`', oneOf('base', 'profile')),
  COBALT_AUTOMATION: setting('Whether each payer’s decision that arrives is reviewed by itself (the next payer’s claim as a draft, or a Task that says why not), and what `$billing-review` adds up is kept at hand', '`on`', oneOf('on', 'off')),
  COBALT_AUDIT: setting('Whether every read, search, change and refusal leaves an AuditEvent: of a change in the same commit, of all else within half a second', '`on`', oneOf('on', 'off')),
  COBALT_ESCALATION_DAYS: setting('Days before a Task’s deadline on which it is escalated to the lead of its owner', '`30,14,7,3,1`', days),
  COBALT_UNREAD_DAYS: setting('Days after which a message to a patient is tried another way while it is unread', '`7` days', numberOfDays),
  COBALT_ERA_DIR: setting('Folder from which remittances (X12 835) and acknowledgements of claims (TA1, 999, 277CA) are taken; each file is moved to `done`, or to `failed` with the reason', 'none', filled),
  COBALT_837_DIR: setting('Folder in which claims (X12 837) are left for a clearinghouse, to payers whose Endpoint is of type `x12-drop-folder`', 'none', filled),
  COBALT_837_WINDOW: setting('How many seconds claims to one receiver are collected into one 837 file; at 0 none waits for others', '`0` seconds', seconds),
  COBALT_WRITE_OFF_APPROVAL: setting('From which amount one person, and from which two, must approve a write-off that law and contract do not settle; what the patient owed needs one always', '`25.00,500.00`', thresholds),
  COBALT_SMALL_BALANCE: setting('Up to which amount a patient’s balance may be written off as `small-balance`', '`10.00`', amount),
  COBALT_CONDITIONAL_DELETE: setting('Whether `DELETE [type]?…` refuses several matches (`single`) or deletes them all (`multiple`)', '`single`', oneOf('single', 'multiple')),
  COBALT_ISSUERS: setting('Whose access tokens are accepted (SMART): a JSON array of `{ issuer, audience, jwksUri?, algorithms?, introspection?, scopesFrom?, endpoints?, fhirBase?, launch? }`, or the path to one; needed to serve other machines', 'none', listOf((json) => readIssuers(json) as readonly [Issuer, ...Issuer[]])),
  COBALT_CDS_CLIENTS: setting('Which health records may call CDS Hooks: a JSON array of `{ issuer, jwksUri, algorithms?, fhirServers? }`, or the path to one; `fhirServers`: whose patients they may ask about (default: `fhirBase` of the issuer of the same name in `COBALT_ISSUERS`, or this server where that has none; without either, what a call brings is all that counts)', 'none; this machine, while it serves this machine only', listOf(readCdsClients)),
  COBALT_CLIENT_KEYS: setting('Our own private keys as a client of other servers: a JSON Web Key Set, or the path to one, which is read again when it changes; the public ones stand at `/.well-known/jwks.json`', 'none', clientKeys),
  COBALT_RATE_LIMIT: setting('Requests that one caller may make in a minute before it is answered 429; every answer says in `RateLimit` what is left', 'any number', count),
  COBALT_SEARCH_SECONDS: setting('Seconds that one search may take before it is stopped (400 `too-costly`)', '`30` seconds', secondsFromOne),
  COBALT_LOG: setting('What is logged, as JSON lines on standard error: `error`, `warn`, or `info` (every request too, by its route: no ids, no queries)', '`info`', oneOf(...LOG_LEVELS)),
  COBALT_OUTBOUND: setting('The other machines that Cobalt may call (payers’ endpoints), with https: hosts and networks, e.g. `fhir.payer.example, *.clearinghouse.example:8443, 10.20.0.0/16`', 'none; this machine, while it serves this machine only', hosts),
} as const;

type Settings = typeof settings;
type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} for an unknown `COBALT_*` name (`COBALT_TEST_*` aside) or a bad value. */
export function readConfig(environment: Environment): Config {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('COBALT_') && !name.startsWith('COBALT_TEST_') && !(name in settings)) {
      throw new ConfigError(`${name} is not a setting of Cobalt; known are ${Object.keys(settings).join(', ')}.`);
    }
  }
  const read = <K extends keyof Settings>(name: K): ReturnType<Settings[K]['parse']> | undefined => {
    const text = environment[name];
    return text === undefined ? undefined : (settings[name].parse(text, name) as ReturnType<Settings[K]['parse']>);
  };
  const host = read('HOST') ?? '127.0.0.1';
  const trusted = read('COBALT_ISSUERS');
  if (!trusted && environment['NODE_ENV'] === 'production') throw new ConfigError('COBALT_ISSUERS must say whose access tokens are accepted: in production (NODE_ENV) Cobalt serves nobody without a token.');
  if (!trusted && !isLoopback(host)) throw new ConfigError('HOST must be a loopback address such as 127.0.0.1: without COBALT_ISSUERS Cobalt serves this machine only.');
  const url = read('COBALT_STORE');
  const eraFolder = read('COBALT_ERA_DIR');
  const smallBalance = read('COBALT_SMALL_BALANCE');
  const claimFolder = read('COBALT_837_DIR');
  const searchSeconds = read('COBALT_SEARCH_SECONDS');
  const windowMs = 1_000 * (read('COBALT_837_WINDOW') ?? 0);
  return {
    host,
    port: read('PORT') ?? 8080,
    baseUrl: read('COBALT_BASE_URL'),
    store: url === undefined ? { kind: 'sqlite', directory: resolve(projectRoot, read('COBALT_DATA') ?? 'data') } : { kind: 'mongo', url },
    seed: read('COBALT_SEED') ?? (environment['NODE_ENV'] === 'production' ? 'none' : 'demo'),
    validate: read('COBALT_VALIDATE') ?? 'base',
    automation: (read('COBALT_AUTOMATION') ?? 'on') === 'on',
    audit: (read('COBALT_AUDIT') ?? 'on') === 'on',
    escalationDays: read('COBALT_ESCALATION_DAYS'),
    unreadDays: read('COBALT_UNREAD_DAYS'),
    eraFolder: eraFolder === undefined ? undefined : resolve(projectRoot, eraFolder),
    claimFolder: claimFolder === undefined ? undefined : { folder: resolve(projectRoot, claimFolder), windowMs },
    writeOffPolicy: { ...DEFAULT_POLICY, ...read('COBALT_WRITE_OFF_APPROVAL'), ...(smallBalance === undefined ? {} : { smallBalance }) },
    conditionalDelete: read('COBALT_CONDITIONAL_DELETE') ?? 'single',
    rateLimit: read('COBALT_RATE_LIMIT'),
    maxSearchMs: searchSeconds === undefined ? undefined : searchSeconds * 1_000,
    log: read('COBALT_LOG') ?? 'info',
    outbound: { hosts: [], networks: [], ...read('COBALT_OUTBOUND'), loopback: isLoopback(host) },
    issuers: trusted,
    cdsClients: read('COBALT_CDS_CLIENTS'),
    clientKeys: read('COBALT_CLIENT_KEYS'),
  };
}
