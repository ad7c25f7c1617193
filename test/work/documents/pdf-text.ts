import { inflateSync } from 'node:zlib';

/** The text of a PDF that pdfkit wrote in a standard font, a line for each piece that was drawn. */
export function pdfText(bytes: Uint8Array): string {
  const file = Buffer.from(bytes).toString('latin1');
  const streams = [...file.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, body = '']) => contentOf(Buffer.from(body, 'latin1')));
  const pieces = streams.flatMap((stream) => [...stream.matchAll(/\[(.*?)\] TJ/g)].map(([, array = '']) => [...array.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1')).join('')));
  return pieces.join('\n');
}

/** A stream of a PDF, inflated; empty where it is no text. */
export function contentOf(body: Buffer): string {
  try {
    return inflateSync(body).toString('latin1');
  } catch {
    return '';
  }
}

export const pageCount = (bytes: Uint8Array): number => Buffer.from(bytes).toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
