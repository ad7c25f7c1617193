import { readdirSync, readFileSync } from 'node:fs';
import type { Extension } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { inProject } from '../../src/root.js';
import { conformance } from './constraints.js';
import { misuse, usedExtensions } from './extension-check.js';

const caseFiles = readdirSync(inProject('test', 'cases')).filter((name) => name.endsWith('.json'));
const seedFiles = readdirSync(inProject('seed')).filter((name) => name.endsWith('.json'));

describe('each use of an extension conforms to its definition', () => {
  const files = [...caseFiles.map((name) => ['test', 'cases', name]), ...seedFiles.map((name) => ['seed', name])].map((path) => [path.join('/'), path] as const);
  it.each(files)('%s', (_name, path) => {
    const used = usedExtensions(JSON.parse(readFileSync(inProject(...path), 'utf8')));
    expect(used.flatMap((each) => misuse(each, conformance))).toEqual([]);
  });

  it('in derive.json there are many', () => {
    const used = usedExtensions(JSON.parse(readFileSync(inProject('test', 'cases', 'derive.json'), 'utf8')));
    expect(used.length).toBeGreaterThan(100);
  });
});

describe('a wrong use is found', () => {
  const url = (name: string): string => `${CANONICAL}/StructureDefinition/${name}`;
  const entitlement = (...parts: Extension[]): Extension => ({ url: url('medicare-entitlement'), extension: parts });
  const rules = (...parts: Extension[]): Extension => ({ url: url('payer-rules'), extension: [{ url: 'filingLimit', extension: parts }] });
  const [role, count, unit] = [{ url: 'role', valueCode: 'secondary' }, { url: 'count', valuePositiveInt: 90 }, { url: 'unit', valueCode: 'days' }];

  it.each<[string, string, Extension, RegExp]>([
    ['a code that is not in the list', 'Coverage', { url: url('payer-kind'), valueCode: 'commercial' }, /code commercial/],
    ['another type', 'Coverage', { url: url('payer-kind'), valueString: 'medicare' }, /valueString/],
    ['no value', 'Coverage', { url: url('payer-kind') }, /no value/],
    ['another element', 'Patient', { url: url('payer-kind'), valueCode: 'medicare' }, /PayerKind on Patient/],
    ['an unknown name', 'Coverage', { url: url('payer-type'), valueCode: 'medicare' }, /not defined/],
    ['a part that is missing', 'Coverage', entitlement({ url: 'qmb', valueBoolean: true }), /0 reason/],
    ['a part too many', 'Coverage', entitlement({ url: 'reason', valueCode: 'age' }, { url: 'qmb', valueBoolean: true }, { url: 'qmb', valueBoolean: false }), /2 qmb/],
    ['a part that is not known', 'Coverage', entitlement({ url: 'reason', valueCode: 'age' }, { url: 'basis', valueCode: 'active' }), /no part basis/],
    ['a value beside parts', 'Coverage', { ...entitlement({ url: 'reason', valueCode: 'age' }), valueCode: 'age' }, /has a value/],
    ['a part of a part that is missing', 'Organization', rules(role, count, unit), /0 from/],
    ['a wrong code in a part of a part', 'Organization', rules(role, count, unit, { url: 'from', valueCode: 'decision' }), /code decision/],
    ['a reference to another type', 'RelatedPerson', { url: url('partner-of'), valueReference: { reference: 'Patient/1' } }, /refers to Patient/],
  ])('%s', (_name, context, extension, message) => expect(misuse({ context, extension }, conformance).join('; ')).toMatch(message));
});
