/** Load from a process of its own: one round of autocannon. Takes its options as JSON; prints a `Measured`. */
import autocannon from 'autocannon';
import type { Measured } from './loader.js';

const options = JSON.parse(process.argv[2] ?? '{}') as autocannon.Options;
const result = await autocannon(options);
const wrong = result.non2xx + result.errors + result.timeouts;
if (wrong > 0) {
  console.error(`${wrong} requests failed`);
  process.exit(1);
}
const measured: Measured = { perSecond: result.requests.total / result.duration, p99: result.latency.p99 };
console.log(JSON.stringify(measured));
