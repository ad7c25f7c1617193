import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inProject } from '../../src/root.js';
import { readTransactionSets, type TransactionSet } from '../../src/x12/envelope.js';
import { readRemittance } from '../../src/x12/era/reader.js';
import type { Remittance } from '../../src/x12/era/remittance.js';
import { X12Error } from '../../src/x12/position.js';
import type { Delimiters, Segment } from '../../src/x12/segment.js';
import { tokenize, type X12Source } from '../../src/x12/tokenizer.js';

/** The public samples stand beside the project and are not part of it. */
const samples = inProject('..', 'shared', 'samples');
export const hasSamples = existsSync(samples);
if (!hasSamples) console.log('skipped: tests of public X12 samples, since ../shared/samples is not there');

/** Files of a folder of the samples, by name; none without the samples. */
export const sampleFiles = (folder: string, ending = ''): string[] => (hasSamples ? readdirSync(`${samples}/${folder}`).filter((name) => name.endsWith(ending)).sort() : []);
export const sample = (folder: string, name: string): Buffer => readFileSync(`${samples}/${folder}/${name}`);
export const authored = (folder: string, name: string): string => readFileSync(inProject('test/samples/authored', folder, name), 'utf8');

/** Segments of one interchange. */
export interface SegmentBatch {
  readonly segments: Segment[];
  readonly delimiters: Delimiters;
}

export async function batchesOf(source: X12Source): Promise<SegmentBatch[]> {
  const batches: SegmentBatch[] = [];
  for await (const tokenizer of tokenize(source)) {
    while (tokenizer.next()) {
      if (tokenizer.id === 'ISA') batches.push({ segments: [], delimiters: tokenizer.delimiters });
      batches.at(-1)?.segments.push(tokenizer.kept());
    }
  }
  return batches;
}

export const segmentsOf = async (source: X12Source): Promise<(readonly string[])[]> => (await batchesOf(source)).flatMap(({ segments }) => segments.map(({ elements }) => elements));

export async function setsOf(text: string | Uint8Array): Promise<TransactionSet[]> {
  const sets: TransactionSet[] = [];
  for await (const set of readTransactionSets([text])) sets.push(set);
  return sets;
}

export const remittancesOf = async (text: string | Uint8Array): Promise<Remittance[]> => (await setsOf(text)).map(readRemittance);

/** The refusal of a file, or undefined. */
export async function refusalOf(reading: Promise<unknown>): Promise<X12Error | undefined> {
  try {
    await reading;
    return undefined;
  } catch (error) {
    if (error instanceof X12Error) return error;
    throw error;
  }
}

const ISA = 'ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260311*0615*^*00501*000000001*0*P*:~';

/** A whole interchange of one group and one set around these segments (`BPR*…`), with right counts. */
export function interchange(body: readonly string[], { code = '835', version = '005010X221A1' } = {}): string {
  return [ISA, `GS*HP*PAYER*CLINIC*20260311*0615*1*X*${version}~`, `ST*${code}*0001~`, ...body.map((segment) => `${segment}~`), `SE*${body.length + 2}*0001~`, 'GE*1*1~', 'IEA*1*000000001~'].join('\n');
}

/** The segments of a remittance before its claims. */
export const HEADER = ['BPR*I*60.00*C*ACH************20260312', 'TRN*1*T1*1894000004', 'DTM*405*20260311', 'N1*PR*IRONGATE BENEFITS*XV*IRG60', 'N1*PE*PEBBLE CREEK CLINIC*XX*1002000119', 'LX*1'];
