import type { Page } from './statement.js';
import { bundles } from './statements/bundle.js';
import { http } from './statements/http.js';
import { search } from './statements/search.js';

/** The pages of R4 whose statements are claimed or not, by the names of the files that show them. */
export const pages: Readonly<Record<string, Page>> = { http, search, bundle: bundles };
