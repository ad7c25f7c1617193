import type { IncomingMessage, ServerResponse } from 'node:http';
import smart from 'fhirclient';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { runScenario, type RealClient } from './scenario.js';

/** The SMART JS library on a server without tokens, as its documentation shows it for Node. */
runScenario('fhirclient', (baseUrl): RealClient => {
  const request = { url: '/', headers: { host: '127.0.0.1' }, socket: {} } as unknown as IncomingMessage;
  const client = smart(request as never, {} as ServerResponse as never).client({ serverUrl: baseUrl });
  const posted = (url: string, resource: FhirResource) => client.request({ url, method: 'POST', body: JSON.stringify(resource), headers: { 'Content-Type': 'application/fhir+json' } });
  return {
    capabilities: () => client.request('metadata'),
    create: (resource) => client.create(resource as never) as never,
    read: (type, id) => client.request(`${type}/${id}`),
    vread: (type, id, version) => client.request(`${type}/${id}/_history/${version}`),
    update: (resource) => client.update(resource as never) as never,
    patch: (type, id, operations) => client.patch(`${type}/${id}`, operations as never) as never,
    delete: async (type, id) => void (await client.delete(`${type}/${id}`)),
    async searchPages(type, parameters) {
      const pages: Bundle[] = [];
      for await (const page of client.pages(`${type}?${new URLSearchParams(parameters).toString()}`)) pages.push(page as Bundle);
      return pages;
    },
    send: (bundle) => posted('', bundle),
    operation: (code, type, id, input) => posted(`${type}/${id}/$${code}`, input),
    statusOf: (error) => (error as { status?: number }).status ?? (error as { statusCode?: number }).statusCode,
  };
});
