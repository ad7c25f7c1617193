import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Cursor } from '../../store/store.js';
import { errors } from '../outcome.js';
import type { QueryParameter } from './search.js';

/** What a page link must remember: the search (`ParsedSearch.self`), and where its next page begins. */
export interface PageState {
  readonly type: string | undefined;
  readonly parameters: readonly QueryParameter[];
  readonly cursor: Cursor;
}

/** A state longer than this is compressed, so that the link stays within what clients and proxies take. */
const LONG_BYTES = 600;
const PLAIN = Buffer.from([0]);
const COMPRESSED = Buffer.from([1]);
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** A page state is some hundred bytes; no honest one is larger than the query it came from. */
const MAX_STATE_BYTES = 4_000_000;

interface Keys {
  readonly cipher: Buffer;
  readonly nonce: Buffer;
}

const derived = new WeakMap<Buffer, Keys>();

function keysOf(key: Buffer): Keys {
  const known = derived.get(key);
  if (known) return known;
  const part = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `cobalt page link ${purpose}`, 32));
  const keys = { cipher: part('cipher'), nonce: part('nonce') };
  derived.set(key, keys);
  return keys;
}

/**
 * A page state as an opaque token (base64url): compressed if it is long, then sealed with AES-256-GCM. The nonce is made from the
 * content (HMAC-SHA-256), so that the same page always has the same link and no nonce serves two contents.
 * `key`: at least 32 secret bytes.
 */
export function sealPage(state: PageState, key: Buffer): string {
  const keys = keysOf(key);
  const text = Buffer.from(JSON.stringify([state.type ?? null, state.parameters, state.cursor]));
  const content = text.length > LONG_BYTES ? Buffer.concat([COMPRESSED, deflateRawSync(text)]) : Buffer.concat([PLAIN, text]);
  const nonce = createHmac('sha256', keys.nonce).update(content).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keys.cipher, nonce);
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** @throws {FhirError} 400 when the token is not one that this server sealed with this key. */
export function openPage(token: string, key: Buffer): PageState {
  const bytes = Buffer.from(token, 'base64url');
  // Base64 has several spellings of the same bytes: a link has one.
  if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== token) throw broken();
  const decipher = createDecipheriv('aes-256-gcm', keysOf(key).cipher, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const [type, parameters, cursor] = JSON.parse(decrypted()) as [string | null, QueryParameter[], Cursor];
  return { type: type ?? undefined, parameters, cursor };

  function decrypted(): string {
    try {
      const content = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      const text = content.subarray(1);
      return (content[0] === COMPRESSED[0] ? inflateRawSync(text, { maxOutputLength: MAX_STATE_BYTES }) : text).toString('utf8');
    } catch {
      throw broken();
    }
  }
}

const broken = () => errors.invalid('The page link is not one of this server, or was changed: begin the search again', undefined, 'page-link');
