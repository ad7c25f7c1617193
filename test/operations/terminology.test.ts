import type { CodeSystem, OperationOutcome, Parameters, ValueSet } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';

const COBALT = 'https://cobalt.example/fhir';
const R4 = 'http://hl7.org/fhir/ValueSet';
const THO = 'http://terminology.hl7.org/CodeSystem';
const COLOURS = 'http://example.org/CodeSystem/colour';

/** A clinic's own code system and value sets, stored like any resource. */
const STORED: (CodeSystem | ValueSet)[] = [
  {
    resourceType: 'CodeSystem', id: 'colour', url: COLOURS, version: '2', status: 'active', content: 'complete', name: 'Colours', property: [{ code: 'warm', type: 'boolean' }],
    concept: [
      { code: 'any', display: 'Colour', property: [{ code: 'notSelectable', valueBoolean: true }], concept: [{ code: 'red', display: 'Red', definition: 'As blood.', property: [{ code: 'warm', valueBoolean: true }], designation: [{ language: 'de', value: 'Rot' }] }, { code: 'blue', display: 'Blue' }] },
      { code: 'puce', display: 'Puce', property: [{ code: 'status', valueCode: 'retired' }] },
    ],
  },
  { resourceType: 'ValueSet', id: 'colours', url: 'http://example.org/ValueSet/colours', version: '2', status: 'active', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">colours</div>' }, compose: { include: [{ system: COLOURS }], exclude: [{ system: COLOURS, concept: [{ code: 'blue' }] }] } },
  { resourceType: 'ValueSet', id: 'both', url: 'http://example.org/ValueSet/both', status: 'active', compose: { include: [{ valueSet: ['http://example.org/ValueSet/colours'] }, { system: `${THO}/claim-type`, concept: [{ code: 'oral', display: 'Teeth' }] }] } },
  { resourceType: 'ValueSet', id: 'circle', url: 'http://example.org/ValueSet/circle', status: 'active', compose: { include: [1, 2, 3].map(() => ({ valueSet: ['http://example.org/ValueSet/circle'] })) } },
  { resourceType: 'ValueSet', id: 'loinc', url: 'http://example.org/ValueSet/loinc', status: 'active', compose: { include: [{ system: 'http://loinc.org' }] } },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const each of STORED) expect((await server.put(`${each.resourceType}/${each.id ?? ''}`, each)).status).toBe(201);
});
afterAll(() => server.close());

const inline = (compose: ValueSet['compose'], ...parameter: object[]): object => ({ resourceType: 'Parameters', parameter: [{ name: 'valueSet', resource: { resourceType: 'ValueSet', status: 'draft', compose } }, ...parameter] });
const ask = (path: string, body?: unknown) => server.request(body === undefined ? 'GET' : 'POST', path, body);
const codesIn = (answer: { body: unknown }): string[] => ((answer.body as ValueSet).expansion?.contains ?? []).map(({ code = '' }) => code);
const told = ({ status, body }: { status: number; body: unknown }): unknown[] => [status, ...(body as OperationOutcome).issue.flatMap(({ code, expression }) => [code, expression?.[0]])];
/** Parameters as `name: value`, parts in brackets. */
const shown = (parameters: Parameters): Record<string, unknown[]> => {
  const all: Record<string, unknown[]> = {};
  for (const { name, part, ...value } of parameters.parameter ?? []) (all[name] ??= []).push(part ? Object.fromEntries(part.map((each) => [each.name, Object.entries(each).find(([key]) => key.startsWith('value'))?.[1] as unknown])) : Object.values(value)[0]);
  return all;
};

describe('$expand', () => {
  it.each<[string, string, unknown, string[]]>([
    ['R4’s own, by URL', `ValueSet/$expand?url=${R4}/administrative-gender`, undefined, ['male', 'female', 'other', 'unknown']],
    ['with its version', `ValueSet/$expand?url=${R4}/administrative-gender&valueSetVersion=4.0.1`, undefined, ['male', 'female', 'other', 'unknown']],
    ['with its version in the URL', `ValueSet/$expand?url=${encodeURIComponent(`${R4}/administrative-gender|4.0.1`)}`, undefined, ['male', 'female', 'other', 'unknown']],
    ['Cobalt’s own, by id', 'ValueSet/filing-role/$expand', undefined, ['primary', 'secondary']],
    ['what is stored, with exclusions', 'ValueSet/colours/$expand', undefined, ['any', 'red', 'puce']],
    ['what is stored, by URL, through another', 'ValueSet/$expand?url=http://example.org/ValueSet/both', undefined, ['any', 'red', 'puce', 'oral']],
    ['in use only', 'ValueSet/colours/$expand?activeOnly=true', undefined, ['any', 'red']],
    ['words in code or display, in any case', `ValueSet/$expand?url=${R4}/claim-type&filter=PROF`, undefined, ['professional']],
    ['a page', `ValueSet/$expand?url=${R4}/administrative-gender&offset=1&count=2`, undefined, ['female', 'other']],
    ['no codes, the total only', `ValueSet/$expand?url=${R4}/administrative-gender&count=0`, undefined, []],
    ['inline, below a code', 'ValueSet/$expand', inline({ include: [{ system: COLOURS, filter: [{ property: 'concept', op: 'descendent-of', value: 'any' }] }] }), ['red', 'blue']],
    ['inline, below and with a code', 'ValueSet/$expand', inline({ include: [{ system: COLOURS, filter: [{ property: 'concept', op: 'is-a', value: 'any' }] }] }), ['any', 'red', 'blue']],
    ['inline, by a property', 'ValueSet/$expand', inline({ include: [{ system: COLOURS, filter: [{ property: 'warm', op: '=', value: 'true' }] }] }), ['red']],
    ['inline, what two sets have in common', 'ValueSet/$expand', inline({ include: [{ system: COLOURS, concept: [{ code: 'red' }, { code: 'blue' }], valueSet: ['http://example.org/ValueSet/colours'] }] }), ['red']],
    ['inline, an expansion that it carries', 'ValueSet/$expand', { resourceType: 'Parameters', parameter: [{ name: 'valueSet', resource: { resourceType: 'ValueSet', status: 'draft', expansion: { timestamp: '2026-01-01', contains: [{ system: 's', code: 'a', contains: [{ system: 's', code: 'b' }] }] } } }] }, ['a', 'b']],
  ])('%s', async (_name, path, body, codes) => {
    const answer = await ask(path, body);
    expect(answer.status, answer.text).toBe(200);
    expect(codesIn(answer)).toEqual(codes);
    expect((await server.post('ValueSet/$validate', answer.body)).body.issue[0].details.text).toBe('All OK');
  });

  it('tells what it depended on, the total, abstract codes and, where asked, designations and the definition', async () => {
    const { body } = await ask('ValueSet/colours/$expand?count=2&includeDesignations=true&includeDefinition=true');
    expect(body).toMatchObject({ url: 'http://example.org/ValueSet/colours', compose: { include: [{ system: COLOURS }] }, expansion: { total: 3, offset: 0, parameter: [{ name: 'count', valueInteger: 2 }, { name: 'includeDesignations', valueBoolean: true }] } });
    expect(body.expansion.contains).toEqual([{ system: COLOURS, version: '2', abstract: true, code: 'any', display: 'Colour' }, { system: COLOURS, version: '2', code: 'red', display: 'Red', designation: [{ language: 'de', value: 'Rot' }] }]);
    expect((await ask('ValueSet/colours/$expand')).body).not.toHaveProperty('compose');
    expect(body.expansion.identifier).toMatch(/^urn:uuid:/);
  });

  it.each<[string, string, unknown, unknown[]]>([
    ['an unknown value set', 'ValueSet/$expand?url=http://example.org/none', undefined, [404, 'not-found', 'url']],
    ['another version', `ValueSet/$expand?url=${R4}/administrative-gender&valueSetVersion=3.0.2`, undefined, [404, 'not-found', 'url']],
    ['none named', 'ValueSet/$expand', undefined, [400, 'required', undefined]],
    ['what draws on a system that is not here', 'ValueSet/loinc/$expand', undefined, [422, 'not-supported', undefined]],
    ['what includes itself', 'ValueSet/circle/$expand', undefined, [422, 'not-supported', undefined]],
    ['a filter that is not understood', 'ValueSet/$expand', inline({ include: [{ system: COLOURS, filter: [{ property: 'code', op: 'regex', value: '(a+)+$' }] }] }), [422, 'not-supported', undefined]],
    ['another language', 'ValueSet/colours/$expand?displayLanguage=de', undefined, [422, 'processing', 'displayLanguage']],
    ['a page before the first', 'ValueSet/colours/$expand?offset=-1', undefined, [400, 'value', 'offset']],
    ['a resource in the URL', 'ValueSet/$expand?valueSet=x', undefined, [400, 'not-supported', undefined]],
    ['an unknown parameter', 'ValueSet/colours/$expand?colour=red', undefined, [400, 'not-supported', undefined]],
  ])('refuses %s', async (_name, path, body, expected) => expect(told(await ask(path, body))).toEqual(expected));

  it('names what it lacks', async () => expect((await ask('ValueSet/loinc/$expand')).body.issue[0].details.text).toContain('http://loinc.org'));
});

describe('$validate-code', () => {
  const coded = (name: string, value: object) => ({ resourceType: 'Parameters', parameter: [{ name: 'url', valueUri: `${R4}/claim-type` }, { name, ...value }] });
  const [right, wrong] = [{ system: `${THO}/claim-type`, code: 'oral' }, { system: `${THO}/claim-type`, code: 'nasal' }];

  it.each<[string, string, unknown, Record<string, unknown[]>]>([
    ['a code, whose system is found', `ValueSet/$validate-code?url=${R4}/claim-type&code=oral`, undefined, { result: [true], display: ['Oral'] }],
    ['a code with its system', `ValueSet/$validate-code?url=${R4}/claim-type&code=oral&system=${THO}/claim-type`, undefined, { result: [true], display: ['Oral'] }],
    ['of another system', `ValueSet/$validate-code?url=${R4}/claim-type&code=oral&system=${COLOURS}`, undefined, { result: [false], message: [`The code is not in the value set ${R4}/claim-type`] }],
    ['with its display, in any case', `ValueSet/$validate-code?url=${R4}/claim-type&code=oral&display=ORAL`, undefined, { result: [true], display: ['Oral'] }],
    ['with another display', `ValueSet/$validate-code?url=${R4}/claim-type&code=oral&display=Nasal`, undefined, { result: [false], message: ['The display is not that of the code'], display: ['Oral'] }],
    ['a designation is a display too', 'ValueSet/colours/$validate-code?code=red&display=rot', undefined, { result: [true], display: ['Red'] }],
    ['a Coding', 'ValueSet/$validate-code', coded('coding', { valueCoding: right }), { result: [true], display: ['Oral'] }],
    ['a CodeableConcept, one of whose codings is right', 'ValueSet/$validate-code', coded('codeableConcept', { valueCodeableConcept: { coding: [wrong, right] } }), { result: [true], display: ['Oral'] }],
    ['a CodeableConcept without one', 'ValueSet/$validate-code', coded('codeableConcept', { valueCodeableConcept: { coding: [wrong] } }), { result: [false], message: [`The code is not in the value set ${R4}/claim-type`] }],
    ['a CodeableConcept of text alone', 'ValueSet/$validate-code', coded('codeableConcept', { valueCodeableConcept: { text: 'oral' } }), { result: [false], message: ['A concept needs a coding to be checked'] }],
    ['a heading', 'ValueSet/colours/$validate-code?code=any', undefined, { result: [false], message: ['The code is a heading over others and stands for nothing itself'], display: ['Colour'] }],
    ['a heading where one will do', 'ValueSet/colours/$validate-code?code=any&abstract=true', undefined, { result: [true], display: ['Colour'] }],
    ['Cobalt’s own', 'ValueSet/payer-kind/$validate-code?code=medigap', undefined, { result: [true], display: ['Medicare supplement'] }],
    ['of a code system', `CodeSystem/$validate-code?url=${THO}/claim-type&code=oral`, undefined, { result: [true], display: ['Oral'] }],
    ['of a code system by id', 'CodeSystem/colour/$validate-code?code=green', undefined, { result: [false], message: [`The code is not in the code system ${COLOURS}`] }],
    ['of the code system that a Coding names', 'CodeSystem/$validate-code', { resourceType: 'Parameters', parameter: [{ name: 'coding', valueCoding: right }] }, { result: [true], display: ['Oral'] }],
    ['of X12, whose texts are not here', 'CodeSystem/$validate-code?url=https://x12.org/codes/claim-adjustment-group-codes&code=CO&display=whatever', undefined, { result: [true] }],
  ])('%s', async (_name, path, body, expected) => {
    const answer = await ask(path, body);
    expect(answer.status, answer.text).toBe(200);
    expect(shown(answer.body as Parameters)).toEqual(expected);
  });

  it.each<[string, string, unknown, unknown[]]>([
    ['no code', `ValueSet/$validate-code?url=${R4}/claim-type`, undefined, [400, 'required', undefined]],
    ['two ways at once', 'ValueSet/$validate-code', { resourceType: 'Parameters', parameter: [{ name: 'url', valueUri: `${R4}/claim-type` }, { name: 'code', valueCode: 'oral' }, { name: 'coding', valueCoding: right }] }, [400, 'invalid', 'Parameters.parameter[2].value']],
    ['an unknown value set', 'ValueSet/$validate-code?url=http://example.org/none&code=a', undefined, [404, 'not-found', 'url']],
    ['an unknown code system', 'CodeSystem/$validate-code', { resourceType: 'Parameters', parameter: [{ name: 'coding', valueCoding: { system: 'http://loinc.org', code: '1' } }] }, [404, 'not-found', 'Parameters.parameter[0].value']],
    ['no code system', 'CodeSystem/$validate-code?code=a', undefined, [400, 'required', undefined]],
    ['what can not be told', 'ValueSet/loinc/$validate-code?code=a', undefined, [422, 'not-supported', undefined]],
    ['a coding of a wrong shape', 'ValueSet/$validate-code', coded('coding', { valueCoding: { code: 5 } }), [400, 'structure', 'Parameters.parameter[1].value.code']],
  ])('refuses %s', async (_name, path, body, expected) => expect(told(await ask(path, body))).toEqual(expected));
});

describe('$lookup', () => {
  it.each<[string, string, unknown, Record<string, unknown>]>([
    ['Cobalt’s own', `CodeSystem/$lookup?system=${COBALT}/CodeSystem/filing-role&code=primary`, undefined, { name: [expect.any(String)], version: ['0.1.0'], display: ['Primary'] }],
    ['R4’s own', `CodeSystem/$lookup?system=${THO}/claim-type&code=oral`, undefined, { display: ['Oral'], version: ['4.0.1'], property: expect.arrayContaining([{ code: 'inactive', value: false }]) }],
    ['by Coding', 'CodeSystem/$lookup', { resourceType: 'Parameters', parameter: [{ name: 'coding', valueCoding: { system: `${THO}/claim-type`, code: 'oral' } }] }, { display: ['Oral'] }],
    ['what is stored: definition, designation, place, own properties', `CodeSystem/$lookup?system=${COLOURS}&code=red`, undefined, {
      name: ['Colours'], display: ['Red'], designation: [{ language: 'de', value: 'Rot' }],
      property: [{ code: 'definition', value: 'As blood.' }, { code: 'parent', value: 'any', description: 'Colour' }, { code: 'inactive', value: false }, { code: 'warm', value: true }],
    }],
    ['a heading and what stands under it', `CodeSystem/$lookup?system=${COLOURS}&code=any&property=child&property=abstract`, undefined, { property: [{ code: 'child', value: 'red', description: 'Red' }, { code: 'child', value: 'blue', description: 'Blue' }, { code: 'abstract', value: true }] }],
    ['a retired code', `CodeSystem/$lookup?system=${COLOURS}&code=puce&property=inactive`, undefined, { property: [{ code: 'inactive', value: true }] }],
    ['X12’s: the code alone', 'CodeSystem/$lookup?system=https://x12.org/codes/claim-adjustment-group-codes&code=PR', undefined, { display: ['PR'] }],
    ['a currency', 'CodeSystem/$lookup?system=urn:iso:std:iso:4217&code=USD', undefined, { display: ['US Dollar'] }],
  ])('%s', async (_name, path, body, expected) => {
    const answer = await ask(path, body);
    expect(answer.status, answer.text).toBe(200);
    expect(shown(answer.body as Parameters)).toMatchObject(expected);
    expect((await server.post('Parameters/$validate', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: answer.body }] })).body.issue[0].details.text).toBe('All OK');
  });

  it.each<[string, string, unknown, unknown[]]>([
    ['an unknown system', 'CodeSystem/$lookup?system=http://www.ama-assn.org/go/cpt&code=99213', undefined, [404, 'not-found', 'system']],
    ['an unknown code', `CodeSystem/$lookup?system=${THO}/claim-type&code=nasal`, undefined, [404, 'not-found', 'code']],
    ['an unknown version', `CodeSystem/$lookup?system=${THO}/claim-type&code=oral&version=9`, undefined, [404, 'not-found', 'system']],
    ['a code alone', 'CodeSystem/$lookup?code=oral', undefined, [400, 'required', undefined]],
    ['a Coding without a system', 'CodeSystem/$lookup', { resourceType: 'Parameters', parameter: [{ name: 'coding', valueCoding: { code: 'oral' } }] }, [400, 'required', 'Parameters.parameter[0].value']],
    ['both', 'CodeSystem/$lookup', { resourceType: 'Parameters', parameter: [{ name: 'code', valueCode: 'oral' }, { name: 'coding', valueCoding: { system: 's', code: 'oral' } }] }, [400, 'invalid', 'Parameters.parameter[1].value']],
    ['names of JavaScript', `CodeSystem/$lookup?system=__proto__&code=constructor`, undefined, [404, 'not-found', 'system']],
  ])('refuses %s', async (_name, path, body, expected) => expect(told(await ask(path, body))).toEqual(expected));
});
