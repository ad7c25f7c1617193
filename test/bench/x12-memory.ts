/** Reads an 835 of so many MB (its argument), and prints the most memory that its process took, in MB. */
import { remittanceStream } from '../x12/stream-835.js';
import { readAndBalance } from './x12-read.js';

await readAndBalance(remittanceStream(Number(process.argv[2]) * 2 ** 20));
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
