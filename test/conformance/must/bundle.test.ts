import { show } from '../statement.js';
import { bundle } from '../statements/bundle.js';

show('must', bundle);
