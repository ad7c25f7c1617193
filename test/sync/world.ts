import { expect } from 'vitest';
import type { Bundle, FhirResource, OperationOutcome, Parameters } from 'fhir/r4.js';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { AuthorizationServer, keysOf, signingKey } from './authorization-server.js';
import { Connections } from './connections.js';
import { FaultProxy, type Plan } from './fault-proxy.js';
import { endpoint, essence, household } from './household.js';
import { Peer, type PeerOptions } from './peer.js';

export const QUICK = { pace: { atOnce: 4, perSecond: 5_000, burst: 1_000, failures: 1_000, openMs: 1 }, waits: { baseMs: 1, mostMs: 5 }, leaseMs: 5_000 };
const SCOPES = ['system/Organization.rs', 'system/Patient.rs', 'system/RelatedPerson.rs', 'system/Coverage.rs', 'system/Coverage.rus'];
export const TYPES = ['Organization', 'Patient', 'RelatedPerson', 'Coverage'] as const;

export interface World {
  readonly peer: Peer;
  readonly server: TestServer;
  readonly proxy: FaultProxy;
  readonly authority: AuthorizationServer | undefined;
  plan: Plan;
  now: () => Date;
  /** Where connections went that is none of these servers. */
  readonly strangers: () => string[];
}

const open: { close(): Promise<void> }[] = [];
/** To be called after each test. */
export async function closeAll(): Promise<void> {
  for (const each of open.splice(0).reverse()) await each.close();
}

/** A clinic's health record behind an authorization server and a proxy, and a Cobalt that is to keep in step with it. */
export async function world({ households = 0, peerOptions = {}, secured = false, source = {}, tickMs }: { readonly tickMs?: number; readonly households?: number; readonly peerOptions?: PeerOptions; readonly secured?: boolean; readonly source?: NonNullable<SourceOptions> } = {}): Promise<World> {
  const connections = new Connections();
  open.push(connections);
  const key = signingKey('ES384');
  const authority = secured ? await AuthorizationServer.start({ keys: [key], scopes: SCOPES }) : undefined;
  const state: { plan: World['plan']; now: () => Date } = { plan: () => undefined, now: () => new Date() };
  const peer = await Peer.start({ pageSize: 5, ...peerOptions, publicBase: () => proxy.base, ...(authority ? { verify: authority.verify, tokenUrl: () => authority.tokenUrl } : {}) });
  const proxy: FaultProxy = await FaultProxy.start(() => peer.base, (request) => state.plan(request), () => peer.forgetPages());
  const server = await startTestServer({ clientKeys: keysOf(key), syncing: { ...QUICK, ...(tickMs === undefined ? {} : { tickMs }) }, now: () => state.now() });
  open.push(...[authority, peer, proxy, server].filter((each) => each !== undefined));
  for (let n = 0; n < households; n++) for (const resource of household(n)) await peer.put(resource);
  expect((await server.put('Endpoint/peer', endpoint(proxy.base, { ...(secured ? { clientId: 'cobalt-es384' } : {}), ...source }))).status).toBe(201);
  const strangers = (): string[] => connections.otherThan([peer.base, proxy.base, server.base, authority?.issuer]);
  return Object.assign(state, { peer, server, proxy, authority, strangers });
}
type SourceOptions = typeof endpoint extends (address: string, options?: infer O) => unknown ? O : never;

export interface Synced {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly checkpoint: string | undefined;
  readonly outcome: OperationOutcome | undefined;
  readonly lag: { readonly value: number } | undefined;
}

export async function sync({ server }: World, full = false): Promise<Synced> {
  const answer = await server.post('Endpoint/peer/$sync', { resourceType: 'Parameters', ...(full ? { parameter: [{ name: 'full', valueBoolean: true }] } : {}) });
  expect(answer.status, answer.text).toBe(200);
  return synced(answer.body as Parameters);
}

export const synced = ({ parameter = [] }: Parameters): Synced => ({ checkpoint: undefined, outcome: undefined, lag: undefined, ...Object.fromEntries(parameter.map((each) => [each.name, each.resource ?? each.valueUnsignedInt ?? each.valueString ?? each.valueDuration])) }) as unknown as Synced;

export async function all<T extends FhirResource>(server: TestServer, query: string): Promise<T[]> {
  const found: T[] = [];
  for (let url: string | undefined = `${query}${query.includes('?') ? '&' : '?'}_count=1000`; url !== undefined;) {
    const bundle = (await server.get(url)).body as Bundle<T>;
    found.push(...(bundle.entry ?? []).flatMap(({ resource }) => resource ?? []));
    url = bundle.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return found;
}

/** Both sides say the same of the same, nothing is lost and nothing is there twice. */
export async function expectInStep({ peer, server, proxy }: World): Promise<void> {
  for (const type of TYPES) {
    const there = await peer.all<FhirResource>(type);
    const here = new Map((await all<FhirResource>(server, type)).map((resource) => [resource.id, resource]));
    for (const resource of there) {
      const ours = here.get(localId(proxy.base, type, resource.id ?? ''));
      expect(ours && essence(ours), `${type}/${resource.id}`).toEqual(essence(resource));
    }
    const present = [...here.values()].filter((resource) => upstreamOf(resource)?.missingSince === undefined);
    expect(present.length, type).toBe(there.length);
  }
}
