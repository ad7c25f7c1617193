/** A FHIR server of another maker in a process of its own, filled with coverages; its base is what it prints. */
import { Peer } from '../sync/peer.js';
import { coverage } from '../sync/household.js';

const peer = await Peer.start({ pageSize: 200 });
for (let n = 0; n < Number(process.argv[2] ?? 1_000); n++) await peer.put(coverage(n));
process.stdout.write(`${peer.base}\n`);
