import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, FhirResource, Parameters } from 'fhir/r4.js';
import { expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import { Mortal } from '../work/automation/killing.js';
import { AuthorizationServer, signingKey } from './authorization-server.js';
import { FaultProxy, FAULTS } from './fault-proxy.js';
import { coverage, endpoint, essence, household } from './household.js';
import { Peer } from './peer.js';

const KILLS = 50;
const HOUSEHOLDS = 150;
const TYPES = ['Organization', 'Patient', 'RelatedPerson', 'Coverage'] as const;

/** Asks whichever process serves, and asks again where it died meanwhile. */
async function sync(server: Mortal, full: boolean): Promise<Parameters | undefined> {
  try {
    const body = JSON.stringify({ resourceType: 'Parameters', ...(full ? { parameter: [{ name: 'full', valueBoolean: true }] } : {}) });
    const answer = await fetch(`${await server.base}/Endpoint/peer/$sync`, { method: 'POST', headers: { 'Content-Type': 'application/fhir+json' }, body });
    return answer.ok ? ((await answer.json()) as Parameters) : undefined;
  } catch {
    return undefined;
  }
}

const isThrough = (parameters: Parameters | undefined): boolean => parameters !== undefined && !(parameters.parameter ?? []).some(({ name }) => name === 'outcome');

async function all(base: string, type: string): Promise<FhirResource[]> {
  const found: FhirResource[] = [];
  for (let url: string | undefined = `${base}/${type}?_count=1000`; url !== undefined;) {
    const bundle = (await (await fetch(url)).json()) as Bundle<FhirResource>;
    found.push(...(bundle.entry ?? []).flatMap(({ resource }) => resource ?? []));
    url = bundle.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return found;
}

/** What may happen in a health record. */
const CHANGES: readonly ((peer: Peer, n: number) => Promise<unknown>)[] = [
  (peer, n) => peer.put(coverage(n % HOUSEHOLDS, { subscriberId: `K${n}` })),
  (peer, n) => peer.put({ resourceType: 'Patient', id: `p${(n * 7) % HOUSEHOLDS}`, name: [{ family: `Renamed${n}` }], birthDate: '1980-02-03' }),
  async (peer, n) => {
    for (const resource of household(HOUSEHOLDS + n)) await peer.put(resource);
  },
  (peer, n) => peer.delete('Coverage', `c${(n * 11) % HOUSEHOLDS}`).catch(() => undefined),
  (peer, n) => peer.put({ resourceType: 'Organization', id: `payer-${n % 5}`, name: `Payer renamed ${n}` }),
];

it(`killed ${KILLS} times at random moments of a synchronisation with faults: both sides equal, nothing lost, nothing doubled`, { timeout: 600_000 + KILLS * 20_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-sync-crash-'));
  let areFaults = true;
  const key = signingKey('ES384');
  // Tokens end while pages are being read.
  const authority = await AuthorizationServer.start({ keys: [key], scopes: TYPES.map((type) => `system/${type}.rs`), seconds: 3 });
  const peer = await Peer.start({ pageSize: 7, publicBase: () => proxy.base, verify: authority.verify, tokenUrl: () => authority.tokenUrl });
  const proxy: FaultProxy = await FaultProxy.start(() => peer.base, (request) => (areFaults && /^GET \/fhir(\/[A-Z]|\?)/.test(request) && Math.random() < 0.1 ? FAULTS[Math.floor(Math.random() * FAULTS.length)] : undefined), () => peer.forgetPages());
  const server = new Mortal({ COBALT_DATA: directory, COBALT_CLIENT_KEYS: JSON.stringify({ keys: [{ ...key.key.export({ format: 'jwk' }), kid: key.kid, alg: key.algorithm, use: 'sig' }] }) });
  try {
    for (let n = 0; n < HOUSEHOLDS; n++) for (const resource of household(n)) await peer.put(resource);
    const put = await fetch(`${await server.base}/Endpoint/peer`, { method: 'PUT', headers: { 'Content-Type': 'application/fhir+json' }, body: JSON.stringify(endpoint(proxy.base, { clientId: 'cobalt-es384' })) });
    expect(put.status).toBe(201);
    for (let kill = 0; kill < KILLS; kill++) {
      const asked = sync(server, kill % 5 === 4);
      await CHANGES[kill % CHANGES.length]?.(peer, kill);
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 600));
      await server.killAndRestart();
      await asked;
    }
    areFaults = false;
    // What a killed process held is taken over when its lease has gone by.
    const until = Date.now() + 180_000;
    let last: Parameters | undefined;
    while (!isThrough((last = await sync(server, true))) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(isThrough(last), JSON.stringify(last)).toBe(true);
    const base = await server.base;
    for (const type of TYPES) {
      const there = await peer.all<FhirResource>(type);
      const here = new Map((await all(base, type)).map((resource) => [resource.id, resource]));
      const present = [...here.values()].filter((resource) => upstreamOf(resource)?.missingSince === undefined);
      expect(present.length, type).toBe(there.length);
      for (const resource of there) expect(essence(here.get(localId(proxy.base, type, resource.id ?? '')) as FhirResource), `${type}/${resource.id}`).toEqual(essence(resource));
    }
    expect(proxy.elsewhere).toBe(0);
  } finally {
    await server.kill();
    await proxy.close();
    await peer.close();
    await authority.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
