import { randomUUID } from 'node:crypto';
import type { Endpoint, FhirResource } from 'fhir/r4.js';
import type { Config } from '../config.js';
import { parseQuery } from '../fhir/interactions/target.js';
import type { Resources } from '../fhir/resources.js';
import { outbound, type Outbound } from '../outbound/index.js';
import { TokenCache } from '../smart/backend/index.js';
import { openLook } from '../store/open.js';
import type { Cursor, Look } from '../store/store.js';
import { examinePayer, examineSource, isSource, type Examined } from '../sync/index.js';
import { searchAsServed } from './definitions.js';

/** Nobody waits longer for a system that is looked at. */
const LIMITS = { milliseconds: 10_000, bytes: 32_000_000 };
const PAGE = 200;

/** Every active Endpoint that is kept in step with or that claims are sent to, and how it was found. @throws {StoreUnavailableError} */
export async function examinedEndpoints(config: Config): Promise<readonly (Examined & { readonly name: string })[]> {
  const look = await openLook(config.store);
  if (!look) return [];
  try {
    const { clientKeys: keys } = config;
    const way = outbound(config.outbound, LIMITS);
    const now = (): Date => new Date();
    const resources = await resourcesIn(look);
    const parts = { resources, outbound: way, tokens: keys && new TokenCache({ exchange: way.send, keys, now, newId: randomUUID }), now };
    const endpoints = await resources.search<Endpoint>('Endpoint', 'status=active');
    const examined = endpoints.map(async (endpoint) => {
      const name = `${isSource(endpoint) ? 'source' : 'payer'} Endpoint/${endpoint.id ?? ''}`;
      const found = isSource(endpoint) ? await examineSource(endpoint, parts) : await examineChannel(endpoint, way, config);
      return found && { name, ...found };
    });
    return (await Promise.all(examined)).filter((one) => one !== undefined);
  } finally {
    await look.close();
  }
}

/** Undefined: claims go there by no way of ours. */
async function examineChannel(endpoint: Endpoint, way: Outbound, { claimFolder }: Config): Promise<Examined | undefined> {
  switch (endpoint.connectionType.code) {
    case 'hl7-fhir-rest':
      return examinePayer(endpoint, { outbound: way });
    case 'x12-drop-folder':
      return claimFolder ? { well: true, said: `claims are left in ${claimFolder.folder}` } : { well: false, said: 'Claims to it are left in a folder, and none is set: set COBALT_837_DIR.' };
    default:
      return undefined;
  }
}

async function resourcesIn(look: Look): Promise<Pick<Resources, 'search' | 'pages'>> {
  const search = await searchAsServed();
  async function* pages<T extends FhirResource>(type: T['resourceType'], query: string): AsyncGenerator<T[]> {
    const { plan } = search.parse({ type, parameters: parseQuery(query), handling: 'strict' });
    let cursor: Cursor | undefined;
    do {
      const page = await look.search({ ...plan, count: PAGE, ...(cursor ? { cursor } : {}) });
      yield page.matches.map(({ body }) => JSON.parse(Buffer.from(body).toString('utf8')) as T);
      cursor = page.next;
    } while (cursor);
  }
  return {
    pages,
    async search<T extends FhirResource>(type: T['resourceType'], query: string): Promise<T[]> {
      const found: T[] = [];
      for await (const page of pages<T>(type, query)) found.push(...page);
      return found;
    },
  };
}
