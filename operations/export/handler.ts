import { askExport } from '../../src/exchange/bulk/ask-export.js';
import { asClient } from '../../src/exchange/bulk/client.js';
import type { BulkJobs } from '../../src/exchange/bulk/jobs.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import type { Search } from '../../src/fhir/search/index.js';

/** What exports and imports are begun with. */
export interface BulkOperationParts {
  readonly jobs: Pick<BulkJobs, 'begin' | 'idUnder' | 'moment'>;
  readonly search: Search;
}

/** `$export` (Bulk Data Access 2.0): begins an export of what is stored at this moment, and says where to ask for it. */
export const exportWith = ({ jobs, search }: BulkOperationParts): Handler => async (call, { caller, once }) => {
  const client = asClient(caller);
  const asked = askExport(call.in, call, client, search);
  return { accepted: await jobs.begin({ kind: 'export', ...asked, ...(await jobs.moment()), files: [], next: { type: 0 } }, { request: call.url, caller: client, once }) };
};
