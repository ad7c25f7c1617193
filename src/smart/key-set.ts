import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { askJson, type Ask } from './ask.js';
import { Fetched } from './fetched.js';
import type { Algorithm } from './issuer.js';
import { TokenRefused } from './refused.js';

/** The keys with which an issuer signs. */
export interface KeySet {
  /**
   * The key of a token's header.
   * @throws {TokenRefused} none, more than one, or one for another algorithm or another use.
   * @throws {Error} when the keys can't be had.
   */
  keyFor(header: KeyHeader): Promise<KeyObject>;
}

export interface KeyHeader {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
}

/** Keys are looked at again every ten minutes; where the issuer does not answer, they count for an hour. */
export const KEY_TIMES = { fresh: 600_000, stale: 3_600_000, pause: 30_000 };
/** More keys than any issuer has. */
const MOST_KEYS = 100;

/** Keys from a JSON Web Key Set (RFC 7517 §5) at the address that `uri` gives. */
export function keySet(uri: () => Promise<string>, ask: Ask, now: () => number): KeySet {
  const fetched = new Fetched(async () => keysIn(await askJson(ask, { method: 'GET', url: await uri() })), KEY_TIMES, now);
  return {
    async keyFor(header) {
      const keys = await fetched.get();
      const known = matching(keys, header);
      if (known.length > 0) return only(known, header);
      // A key that came since: fetched again, but not for each token that names one.
      const renewed = header.kid === undefined ? undefined : await fetched.renewed();
      return only(matching(renewed ?? keys, header), header);
    },
  };
}

function keysIn({ keys }: Readonly<Record<string, unknown>>): readonly JsonWebKey[] {
  if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw new Error('it is no JSON Web Key Set');
  return keys.filter((key): key is JsonWebKey => typeof key === 'object' && key !== null);
}

/** Those with the header's `kid`; without one all that may sign. */
const matching = (keys: readonly JsonWebKey[], { kid, algorithm }: KeyHeader): readonly JsonWebKey[] =>
  kid === undefined ? keys.filter((key) => isFor(key, algorithm)) : keys.filter((key) => key['kid'] === kid);

function only(keys: readonly JsonWebKey[], { algorithm }: KeyHeader): KeyObject {
  const [key, another] = keys;
  if (!key) throw new TokenRefused('The token is signed with a key that its issuer does not publish');
  if (another) throw new TokenRefused('The token does not say which of the keys of its issuer signed it');
  if (!isFor(key, algorithm)) throw new TokenRefused('The key of the token is for another algorithm or another use');
  const imported = importKey(key);
  const bits = imported?.asymmetricKeyDetails?.modulusLength;
  if (!imported || (bits !== undefined && bits < LEAST_RSA_BITS)) throw new TokenRefused('The key of the token can’t be used');
  return imported;
}

/** RFC 7518 §3.3 */
const LEAST_RSA_BITS = 2048;

function importKey(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Key type and curve by algorithm (RFC 7518 §3.1). */
const CURVES: Readonly<Partial<Record<Algorithm, string>>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

function isFor(key: JsonWebKey, algorithm: Algorithm): boolean {
  const curve = CURVES[algorithm];
  const isKind = curve === undefined ? key.kty === 'RSA' : key.kty === 'EC' && key.crv === curve;
  const isOfAlgorithm = key['alg'] === undefined || key['alg'] === algorithm;
  const isForSignatures = key['use'] === undefined || key['use'] === 'sig';
  const operations = key['key_ops'];
  return isKind && isOfAlgorithm && isForSignatures && (!Array.isArray(operations) || operations.includes('verify'));
}
