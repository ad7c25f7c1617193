import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import jsonwebtoken from 'jsonwebtoken';
import { readIssuers, type Issuer } from '../../src/smart/index.js';

export const AUDIENCE = 'https://cobalt.clinic.example/fhir';

/** A key pair of an issuer, made once for all tests of a file. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
}

export function issuerKey(kid: string, alg: string, bits = 2048): IssuerKey {
  const curve = ({ ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as Record<string, string>)[alg];
  const { privateKey, publicKey } = curve ? generateKeyPairSync('ec', { namedCurve: curve }) : generateKeyPairSync('rsa', { modulusLength: bits });
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** An authorization server that says and signs whatever a test wants of it. */
export interface TestIssuer {
  readonly url: string;
  /** What stands at its JWKS; to be changed by tests. */
  keys: JsonWebKey[];
  /** Its metadata beside issuer and jwks_uri. */
  metadata: Record<string, unknown>;
  /** What introspection answers, by token; others are inactive. */
  readonly active: Map<string, Record<string, unknown>>;
  /** Answers 500 to everything. */
  broken: boolean;
  readonly asked: Asked[];
  /** As an item of `COBALT_ISSUERS`. */
  configured(extra?: Record<string, unknown>): readonly [Issuer, ...Issuer[]];
  close(): Promise<void>;
}

export async function startIssuer(...keys: readonly IssuerKey[]): Promise<TestIssuer> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = request.url ?? '';
      issuer.asked.push({ path, authorization: request.headers.authorization, body });
      const answer = issuer.broken ? undefined : answerTo(path, body);
      response.writeHead(answer ? 200 : issuer.broken ? 500 : 404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const answerTo = (path: string, body: string): unknown => {
    if (path === '/.well-known/openid-configuration') return { issuer: url, jwks_uri: `${url}/jwks`, ...issuer.metadata };
    if (path === '/jwks') return { keys: issuer.keys };
    if (path === '/introspect') return issuer.active.get(new URLSearchParams(body).get('token') ?? '') ?? { active: false };
    return undefined;
  };
  const issuer: TestIssuer = {
    url, keys: keys.map(({ jwk }) => jwk), metadata: {}, active: new Map(), broken: false, asked: [],
    configured: (extra = {}) => readIssuers(JSON.stringify([{ issuer: url, audience: AUDIENCE, ...extra }])) as readonly [Issuer],
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
  return issuer;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** What a good token says. */
export const goodClaims = (issuer: TestIssuer, scope: string | undefined, extra: Record<string, unknown> = {}): Record<string, unknown> => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer.url, sub: 'user-1', aud: AUDIENCE, client_id: 'app', iat: now, exp: now + 300, ...(scope === undefined ? {} : { scope }), ...extra };
};

/** A token signed by a key, whatever its header and claims say. */
export function signed(key: IssuerKey, claims: object, header: Record<string, unknown> = {}): string {
  return jsonwebtoken.sign(claims, key.privateKey, { algorithm: key.alg as jsonwebtoken.Algorithm, noTimestamp: !('iat' in claims), header: { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header } as jsonwebtoken.JwtHeader });
}

/** A token without a library's care: the header says what it says, the signature is what is given. */
export function forged(header: unknown, claims: unknown, signature: (input: string) => string): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${signature(input)}`;
}

/** HMAC with the public key as the secret: what a verifier falls for that believes the header. */
export const confused = (key: IssuerKey, encoding: 'pem' | 'der') => (input: string): string => {
  const publicKey = createPublicKey(createPrivateKey(key.privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const secret = encoding === 'pem' ? publicKey.export({ type: 'spki', format: 'pem' }) : publicKey.export({ type: 'spki', format: 'der' });
  return createHmac('sha256', secret).update(input).digest('base64url');
};
