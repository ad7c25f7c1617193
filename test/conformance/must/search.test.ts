import { show } from '../statement.js';
import { search } from '../statements/search.js';

show('must', search);
