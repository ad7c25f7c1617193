import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliDecompress, createGunzip, createInflate, gzip, type BrotliOptions, type ZlibOptions } from 'node:zlib';

/** Content codings (RFC 9110 §8.4.1) that this server answers in, the better first. */
const CODINGS = ['br', 'gzip'] as const;
export type Coding = (typeof CODINGS)[number];

/** Below this, a compressed answer is hardly smaller and takes longer. */
export const MIN_COMPRESSED_BYTES = 1_024;

/** Quality and level at which an answer is compressed about as fast as a network takes it. */
const BROTLI_QUALITY = 4;
const GZIP_LEVEL = 5;

const brotli = promisify<Uint8Array, BrotliOptions, Buffer>(brotliCompress);
const zip = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);

const compressors: Readonly<Record<Coding, (body: Uint8Array) => Promise<Buffer>>> = {
  br: (body) => brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body) => zip(body, { level: GZIP_LEVEL }),
};

/** Compresses on a thread of the pool. */
export const compress = (body: Uint8Array, coding: Coding): Promise<Buffer> => compressors[coding](body);

/** Only texts: what is compressed or sealed already does not get smaller. */
export const isCompressible = (contentType: string): boolean => /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b)/.test(contentType);

/** What `Accept-Encoding` likes best of ours (RFC 9110 §12.5.3); undefined: as it is. */
export function chosenCoding(accepted: string | undefined): Coding | undefined {
  if (!accepted) return undefined;
  const weights = new Map(accepted.split(',').map((one) => weighted(one)));
  const weightOf = (coding: Coding): number => weights.get(coding) ?? (coding === 'gzip' ? weights.get('x-gzip') : undefined) ?? weights.get('*') ?? 0;
  const [best] = CODINGS.map((coding) => ({ coding, weight: weightOf(coding) })).sort((a, b) => b.weight - a.weight);
  return best && best.weight > 0 ? best.coding : undefined;
}

function weighted(text: string): [coding: string, weight: number] {
  const [coding = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = q === undefined ? 1 : Number(q.slice(2));
  return [coding, Number.isFinite(weight) ? weight : 0];
}

/** Codings that a request's body may come in. */
export const REQUEST_CODINGS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress,
};
