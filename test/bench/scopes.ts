import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import jsonwebtoken from 'jsonwebtoken';
import { explanationOfBenefit } from './fixtures.js';
import { load, type BenchRequest } from './loader.js';
import { startCobalt, withCobalt } from './process.js';
import { fill } from './rest.js';
import { median, type Row } from './table.js';

const CONNECTIONS = 32;
const ROUNDS = 7;
const SECONDS = 2;
const AUDIENCE = 'https://cobalt.example/fhir';

interface Tokens {
  /** As the setting has it. */
  readonly issuers: string;
  token(scope: string, patient?: string): string;
  close(): void;
}

/** Read, search and create with a token, beside the same server with the same data where nobody is asked for one. */
export const benchScopes = (): Promise<Row[]> =>
  withCobalt(async ({ base: open, data, children }) => {
    const tokens = await startIssuer();
    try {
      const { base: guarded } = await startCobalt(join(data, 'guarded'), 'none', children, { COBALT_AUTOMATION: 'off', COBALT_ISSUERS: tokens.issuers });
      const all = { Authorization: `Bearer ${tokens.token('user/*.cruds')}` };
      const own = { Authorization: `Bearer ${tokens.token('patient/*.cruds', 'bench-7')}` };
      const ids = { open: await fill(open), guarded: await fill(guarded, all) };
      const search: BenchRequest = { method: 'GET', path: '/fhir/ExplanationOfBenefit?patient=Patient/bench-7&_count=20' };
      const create: BenchRequest = { method: 'POST', path: '/fhir/ExplanationOfBenefit', body: JSON.stringify(explanationOfBenefit(7)) };
      const read = (id: string): BenchRequest => ({ method: 'GET', path: `/fhir/ExplanationOfBenefit/${id}` });
      const ofPatient = await one(guarded, 'ExplanationOfBenefit?patient=Patient/bench-7', own);
      const cases: readonly [name: string, plain: BenchRequest, asked: BenchRequest, bar: number][] = [
        ['read, user/ scope', read(ids.open), { ...read(ids.guarded), headers: all }, 0.7],
        ['search, user/ scope', search, { ...search, headers: all }, 0.8],
        ['create, user/ scope', create, { ...create, headers: all }, 0.8],
        ['read, patient/ scope', read(ids.open), { ...read(ofPatient), headers: own }, 0.15],
        ['search, patient/ scope', search, { ...search, headers: own }, 0.5],
        ['create, patient/ scope', create, { ...create, headers: own }, 0.5],
      ];
      const rows: Row[] = [];
      for (const each of cases) rows.push(await compare(...each, new URL(open).origin, new URL(guarded).origin));
      return rows;
    } finally {
      tokens.close();
    }
  });

async function compare(name: string, plain: BenchRequest, asked: BenchRequest, bar: number, open: string, guarded: string): Promise<Row> {
  const perSecond = async (origin: string, request: BenchRequest, seconds: number) => (await load(origin, [request], { connections: CONNECTIONS, seconds })).perSecond;
  const rounds: { mine: number; yardstick: number }[] = [];
  await perSecond(guarded, asked, 1);
  await perSecond(open, plain, 1);
  for (let round = 0; round < ROUNDS; round += 1) rounds.push({ mine: await perSecond(guarded, asked, SECONDS), yardstick: await perSecond(open, plain, SECONDS) });
  const mine = median(rounds.map((round) => round.mine));
  const yardstick = median(rounds.map((round) => round.yardstick));
  return { name, mine: `${Math.round(mine)}/s`, yardstick: `without issuers ${Math.round(yardstick)}/s`, ratio: mine / yardstick, bar, better: 'higher' };
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
