import { toAdjudication } from '../../src/x12/era/adjudication.js';
import { checkRemittance } from '../../src/x12/era/balance.js';
import { readRemittances } from '../../src/x12/era/reader.js';

/** Reads an 835 into its model, with every segment and element checked; answers how many claims it has. */
export async function readWhole(source: Iterable<Buffer>): Promise<number> {
  let claims = 0;
  for await (const remittance of readRemittances(source)) claims += remittance.claims.length;
  return claims;
}

/** Reads an 835, balances it and makes an adjudication of each of its claims, whose number it answers. */
export async function readAndBalance(source: Iterable<Buffer>): Promise<number> {
  let claims = 0;
  for await (const remittance of readRemittances(source)) {
    if (checkRemittance(remittance).length > 0) throw new Error('the bench’s remittance does not balance');
    for (const claim of remittance.claims) if (toAdjudication(claim, remittance, undefined).adjudication.lines.length > 0) claims += 1;
  }
  return claims;
}
