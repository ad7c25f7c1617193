import type { AuditEvent, Bundle, FhirResource } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { endpoint, household } from '../sync/household.js';
import { Peer } from '../sync/peer.js';
import { claim, families, guardedClinic, namesIn, type Asking } from './clinic.js';

/**
 * What may name several patients at once is in the compartment of each (R4): a token for Ana's record shows it only where
 * it names nobody else. Of each type one that is about Ana alone, which she sees, and one about both.
 */
const ref = (reference: string): { reference: string } => ({ reference });
const audit = (id: string, named: readonly string[], who = 'Practitioner/doc'): AuditEvent =>
  ({ resourceType: 'AuditEvent', id, type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' }, recorded: '2026-01-01T00:00:00Z', agent: [{ who: ref(who), requestor: true }], source: { observer: ref('Device/recorder') }, entity: named.map((each) => ({ what: ref(each) })) });
const provenance = (id: string, targets: readonly string[], from?: string): FhirResource =>
  ({ resourceType: 'Provenance', id, target: targets.map(ref), recorded: '2026-01-01T00:00:00Z', agent: [{ who: ref('Practitioner/doc') }], ...(from === undefined ? {} : { entity: [{ role: 'source', what: ref(from) }] }) });
const participants = (names: readonly string[]): { actor: { reference: string }; status: 'accepted' }[] => names.map((name) => ({ actor: ref(name), status: 'accepted' }));

const anew = ({ id: _id, ...resource }: FhirResource): FhirResource => resource as FhirResource;

/** By id; of `*-both` each names Ben too. */
const SEVERAL: readonly FhirResource[] = [
  provenance('pro-ana', ['Patient/ana']), provenance('pro-both', ['Patient/ana', 'Patient/ben']), provenance('pro-claim-both', ['Patient/ana', 'Claim/clm-ben']), provenance('pro-from-both', ['Patient/ana'], 'Patient/ben/_history/1'),
  provenance('pro-file-both', ['Patient/ana'], 'Binary/remittance'),
  ...['ana', 'both'].flatMap((of): FhirResource[] => {
    const names = of === 'ana' ? ['Patient/ana', 'Practitioner/doc'] : ['Patient/ana', 'Patient/ben'];
    return [
      { resourceType: 'Group', id: `grp-${of}`, type: 'person', actual: true, member: names.map((name) => ({ entity: ref(name) })) },
      { resourceType: 'Person', id: `per-${of}`, link: names.map((name) => ({ target: ref(name) })) },
      { resourceType: 'Account', id: `acc-${of}`, status: 'active', subject: names.map(ref) },
      { resourceType: 'Appointment', id: `app-${of}`, status: 'booked', start: '2026-07-01T09:00:00Z', end: '2026-07-01T09:30:00Z', participant: participants(names) },
      { resourceType: 'Schedule', id: `sch-${of}`, actor: names.map(ref) },
      { resourceType: 'List', id: `lst-${of}`, status: 'current', mode: 'working', subject: ref('Patient/ana'), entry: names.map((name) => ({ item: ref(name) })) },
    ];
  }),
];
const AUDITS = [
  audit('', ['Patient/ana']), audit('', ['Patient/ana', 'Patient/ben']), audit('', ['Patient/ana', 'Claim/clm-ben']), audit('', ['Patient/ana', 'Task/task-ben']), audit('', ['Patient/ana'], 'Patient/ben'), audit('', ['Patient/ana'], 'RelatedPerson/of-ben'),
];

const clinic = guardedClinic(() => [...families, ...SEVERAL]);
const ana = (scope = 'patient/*.cruds'): Asking => clinic.as(scope, { patient: 'ana' });
const everything = (): Asking => clinic.as('system/*.cruds');
const shown = SEVERAL.filter(({ id }) => id?.endsWith('-ana')).map(({ resourceType, id }) => `${resourceType}/${id}`);
const hidden = SEVERAL.filter(({ id }) => id?.endsWith('-both')).map(({ resourceType, id }) => `${resourceType}/${id}`);
const types = [...new Set(SEVERAL.map(({ resourceType }) => resourceType))];

/** The AuditEvents of this file by their numbers: ids are the server's. */
const audits: string[] = [];
beforeAll(async () => {
  for (const event of AUDITS) {
    const made = await everything().post('AuditEvent', anew(event));
    audits.push(`AuditEvent/${String(made.body.id)}`);
  }
});

describe('what names several patients', () => {
  it('is there, and is found by whoever is not limited', async () => {
    for (const name of [...shown, ...hidden, ...audits]) expect((await everything().get(name)).status, name).toBe(200);
    expect(hidden).toHaveLength(10);
  });

  it('is read under patient/ only where it names nobody else', async () => {
    for (const [names, status] of [[[...shown, audits[0] ?? ''], 200], [[...hidden, ...audits.slice(1)], 404]] as const) {
      for (const name of names) {
        for (const path of [name, `${name}/_history`, `${name}/_history/1`]) expect((await ana().get(path)).status, path).toBe(status);
      }
    }
  });

  it.each(types)('%s is found, counted and listed only so', async (type) => {
    const own = shown.filter((name) => name.startsWith(`${type}/`));
    for (const path of [type, `Patient/ana/${type}`, `${type}?_lastUpdated=gt2000-01-01`, `?_type=${type}`]) expect(namesIn(await ana().get(path)), path).toEqual(own);
    expect((await ana().get(`${type}?_summary=count`)).body.total).toBe(own.length);
    expect(namesIn(await ana().get(`${type}/_history`))).toEqual(own);
  });

  it('is neither included, nor looked through, nor part of the whole', async () => {
    const ways = ['Patient?_id=ana&_revinclude=*', 'Patient?_id=ana&_revinclude=Group:member&_revinclude=Account:subject', 'Practitioner?_revinclude=Provenance:agent', 'Patient/ana/*', 'Patient/ana/$everything', '_history?_count=200'];
    for (const path of ways) {
      const found = namesIn(await ana().get(path));
      for (const name of hidden) expect(found, path).not.toContain(name);
    }
    expect(namesIn(await ana().get('Patient?_has:Group:member:_id=grp-ana'))).toEqual(['Patient/ana']);
    for (const name of ['Group:member:_id=grp-both', 'Person:patient:_id=per-both', 'Provenance:target:_id=pro-both']) expect(namesIn(await ana().get(`Patient?_has:${name}`)), name).toEqual([]);
  });

  it('is seen by constraints and other scopes as ever', async () => {
    expect(namesIn(await ana('patient/Group.rs user/Group.rs?type=person').get('Group'))).toEqual(['Group/grp-ana', 'Group/grp-both']);
    expect(namesIn(await clinic.as('patient/*.rs', { patient: 'ben' }).get('Group'))).toEqual([]);
  });
});

describe('the audit trail under patient/', () => {
  it('names nobody else, whatever was committed and asked together', async () => {
    const entry = ['ana', 'ben'].map((name) => ({ resource: { ...(families.find(({ id }) => id === name) as FhirResource), language: 'en' }, request: { method: 'PUT', url: `Patient/${name}` } }));
    expect((await everything().post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
    await everything().get('Coverage?patient=Patient/ana,Patient/ben');
    await everything().get('Coverage?patient=Patient/ana');
    await clinic.as('patient/*.rs', { patient: 'ben', fhirUser: 'Patient/ben' }).get('Patient/ana');
    await clinic.server.flushAudit();
    for (const path of ['AuditEvent?_count=200', 'AuditEvent?patient=Patient/ana&_count=200', 'Patient/ana/AuditEvent?_count=200']) {
      const { body } = await ana().get(path);
      const events = ((body as Bundle).entry ?? []).map(({ resource }) => resource as AuditEvent);
      expect(events.length).toBeGreaterThan(1);
      for (const { entity = [], agent } of events) {
        expect(entity.flatMap(({ what }) => what?.reference ?? [])).toEqual(['Patient/ana']);
        expect(agent.flatMap(({ who }) => who?.reference ?? []).filter((who) => who === 'Patient/ben')).toEqual([]);
      }
    }
  });

  it.each([['AuditEvent', AUDITS[0]], ['Provenance', provenance('', ['Patient/ana'])]] as const)('takes no %s from a patient’s app', async (type, resource) => {
    const sent = anew(resource as FhirResource);
    const answer = await ana().post(type, sent);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('insufficient_scope')]);
    expect((await ana().post('', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: sent, request: { method: 'POST', url: type } }] })).status).toBe(403);
    expect((await clinic.as('user/*.cruds').post(type, sent)).status).toBe(201);
  });

  it('nor changes a Provenance, nor removes it', async () => {
    expect((await ana().put('Provenance/pro-ana', provenance('pro-ana', ['Patient/ana'], 'Organization/payer'))).status).toBe(403);
    expect((await ana().delete('Provenance/pro-ana')).status).toBe(403);
  });
});

describe('what Ana’s app puts others in', () => {
  it.each(hidden.filter((name) => !name.startsWith('Provenance')))('%s is refused', async (name) => {
    const sent = anew(SEVERAL.find(({ resourceType, id }) => `${resourceType}/${id}` === name) as FhirResource);
    expect((await ana().post(sent.resourceType, sent)).status).toBe(403);
  });

  it('and what is about her alone is taken', async () => {
    expect((await ana().post('Account', { resourceType: 'Account', status: 'active', subject: [ref('Patient/ana')] })).status).toBe(201);
    expect((await ana().put('Account/acc-ana', { resourceType: 'Account', id: 'acc-ana', status: 'active', subject: [ref('Patient/ana'), ref('Patient/ben')] })).status).toBe(403);
    expect((await ana().post('Claim', anew(claim('x', 'ana', 'cov-ana')))).status).toBe(201);
  });
});

describe('after a synchronisation of several patients', () => {
  it('neither Provenance nor AuditEvents name another', { timeout: 60_000 }, async () => {
    const peer = await Peer.start();
    for (let n = 0; n < 3; n++) for (const resource of household(n)) await peer.put(resource);
    expect((await everything().put('Endpoint/peer', endpoint(peer.base))).status).toBe(201);
    expect((await everything().post('Endpoint/peer/$sync', { resourceType: 'Parameters' })).status).toBe(200);
    await clinic.server.flushAudit();
    const [own, other] = ['p0', 'p1'].map((id) => localId(peer.base, 'Patient', id));
    expect((await everything().get('Provenance')).text).toContain(other);
    const app = clinic.as('patient/*.rs', { patient: own });
    for (const path of ['Provenance', 'AuditEvent?_count=200', 'Provenance/_history', 'AuditEvent/_history?_count=200', `Patient/${own}/*`]) {
      const { status, text } = await app.get(path);
      expect([path, status, text.includes(other ?? ''), text.includes('/Patient/p1')]).toEqual([path, 200, false, false]);
    }
    await peer.close();
  });
});
