import { createSign, createVerify, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KeysError, loadClientKeys, readClientKeys } from '../../src/smart/index.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' });
const set = (...keys: object[]): string => JSON.stringify({ keys });

describe('our own keys as a client', () => {
  it('publishes what is public, and nothing else', () => {
    const { published } = readClientKeys(set({ ...rsa, kid: 'a' }, { ...ec, kid: 'b' }));
    expect(published.map(({ kid, alg, use, kty }) => ({ kid, alg, use, kty }))).toEqual([
      { kid: 'a', alg: 'RS384', use: 'sig', kty: 'RSA' },
      { kid: 'b', alg: 'ES384', use: 'sig', kty: 'EC' },
    ]);
    for (const key of published) for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(key).not.toHaveProperty(secret);
  });

  it('signs with the first key of an algorithm, which verifies by what is published', () => {
    const keys = readClientKeys(set({ ...rsa, kid: 'a' }, { ...ec, kid: 'b' }));
    expect(keys.signing()?.kid).toBe('a');
    expect(keys.signing(['ES384', 'RS384'])?.kid).toBe('b');
    expect(keys.signing(['HS256'])).toBeUndefined();
    const { key } = keys.signing(['ES384']) ?? {};
    const signature = createSign('sha384').update('text').sign(key!);
    expect(createVerify('sha384').update('text').verify({ key: keys.published[1] as JsonWebKey, format: 'jwk' }, signature)).toBe(true);
  });

  it('names a key that has no name by its thumbprint (RFC 7638)', () => {
    const [first] = readClientKeys(set(ec)).published;
    expect(first?.kid).toMatch(/^[\w-]{43}$/);
    expect(readClientKeys(set(ec)).published[0]?.kid).toBe(first?.kid);
  });

  it.each([
    ['no JSON', '{'],
    ['no key set', '{"kty":"RSA"}'],
    ['no keys', set()],
    ['a public key', set({ kty: ec.kty, crv: ec.crv, x: ec.x, y: ec.y })],
    ['a symmetric key', set({ kty: 'oct', k: 'c2VjcmV0' })],
    ['another curve', set(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }))],
    ['too few bits', set(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' }))],
    ['another algorithm', set({ ...rsa, alg: 'RS256' })],
    ['a name twice', set({ ...rsa, kid: 'a' }, { ...ec, kid: 'a' })],
  ])('refuses %s, and shows nothing of it', (_, text) => {
    expect(() => readClientKeys(text)).toThrow(KeysError);
    for (const secret of [rsa.d, ec.d, 'c2VjcmV0']) expect(() => readClientKeys(text)).not.toThrow(secret);
  });
});

describe('rotation by overlap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cobalt-keys-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads a file again when it has changed, and keeps what it had when that is no good', () => {
    const path = join(folder, 'keys.json');
    let time = Date.UTC(2026, 0, 1);
    let failures = 0;
    const write = (text: string): void => {
      writeFileSync(path, text);
      utimesSync(path, time / 1000, time / 1000);
    };
    write(set({ ...rsa, kid: 'old' }));
    const keys = loadClientKeys(path, () => failures++, () => time);
    const step = (text: string): (string | undefined)[] => {
      time += 5_000;
      write(text);
      return [keys.signing()?.kid, ...keys.published.map(({ kid }) => kid)];
    };
    expect(step(set({ ...rsa, kid: 'old' }, { ...ec, kid: 'new' }))).toEqual(['old', 'old', 'new']);
    expect(step(set({ ...ec, kid: 'new' }, { ...rsa, kid: 'old' }))).toEqual(['new', 'new', 'old']);
    expect(step('{ half')).toEqual(['new', 'new', 'old']);
    expect(failures).toBeGreaterThan(0);
    expect(step(set({ ...ec, kid: 'new' }))).toEqual(['new', 'new']);
  });
});
