/** `npm run bench`: every figure beside a yardstick measured in the same run, the two taking turns. */
import { benchAutomation } from './automation.js';
import { benchEngine } from './engine.js';
import { benchIncludes } from './includes.js';
import { withClaims } from './claims.js';
import { benchMissed } from './missed.js';
import { benchRest } from './rest.js';
import { benchReview } from './review.js';
import { benchScopes } from './scopes.js';
import { benchStart } from './start.js';
import { benchPosting } from './posting.js';
import { benchSync } from './sync.js';
import { printTable } from './table.js';
import { benchVolume } from './volume.js';
import { benchX12 } from './x12.js';

/** Claims whose backlog is told, and that are reviewed. */
const CLAIMS = 10_000;
/** Resources of the import: another number is the bench's argument. */
const RESOURCES = 100_000;

printTable([
  benchEngine(), ...(await benchX12()), ...(await benchRest()), ...(await benchScopes()), ...(await benchIncludes()), ...(await benchAutomation()), ...(await withClaims(CLAIMS, async (loaded) => [...(await benchMissed(loaded)), ...(await benchReview(loaded))])), ...(await benchPosting()), ...(await benchSync()), ...(await benchVolume(Number(process.argv[2] ?? RESOURCES))), ...(await benchStart()),
]);
