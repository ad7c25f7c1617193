import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { X12Parser } from 'node-x12';
import { X12parser } from 'x12-parser';
import { inProject } from '../../src/root.js';
import { remittanceStream } from '../x12/stream-835.js';
import { median, type Row } from './table.js';
import { readAndBalance, readWhole } from './x12-read.js';

const ROUNDS = 5;
const FILE_MB = 10;

/** The largest that a clearinghouse would send, and more. */
const LARGE_MB = 1_000;

/**
 * An 835 of 10 MB read into its model, beside what `node-x12` and `x12-parser` take to split the same file into segments;
 * how long it takes when it is balanced and made adjudications of too; and the memory that a file of a hundred times that
 * size takes.
 */
export async function benchX12(): Promise<Row[]> {
  const chunks = [...remittanceStream(FILE_MB * 2 ** 20)];
  const file = Buffer.concat(chunks);
  const all: Readonly<Record<string, () => Promise<number>>> = {
    read: () => readWhole(chunks),
    adjudicated: () => readAndBalance(chunks),
    'node-x12': () => Promise.resolve(splitWithNodeX12(file)),
    'x12-parser': () => splitWithX12Parser(chunks),
  };
  const claims = await readWhole(chunks);
  for (const [name, read] of Object.entries(all)) {
    const found = await read();
    if (found !== claims) throw new Error(`${name} found ${found} claims of ${claims}`);
  }
  const times = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, read] of Object.entries(all)) times.set(name, [...(times.get(name) ?? []), await secondsOf(read)]);
  }
  const seconds = (name: string): number => median(times.get(name) ?? []);
  const rate = (name: string): string => `${(file.length / 2 ** 20 / seconds(name)).toFixed(1)} MB/s`;
  const row = (what: string, mine: string, yardstick: string, bar: number): Row => ({
    name: what, mine: `${rate(mine)}, ${Math.round(claims / seconds(mine))} claims/s`, yardstick: `${yardstick}, segments only: ${rate(yardstick)}`, ratio: seconds(yardstick) / seconds(mine), bar, better: 'higher',
  });
  return [
    row('835 read into its model', 'read', 'node-x12', 5), row('835 read into its model', 'read', 'x12-parser', 5),
    row('835 read, balanced and made adjudications of', 'adjudicated', 'x12-parser', 2),
    memory(),
  ];
}

/** It takes the whole text at once. */
function splitWithNodeX12(file: Buffer): number {
  const parsed = new X12Parser(false).parse(file.toString('latin1'));
  const interchanges = 'interchanges' in parsed ? parsed.interchanges : [parsed];
  return interchanges.flatMap(({ functionalGroups }) => functionalGroups).flatMap(({ transactions }) => transactions).flatMap(({ segments }) => segments).filter(({ tag }) => tag === 'CLP').length;
}

async function splitWithX12Parser(chunks: readonly Buffer[]): Promise<number> {
  let claims = 0;
  for await (const segment of Readable.from(chunks).pipe(new X12parser())) if ((segment as { name: string }).name === 'CLP') claims += 1;
  return claims;
}

async function secondsOf(read: () => Promise<number>): Promise<number> {
  const start = performance.now();
  await read();
  return (performance.now() - start) / 1_000;
}

/** Most memory of processes that do nothing but read files of 10 MB and of a gigabyte. */
function memory(): Row {
  const short = mostMemory(FILE_MB);
  const long = mostMemory(LARGE_MB);
  return { name: `835 of ${LARGE_MB} MB: memory of the process`, mine: `${long} MB`, yardstick: `${FILE_MB} MB: ${short} MB`, ratio: long / short, bar: 1.25, better: 'lower' };
}

const mostMemory = (megabytes: number): number => Number(execFileSync(process.execPath, [inProject('dist/test/bench/x12-memory.js'), String(megabytes)], { encoding: 'utf8' }));
