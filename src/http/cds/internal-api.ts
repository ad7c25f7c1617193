import type { FhirResource, OperationOutcome } from 'fhir/r4.js';
import type { Caller } from '../../fhir/access/caller.js';
import type { FhirServer } from '../../fhir/fhir.js';
import { FhirError, type Issue } from '../../fhir/outcome.js';

/** Who asks, as the FHIR API is told. */
export interface Asker {
  readonly caller: Caller | undefined;
  readonly requestId: string;
  readonly address: string | undefined;
}

/** The FHIR API, asked by this server on behalf of whoever called a hook: with rights and an AuditEvent as any request. */
export class InternalApi {
  readonly #fhir: Pick<FhirServer, 'answer'>;
  readonly #asker: Asker;

  constructor(fhir: Pick<FhirServer, 'answer'>, asker: Asker) {
    this.#fhir = fhir;
    this.#asker = asker;
  }

  /** @throws {FhirError} what the API refuses, with its status */
  async ask<T extends FhirResource>(method: 'GET' | 'POST', path: readonly string[], { query = [], body }: { readonly query?: readonly (readonly [string, string])[]; readonly body?: FhirResource } = {}): Promise<T> {
    const { caller, requestId, address } = this.#asker;
    const answer = await this.#fhir.answer({
      method, path, query: query.map(([name, value]) => [name, value]), headers: { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' },
      body: method === 'GET' ? undefined : { bytes: Buffer.from(body === undefined ? '' : JSON.stringify(body)) }, requestId, caller, address,
    });
    const resource = JSON.parse(Buffer.from(answer.body ?? new Uint8Array()).toString('utf8')) as FhirResource;
    answer.sent?.();
    if (answer.status >= 400) throw new FhirError(answer.status, issuesIn(resource as OperationOutcome));
    return resource as T;
  }
}

const issuesIn = ({ issue }: OperationOutcome): Issue[] => issue.map(({ severity, code, details, expression: [expression] = [] }) => ({
  severity, code, text: details?.text ?? 'The server refused the request',
  ...(details?.coding?.[0]?.code === undefined ? {} : { id: details.coding[0].code }), ...(expression === undefined ? {} : { expression }),
}));
