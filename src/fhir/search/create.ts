import type { SearchParameter } from 'fhir/r4.js';
import type { Search } from './search.js';

export interface SearchOptions {
  /** The server's own base (`http://host/fhir`): absolute references below it are local. */
  readonly baseUrl: string;
  /** Definitions beyond base R4, merged over it: one that has the code of a base parameter replaces it. */
  readonly extraParameters?: readonly SearchParameter[];
  /** Milliseconds since 1970; what `ap` measures dates from. Default: the system's clock. */
  readonly now?: () => number;
}

/** @throws {Error} that names the SearchParameter when an extra definition cannot be compiled. */
export async function createSearch(_options: SearchOptions): Promise<Search> {
  throw new Error('not built yet');
}
