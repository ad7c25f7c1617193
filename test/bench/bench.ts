import { benchRest } from './rest.js';
import { printTable } from './table.js';

printTable(await benchRest());
