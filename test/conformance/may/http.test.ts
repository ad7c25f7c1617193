import { show } from '../statement.js';
import { http } from '../statements/http.js';

show('may', http);
