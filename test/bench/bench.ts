/** `npm run bench`: every figure beside a yardstick measured in the same run, the two taking turns. */
import { benchEngine } from './engine.js';
import { benchRest } from './rest.js';
import { benchStart } from './start.js';
import { printTable } from './table.js';

printTable([benchEngine(), ...(await benchRest()), ...(await benchStart())]);
