import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** What a client's assertion is signed with (SMART App Launch 2.2, asymmetric client authentication: RS384 and ES384). */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: ClientAlgorithm;
  readonly key: KeyObject;
}

export type ClientAlgorithm = 'RS384' | 'ES384';

/** A public key as `/.well-known/jwks.json` shows it: never a private part. */
export interface PublicKey {
  readonly kty: string;
  readonly kid: string;
  readonly alg: ClientAlgorithm;
  readonly use: 'sig';
  readonly key_ops: readonly ['verify'];
  readonly [member: string]: unknown;
}

/**
 * Our own keys as a client of other servers. The first of each algorithm signs, all are published: a new key is put at
 * the end, and to the front when others have had the time to fetch it; the old one is taken out when nothing that it
 * signed counts any more.
 */
export interface ClientKeys {
  readonly published: readonly PublicKey[];
  /** The key to sign with: of the first of these algorithms that there is one for; default: the first key. */
  signing(algorithms?: readonly string[]): SigningKey | undefined;
}

/** The keys can't be used; the message shows nothing of them. */
export class KeysError extends Error {}

/**
 * Keys from a JSON Web Key Set (RFC 7517 §5) of private keys: RSA of at least 2048 bits, or EC on P-384.
 * @throws {KeysError}
 */
export function readClientKeys(text: string): ClientKeys {
  const keys = jwksIn(text).map(read);
  const kids = new Set(keys.map(({ signing }) => signing.kid));
  if (kids.size < keys.length) throw new KeysError('two keys have the same kid');
  return {
    published: keys.map(({ published }) => published),
    signing: (algorithms) => {
      const wanted = algorithms ?? keys.map(({ signing }) => signing.algorithm);
      return wanted.map((algorithm) => keys.find(({ signing }) => signing.algorithm === algorithm)?.signing).find((key) => key !== undefined);
    },
  };
}

/** How often the file is looked at for a change. */
const LOOK_MS = 1_000;

/**
 * Keys from a JSON Web Key Set or the path to one. A file that has changed is read again, so that keys rotate without a
 * restart; one that can't be read then leaves the keys as they were, and is told to `failed`.
 * @throws {KeysError} at the first reading.
 */
export function loadClientKeys(setting: string, failed: () => void = () => undefined, now: () => number = Date.now): ClientKeys {
  if (setting.trimStart().startsWith('{')) return readClientKeys(setting);
  if (!existsSync(setting)) throw new KeysError('there is no such file');
  let changed = statSync(setting).mtimeMs;
  let keys = readClientKeys(readFileSync(setting, 'utf8'));
  let looked = now();
  const current = (): ClientKeys => {
    if (now() - looked < LOOK_MS) return keys;
    looked = now();
    try {
      const { mtimeMs } = statSync(setting);
      if (mtimeMs !== changed) keys = readClientKeys(readFileSync(setting, 'utf8'));
      changed = mtimeMs;
    } catch {
      failed();
    }
    return keys;
  };
  return {
    get published() {
      return current().published;
    },
    signing: (algorithms) => current().signing(algorithms),
  };
}

function jwksIn(text: string): readonly JsonWebKey[] {
  const value = parsed(text);
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0) throw new KeysError('it is no JSON Web Key Set: {"keys": [ … ]}');
  return keys as JsonWebKey[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeysError('it is no JSON');
  }
}

/** RFC 7638 §3.2: what the thumbprint of a key is made from, which is all of its public part. */
const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'] };
const LEAST_RSA_BITS = 2048;

function read(jwk: JsonWebKey, index: number): { readonly signing: SigningKey; readonly published: PublicKey } {
  const key = imported(jwk, index);
  const algorithm = algorithmOf(key, index);
  if (typeof jwk['alg'] === 'string' && jwk['alg'] !== algorithm) throw new KeysError(`key ${index + 1} is for another algorithm than ${algorithm}`);
  const full = createPublicKey(key).export({ format: 'jwk' });
  const open = Object.fromEntries((PUBLIC_MEMBERS[full.kty ?? ''] ?? []).map((member) => [member, full[member]]));
  const kid = typeof jwk['kid'] === 'string' && jwk['kid'] !== '' ? jwk['kid'] : thumbprint(open);
  return { signing: { kid, algorithm, key }, published: { ...open, kty: full.kty ?? '', kid, alg: algorithm, use: 'sig', key_ops: ['verify'] } };
}

function imported(jwk: JsonWebKey, index: number): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new KeysError(`key ${index + 1} is no private RSA or EC key`);
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, index: number): ClientAlgorithm {
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_RSA_BITS) return 'RS384';
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'secp384r1') return 'ES384';
  throw new KeysError(`key ${index + 1} must be RSA of at least ${LEAST_RSA_BITS} bits, or EC on P-384`);
}

/** RFC 7638 */
const thumbprint = (open: Readonly<Record<string, unknown>>): string => createHash('sha256').update(JSON.stringify(open)).digest('base64url');
