import { expect, test } from 'vitest';
import { checkRemittance } from '../../src/x12/era/balance.js';
import { readRemittances } from '../../src/x12/era/reader.js';
import { remittanceStream } from './stream-835.js';

/** `COBALT_TEST_X12_MB=1000` reads a gigabyte. */
const MB = Number(process.env['COBALT_TEST_X12_MB'] ?? 50);

test(`memory stays flat over a file of ${MB} MB, which is read to its end and balances`, { timeout: 600_000 }, async () => {
  let claims = 0;
  let most = 0;
  const start = process.memoryUsage().rss;
  for await (const remittance of readRemittances(remittanceStream(MB * 2 ** 20))) {
    claims += remittance.claims.length;
    expect(checkRemittance(remittance)).toEqual([]);
    most = Math.max(most, process.memoryUsage().rss - start);
  }
  console.log(`835 of ${MB} MB: ${claims} claims, at most ${Math.round(most / 2 ** 20)} MB above the start`);
  expect(claims).toBeGreaterThan(MB * 1_000);
  expect(most).toBeLessThan(150 * 2 ** 20);
});
