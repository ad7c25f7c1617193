import { askImport } from '../../src/exchange/bulk/ask-import.js';
import { asClient, needsSystem } from '../../src/exchange/bulk/client.js';
import { keepPart } from '../../src/exchange/bulk/job.js';
import type { Journal } from '../../src/fhir/journal.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import type { Outbound } from '../../src/outbound/index.js';
import type { BulkOperationParts } from '../export/handler.js';

export interface ImportParts extends BulkOperationParts {
  readonly journal: Journal;
  readonly outbound: Pick<Outbound, 'check'>;
}

/** `$import`: begins to write what newline-delimited JSON says, a file or addresses, and says where to ask how far it is. */
export const importWith = ({ jobs, search, journal, outbound }: ImportParts): Handler => async (call, { caller, once }) => {
  const client = asClient(caller);
  if (client?.scopes.length === 0) throw needsSystem(client, [{ type: '*', permissions: ['c', 'u'] }]);
  const { inputs, parts } = askImport(call.in, { search, outbound });
  const id = jobs.idUnder(once);
  for (const [number, text] of parts.entries()) await keepPart('input', id, number, text, journal);
  return { accepted: await jobs.begin({ kind: 'import', inputs, next: { input: 0, line: 0 } }, { request: call.url, caller: client, once, id }) };
};
