import type { Patient } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { maySamePatient } from '../../../src/claims/derive/same-patient.js';

type LinkType = NonNullable<Patient['link']>[number]['type'];
const record = (id: string, ...links: readonly (readonly [LinkType, string])[]): Patient => ({ resourceType: 'Patient', id, link: links.map(([type, other]) => ({ type, other: { reference: `Patient/${other}` } })) });

describe('two references to patients', () => {
  it.each<[string, string | undefined, string | undefined, Patient[], boolean]>([
    ['to one record', 'Patient/a', 'Patient/a', [], true],
    ['to versions of one record', 'Patient/a/_history/1', 'Patient/a', [], true],
    ['to two records', 'Patient/a', 'Patient/b', [record('a'), record('b')], false],
    ['to a record on another server', 'https://other.example/fhir/Patient/a', 'Patient/a', [record('a')], false],
    ['to one that was replaced by the other', 'Patient/a', 'Patient/b', [record('a', ['replaced-by', 'b'])], true],
    ['the other way round', 'Patient/b', 'Patient/a', [record('a', ['replaced-by', 'b'])], true],
    ['to one that says that it replaces the other', 'Patient/a', 'Patient/b', [record('b', ['replaces', 'a'])], true],
    ['to one that was replaced by what was replaced', 'Patient/a', 'Patient/c', [record('a', ['replaced-by', 'b']), record('b', ['replaced-by', 'c'])], true],
    ['to two that were replaced by a third', 'Patient/a', 'Patient/b', [record('a', ['replaced-by', 'c']), record('b', ['replaced-by', 'c'])], true],
    ['in a circle', 'Patient/a', 'Patient/c', [record('a', ['replaced-by', 'b']), record('b', ['replaced-by', 'a'])], false],
    ['to one that refers to the other only', 'Patient/a', 'Patient/b', [record('a', ['refer', 'b'], ['seealso', 'b'])], false],
    ['of which one is contained: compared by what it states', '#a', 'Patient/b', [], true],
    ['of which one names no record: compared by what it states', undefined, 'Patient/b', [], true],
  ])('%s', (_what, a, b, records, expected) => {
    const [one, other] = [a, b].map((reference) => (reference === undefined ? { display: 'somebody' } : { reference }));
    expect(maySamePatient(one, other, records)).toBe(expected);
  });
});
