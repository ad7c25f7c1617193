import type { Patient } from 'fhir/r4.js';
import { afterEach, expect } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';
import { TODAY } from '../work/automation/visit.js';
import { Peer } from './peer.js';

/** A server that does its work by itself, and a health record or a payer's system that it is kept in step with. */
export interface Pair {
  readonly peer: Peer;
  readonly server: TestServer;
}

/** Starts pairs, and closes them after each test. */
export function pairs(): () => Promise<Pair> {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  return async () => {
    const peer = await Peer.start();
    // What comes later has a later time.
    let moment = Date.parse(`${TODAY}T12:00:00Z`);
    const server = await startTestServer({ automation: true, now: () => new Date(moment++) });
    open.push(peer, server);
    return { peer, server };
  };
}

/** A run without a failure, and all the work that comes of it. */
export async function sync(server: TestServer, { isFull = false } = {}): Promise<void> {
  const answer = await server.post('Endpoint/peer/$sync', { resourceType: 'Parameters', ...(isFull ? { parameter: [{ name: 'full', valueBoolean: true }] } : {}) });
  expect([answer.status, (answer.body as { parameter: { name: string }[] }).parameter.find(({ name }) => name === 'outcome')], answer.text).toEqual([200, undefined]);
  await server.drain();
}

/** Says that ours is known at the peer under an address there. */
export async function alias(server: TestServer, type: string, id: string, base: string, target: string): Promise<void> {
  const { body } = await server.get(`${type}/${id}`);
  const resource = body as Patient;
  expect((await server.put(`${type}/${id}`, { ...resource, identifier: [...(resource.identifier ?? []), { use: 'secondary', system: base, value: target }] })).status).toBe(200);
}

export const SELF = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }] };
