/** A FHIR server of another maker in a process of its own, filled with coverages; its base is what it prints. Arguments: how many, and whether it keeps pages. */
import { Peer } from '../sync/peer.js';
import { coverage } from '../sync/household.js';

const [coverages = '1000', pages = 'kept'] = process.argv.slice(2);
const peer = await Peer.start({ pageSize: 200, keepsPages: pages === 'kept' });
for (let n = 0; n < Number(coverages); n++) await peer.put(coverage(n));
process.stdout.write(`${peer.base}\n`);
