import { show } from '../statement.js';
import { bundles } from '../statements/bundle.js';

show('may', bundles);
