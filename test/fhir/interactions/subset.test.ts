import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
/** Written so that a trip through JSON.parse and JSON.stringify would show. */
const CLAIM = `{ "resourceType":"Claim","id":"c","meta":{"tag":[{"code":"mine"}]},
 "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"},
 "status":"active","type":{"coding":[{"code":"professional"}]},"use":"claim","patient":{"reference":"Patient/p"},"created":"2026-01-01",
 "provider":{"display":"\\u0078"},"priority":{"coding":[{"code":"normal"}]},
 "insurance":[{"sequence":1,"focal":true,"coverage":{"display":"x"},"businessArrangement":"b"}],
 "item":[{"sequence":1,"productOrService":{"text":"y"},"net":{"value":10.00,"currency":"USD"}}],
 "total":{"value":1.0e2,"currency":"USD"} }`;

beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  await server.put('Claim/c', CLAIM);
  await server.put('Patient/p', { resourceType: 'Patient', id: 'p', active: true, birthDate: '1970-01-01', _birthDate: { id: 'b' }, deceasedBoolean: false, contact: [{ name: { text: 'z' } }], photo: [{ url: 'http://x.example' }] });
});
afterAll(() => server.close());

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const MANDATORY_OF_CLAIM = ['status', 'type', 'use', 'patient', 'created', 'provider', 'priority', 'insurance'];
const keys = (resource: object): string[] => Object.keys(resource);

describe('_elements and _summary (R4 §3.1.1.5.8, §3.1.1.5.9)', () => {
  it.each<[string, string, string[]]>([
    ['an element, and what is mandatory', 'Claim/c?_elements=total', ['resourceType', 'id', 'meta', ...MANDATORY_OF_CLAIM, 'total']],
    ['an element with its type', 'Claim/c?_elements=Claim.total', ['resourceType', 'id', 'meta', ...MANDATORY_OF_CLAIM, 'total']],
    ['an element of another type', 'Claim/c?_elements=Patient.total', ['resourceType', 'id', 'meta', ...MANDATORY_OF_CLAIM]],
    ['a primitive with what extends it', 'Patient/p?_elements=birthDate', ['resourceType', 'id', 'meta', 'birthDate', '_birthDate']],
    ['a choice', 'Patient/p?_elements=deceased', ['resourceType', 'id', 'meta', 'deceasedBoolean']],
    ['a choice as the specification writes it', 'Patient/p?_elements=deceased[x]', ['resourceType', 'id', 'meta', 'deceasedBoolean']],
    ['several', 'Patient/p?_elements=active,photo', ['resourceType', 'id', 'meta', 'active', 'photo']],
    ['the text', 'Claim/c?_summary=text', ['resourceType', 'id', 'meta', 'text', ...MANDATORY_OF_CLAIM]],
    ['all but the text', 'Claim/c?_summary=data', ['resourceType', 'id', 'meta', ...MANDATORY_OF_CLAIM, 'item', 'total']],
    ['the summary', 'Patient/p?_summary=true', ['resourceType', 'id', 'meta', 'active', 'birthDate', '_birthDate', 'deceasedBoolean']],
  ])('%s: %s', async (_name, path, expected) => {
    const [type = '', id = ''] = path.split(/[/?]/);
    const read = await server.get(path);
    expect(keys(read.body)).toEqual(expected);
    expect(read.body.meta.tag).toContainEqual(SUBSETTED);
    const searched = await server.get(`${type}?_id=${id}&${path.split('?')[1]}`);
    expect(searched.body.entry[0].resource).toEqual(read.body);
    const [version] = (await server.get(`${type}/${id}/_history?${path.split('?')[1]}`)).body.entry;
    expect(version.resource).toEqual(read.body);
    expect((await server.get(`${type}/${id}/_history/1?${path.split('?')[1]}`)).body).toEqual(read.body);
  });

  it('leaves what stays byte for byte, and the own tags', async () => {
    const whole = (await server.get('Claim/c')).text;
    const { text, body } = await server.get('Claim/c?_elements=item,total');
    expect(body.meta.tag).toEqual([{ code: 'mine' }, SUBSETTED]);
    const withoutTag = text.replace(`,${JSON.stringify(SUBSETTED)}`, '');
    expect(withoutTag).toBe(whole.replace(/"text":\{.*\},\n /, ''));
    expect(text).toContain('"value":10.00');
    expect(text).toContain('"value":1.0e2');
  });

  it('summarizes elements inside, and keeps their mandatory ones', async () => {
    const { body } = await server.get('Claim/c?_summary=true');
    expect(body.insurance[0]).toEqual({ sequence: 1, focal: true, coverage: { display: 'x' } });
    expect(body.item).toBeUndefined();
  });

  it.each([['_summary=false'], ['_format=json']])('%s brings whole resources, untouched', async (query) => {
    expect((await server.get(`Claim/c?${query}`)).text).toBe((await server.get('Claim/c')).text);
  });

  it.each([['Claim/c?_summary=all'], ['Claim/c?_summary=count'], ['Claim/c?_elements=a b'], ['Claim?_summary=all'], ['Claim?_elements=,']])('%s → 400', async (path) => {
    expect((await server.get(path)).status).toBe(400);
  });

  it('concern what is included only where its type is named', async () => {
    const included = async (elements: string): Promise<string[]> => keys((await server.get(`Claim?_id=c&_include=Claim:patient&_elements=${elements}`)).body.entry[1].resource);
    expect(await included('total')).toContain('active');
    expect(await included('total,Patient.birthDate')).toEqual(['resourceType', 'id', 'meta', 'birthDate', '_birthDate']);
  });

  it('go on from page to page, and stand in the self link', async () => {
    const first = await server.get('Claim?_elements=total&_count=1');
    expect(first.body.link[0].url).toContain('_elements=total');
    await server.put('Claim/c2', CLAIM.replace('"id":"c"', '"id":"c2"'));
    const page = await server.get('Claim?_elements=total&_count=1&_sort=_id');
    const next = await server.get(page.body.link.find((link: { relation: string }) => link.relation === 'next').url);
    expect(next.body.entry[0].resource).not.toHaveProperty('item');
    expect(next.body.entry[0].resource.meta.tag).toContainEqual(SUBSETTED);
  });
});
