import { Client } from 'fhir-kit-client';
import type { Bundle } from 'fhir/r4.js';
import { runScenario, type RealClient } from './scenario.js';

runScenario('fhir-kit-client', (baseUrl): RealClient => {
  const client = new Client({ baseUrl });
  return {
    capabilities: async () => as(await client.capabilityStatement()),
    create: async (resource) => as(await client.create({ resourceType: resource.resourceType, body: as(resource) })),
    read: async (resourceType, id) => as(await client.read({ resourceType, id })),
    vread: async (resourceType, id, version) => as(await client.vread({ resourceType, id, version })),
    update: async (resource) => as(await client.update({ resourceType: resource.resourceType, id: resource.id, body: as(resource) })),
    patch: async (resourceType, id, operations) => as(await client.patch({ resourceType, id, jsonPatch: as(operations) })),
    delete: async (resourceType, id) => void (await client.delete({ resourceType, id })),
    async searchPages(resourceType, searchParams) {
      const pages: Bundle[] = [];
      let page = as<Bundle | undefined>(await client.search({ resourceType, searchParams }));
      while (page) {
        pages.push(page);
        page = as(await client.nextPage({ bundle: as(page) }));
      }
      return pages;
    },
    send: async (bundle) => as(await client.transaction({ body: as(bundle) })),
    operation: async (name, resourceType, id, input) => as(await client.operation({ name, resourceType, id, input: as(input) })),
    statusOf: (error) => (error as { response?: { status?: number } }).response?.status,
  };
});

/** The library has types of its own for resources. */
const as = <T>(value: unknown): T => value as T;
