import { show } from '../statement.js';
import { bundle } from '../statements/bundle.js';

show('may', bundle);
