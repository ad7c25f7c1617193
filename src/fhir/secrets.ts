import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Subscription } from 'fhir/r4.js';
import type { Caller } from './access/caller.js';
import { callerOf, keepCaller, type KeptCaller } from './access/kept.js';
import { CANONICAL } from './canonical.js';
import type { Edit } from './json/edit.js';
import { spanAt, stringAt, type JsonPath } from './json/spans.js';
import { errors } from './outcome.js';

/** What a sealed secret begins with. */
const SEAL = 'sealed:';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** On `Subscription.channel`: with which notifications are signed. */
export const SIGNING_SECRET = `${CANONICAL}/StructureDefinition/signing-secret`;

/** On `Subscription`: in whose name it is served, sealed. The server states it. */
export const SERVED_FOR = `${CANONICAL}/StructureDefinition/served-for`;

/**
 * Secrets that clients send and that Cobalt needs again: the values of a Subscription's headers, and what its notifications
 * are signed with. They are sealed (AES-256-GCM) before the resource is stored, so that no read, version, search or export
 * shows them. A sealed value holds for the origin of its endpoint: written back as it was read it stays what it is, moved to
 * another endpoint it is refused. The same secret seals the same, so that the same resource twice makes no new version.
 */
export class Secrets {
  readonly #key: Buffer;
  readonly #caller: Caller | undefined;
  readonly #cipher: Buffer;
  readonly #nonce: Buffer;

  /**
   * @param key at least 32 secret bytes, the same after a restart
   * @param caller who writes: in their name a Subscription is served from then on; undefined: the server itself, which changes nothing of that
   */
  constructor(key: Buffer, caller?: Caller) {
    this.#key = key;
    this.#caller = caller;
    const part = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `cobalt secrets ${purpose}`, 32));
    this.#cipher = part('cipher');
    this.#nonce = part('nonce');
  }

  /** The same secrets as a caller writes them. */
  as(caller: Caller): Secrets {
    return new Secrets(this.#key, caller);
  }

  seal(secret: string, endpoint: string): string {
    const origin = originOf(endpoint);
    const nonce = createHmac('sha256', this.#nonce).update(JSON.stringify([origin, secret])).digest().subarray(0, NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#cipher, nonce).setAAD(Buffer.from(origin));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${SEAL}${sealed.toString('base64url')}`;
  }

  /** Undefined: it was not sealed here for this endpoint. */
  open(sealed: string, endpoint: string): string | undefined {
    if (!sealed.startsWith(SEAL)) return undefined;
    const bytes = Buffer.from(sealed.slice(SEAL.length), 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#cipher, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(originOf(endpoint))).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /**
   * What is put into a resource's text in place of the secrets in it; none for most.
   * @throws {FhirError} 422 for a sealed value of another endpoint, and a header that is none
   */
  edits(resource: { readonly resourceType: string }, text: string, expression: string): Edit[] {
    if (resource.resourceType !== 'Subscription') return [];
    const { channel } = resource as Subscription;
    const endpoint = channel.endpoint ?? '';
    const sealedAt = (path: JsonPath, seal: (value: string) => string): Edit[] => {
      const span = spanAt(text, path);
      return span ? [{ ...span, parts: [JSON.stringify(seal(stringAt(text, span)))] }] : [];
    };
    const sealed = (secret: string, at: string): string => {
      if (!secret.startsWith(SEAL)) return this.seal(secret, endpoint);
      if (this.open(secret, endpoint) === undefined) throw errors.businessRule('This value was sealed for another endpoint: send the value itself', at, 'subscription-sealed');
      return secret;
    };
    return [
      ...this.#servedFor(resource as Subscription, text),
      ...(channel.header ?? []).flatMap((_, i) => sealedAt(['channel', 'header', i], (header) => withValue(header, `${expression}.channel.header[${i}]`, sealed))),
      ...(channel.extension ?? []).flatMap(({ url }, i) => (url === SIGNING_SECRET ? sealedAt(['channel', 'extension', i, 'valueString'], (value) => sealed(value, `${expression}.channel.extension[${i}].value`)) : [])),
    ];
  }

  /** The extension that says in whose name it is served, put in or in place of another. */
  #servedFor({ extension = [], channel: { endpoint = '' } }: Subscription, text: string): Edit[] {
    const at = extension.findIndex(({ url }) => url === SERVED_FOR);
    const own = at < 0 ? undefined : spanAt(text, ['extension', at]);
    if (!this.#caller) return [];
    const stated = JSON.stringify({ url: SERVED_FOR, valueString: this.seal(JSON.stringify(keepCaller(this.#caller)), endpoint) });
    if (own) return [{ ...own, parts: [stated] }];
    const list = spanAt(text, ['extension']);
    if (list) return [{ start: list.start + 1, end: list.start + 1, parts: [`${stated},`] }];
    const status = spanAt(text, ['status']);
    return status ? [{ start: status.end, end: status.end, parts: [`,"extension":[${stated}]`] }] : [];
  }

  /** In whose name a stored Subscription is served; undefined: nobody was asked who they are. @throws {Error} where that cannot be read: it is then served for nobody */
  callerOf({ extension = [], channel: { endpoint = '' } }: Subscription): Caller | undefined {
    const sealed = extension.find(({ url }) => url === SERVED_FOR)?.valueString;
    if (sealed === undefined) return undefined;
    const text = this.open(sealed, endpoint);
    if (text === undefined) throw new Error('in whose name a subscription is served cannot be read');
    return callerOf(JSON.parse(text) as KeptCaller);
  }

  /** The headers of a stored Subscription as they are sent; what cannot be opened is left out. */
  headersOf({ channel: { header = [], endpoint = '' } }: Subscription): Record<string, string> {
    return Object.fromEntries(header.flatMap((line) => {
      const [name, sealed] = headerOf(line);
      const value = this.open(sealed, endpoint);
      return value === undefined ? [] : [[name, value]];
    }));
  }

  /** With what the notifications of a stored Subscription are signed; undefined: they are not. */
  signingSecretOf({ channel: { extension = [], endpoint = '' } }: Subscription): string | undefined {
    return this.open(extension.find(({ url }) => url === SIGNING_SECRET)?.valueString ?? '', endpoint);
  }
}

/** `Authorization: Bearer x` as its name and value. */
export function headerOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

/** What HTTP or the notification itself sets. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'upgrade', 'te', 'trailer', 'expect', 'x-cobalt-signature']);

function withValue(line: string, at: string, change: (value: string, at: string) => string): string {
  const [name, value] = headerOf(line);
  const isSound = /^[!#$%&'*+.^`|~\w-]{1,64}$/.test(name) && !OWN_HEADERS.has(name.toLowerCase()) && /^[\t\x20-\x7e]+$/.test(value);
  if (!isSound) throw errors.businessRule('A header is a name and a value with a colon between, such as Authorization: Bearer …; those that HTTP itself sets cannot be given', at, 'subscription-header');
  return `${name}: ${change(value, at)}`;
}

const originOf = (endpoint: string): string => (URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint);
