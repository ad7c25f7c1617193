/** Load from a process of its own: one round of autocannon. Takes its options as JSON; prints requests a second. */
import autocannon from 'autocannon';

const options = JSON.parse(process.argv[2] ?? '{}') as autocannon.Options;
const result = await autocannon(options);
const wrong = result.non2xx + result.errors + result.timeouts;
if (wrong > 0) {
  console.error(`${wrong} requests failed`);
  process.exit(1);
}
console.log(result.requests.total / result.duration);
