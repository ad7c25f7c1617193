import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import jsonwebtoken from 'jsonwebtoken';
import { startBare } from './beside-bare.js';
import { explanationOfBenefit } from './fixtures.js';
import { load, type BenchRequest } from './loader.js';
import { startCobalt, withCobalt } from './process.js';
import { fill } from './rest.js';
import { median, type Row } from './table.js';

const CONNECTIONS = 32;
const ROUNDS = 5;
const SECONDS = 2;
const AUDIENCE = 'https://cobalt.example/fhir';

interface Tokens {
  /** As the setting has it. */
  readonly issuers: string;
  token(scope: string, patient?: string): string;
  close(): void;
}

/** A server, whom it is asked as, and the id of a decision that may be read. */
interface Variant {
  readonly name: string;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly id: string;
}

/** What each variant reaches at least of what the bare listener serves: read, search, create. */
const BARS: Readonly<Record<string, readonly [read: number, search: number, create: number]>> = {
  '': [0.5, 0.3, 0.15],
  ', recorded': [0.17, 0.15, 0.1],
  ', user/ scope': [0.35, 0.25, 0.11],
  ', user/ scope, recorded': [0.15, 0.15, 0.08],
  ', patient/ scope, recorded': [0.15, 0.15, 0.06],
};

/**
 * Read by id, a page of 20 by patient and durable create beside a bare listener that sends the same headers and bytes, all
 * taking turns: where nobody is asked for a token and nothing is recorded, with an AuditEvent of each, with a token that
 * allows everything, and with one that allows a patient's own record.
 */
export const benchScopes = (): Promise<Row[]> =>
  withCobalt(async ({ base: open, data, children }) => {
    const tokens = await startIssuer();
    try {
      const start = async (name: string, settings: Readonly<Record<string, string>>): Promise<string> => (await startCobalt(join(data, name), 'none', children, { COBALT_AUTOMATION: 'off', ...settings })).base;
      const guard = { COBALT_ISSUERS: tokens.issuers };
      const [recorded, guarded, both] = [await start('recorded', { COBALT_AUDIT: 'on' }), await start('guarded', guard), await start('both', { COBALT_AUDIT: 'on', ...guard })];
      const all = { Authorization: `Bearer ${tokens.token('user/*.cruds')}` };
      const own = { Authorization: `Bearer ${tokens.token('patient/*.cruds', 'bench-7')}` };
      const filled = { open: await fill(open), recorded: await fill(recorded), guarded: await fill(guarded, all), both: await fill(both, all) };
      await putCoverage(both, all);
      const variants: readonly Variant[] = [
        { name: '', base: open, headers: {}, id: filled.open },
        { name: ', recorded', base: recorded, headers: {}, id: filled.recorded },
        { name: ', user/ scope', base: guarded, headers: all, id: filled.guarded },
        { name: ', user/ scope, recorded', base: both, headers: all, id: filled.both },
        { name: ', patient/ scope, recorded', base: both, headers: own, id: await one(both, 'ExplanationOfBenefit?patient=Patient/bench-7', own) },
      ];
      const requests: readonly (readonly [name: string, of: (variant: Variant) => BenchRequest])[] = [
        ['read by id', ({ id }) => ({ method: 'GET', path: `/fhir/ExplanationOfBenefit/${id}` })],
        ['search, page of 20 by patient', () => ({ method: 'GET', path: '/fhir/ExplanationOfBenefit?patient=Patient/bench-7&_count=20' })],
        ['durable create, validated and indexed', () => ({ method: 'POST', path: '/fhir/ExplanationOfBenefit', body: JSON.stringify(explanationOfBenefit(7)) })],
      ];
      const [plain] = variants;
      if (!plain) return [];
      const bare = await startBare(open, requests.map(([, of]) => of(plain)), data, children);
      const rows: Row[] = [];
      for (const [at, [name, of]] of requests.entries()) rows.push(...(await compare(name, at, variants, of, bare)));
      return rows;
    } finally {
      tokens.close();
    }
  });

/** All variants and the listener, one after another, round after round. */
async function compare(name: string, at: number, variants: readonly Variant[], of: (variant: Variant) => BenchRequest, bare: string): Promise<Row[]> {
  const asked = variants.map((variant) => ({ origin: new URL(variant.base).origin, request: { ...of(variant), headers: variant.headers } }));
  const [plain] = variants;
  const contenders = [...asked, ...(plain ? [{ origin: bare, request: of(plain) }] : [])];
  const perSecond = contenders.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [number, { origin, request }] of contenders.entries()) {
      const measured = await load(origin, [request], { connections: CONNECTIONS, seconds: round < 0 ? 1 : SECONDS });
      if (round >= 0) perSecond[number]?.push(measured.perSecond);
    }
  }
  const yardstick = median(perSecond.at(-1) ?? []);
  return variants.map((variant, number): Row => {
    const mine = median(perSecond[number] ?? []);
    return { name: `${name}${variant.name}`, mine: `${Math.round(mine)}/s`, yardstick: `bare node:http ${Math.round(yardstick)}/s`, ratio: mine / yardstick, bar: BARS[variant.name]?.[at] ?? 0, better: 'higher' };
  });
}

/** The coverage that the decisions name: with a `patient/` scope they may name nothing that is not in the patient's record. */
async function putCoverage(base: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const coverage = { resourceType: 'Coverage', id: 'bench-7', status: 'active', beneficiary: { reference: 'Patient/bench-7' }, payor: [{ reference: 'Organization/bench-payer' }] };
  const { status } = await fetch(`${base}/Coverage/bench-7`, { method: 'PUT', headers: { ...headers, 'content-type': 'application/fhir+json' }, body: JSON.stringify(coverage) });
  if (status !== 201) throw new Error(`the coverage of the bench was answered ${status}`);
}

async function one(base: string, search: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const { entry = [] } = (await (await fetch(`${base}/${search}&_count=1`, { headers })).json()) as { readonly entry?: readonly { readonly resource: { readonly id: string } }[] };
  if (!entry[0]) throw new Error('the patient of the bench has nothing');
  return entry[0].resource.id;
}

/** An issuer with one key, which is asked once. */
async function startIssuer(): Promise<Tokens> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256' }] });
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(keys));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuers: JSON.stringify([{ issuer, audience: AUDIENCE, jwksUri: `${issuer}/jwks` }]),
    token: (scope, patient) => jsonwebtoken.sign({ scope, ...(patient === undefined ? {} : { patient }) }, privateKey, { algorithm: 'ES256', keyid: 'bench', issuer, audience: AUDIENCE, subject: 'bench', expiresIn: '2h' }),
    close: () => void server.close(),
  };
}

if (process.argv[1]?.endsWith('scopes.js')) {
  const { printTable } = await import('./table.js');
  printTable(await benchScopes());
}
