import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { scan } from '../../../src/fhir/json/scan.js';
import { FhirError } from '../../../src/fhir/outcome.js';
import { applyFhirPathPatch } from '../../../src/fhir/patch/fhirpath-patch.js';
import { elementModel, prepareValidation } from '../../../src/fhir/validation/index.js';
import type { Property } from '../../../src/fhir/validation/model.js';
import { lexemesOf, type Lexemes } from '../lexemes.js';
import { NUMBERS, randomResource, textOf } from '../random-resource.js';
import { changeList, deletePlainly, elementsOf, keysNamed, lengthOf, objectsIn, pathOf, placesIn, replacePlainly, stands, type Members, type PlainObject, type PlainPlace } from './plain-fhirpath-patch.js';

beforeAll(() => prepareValidation());

/** A patch of one operation; values go in as text, so that they keep their digits. */
const operation = (parts: Record<string, string>): string =>
  `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[${Object.entries(parts).map(([name, value]) => `{"name":"${name}",${value}}`).join(',')}]}]}`;
const text = (value: string): string => `"valueString":${JSON.stringify(value)}`;
const code = (value: string): string => `"valueCode":"${value}"`;

const PATIENT = `{ "resourceType":"Patient", "id":"p", "gender":"male" ,
 "name":[{"use":"official","family":"Chalmers","given":["Peter", "James"],"_given":[null,{"id":"j"}]},{"use":"usual","given":["Jim"]}],
 "telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"},{"system":"phone","use":"work","value":"3"}],
 "extension":[{"url":"http://x.example/a","valueDecimal":1.00}],
 "birthDate":"1974-12-25","_birthDate":{"id":"b"}, "multipleBirthInteger" : 2,
 "contact":[{"name":{"family":"May"}}] }`;

const patched = (parts: Record<string, string>, resource = PATIENT, type = 'Patient'): string => applyFhirPathPatch(resource, type, scan(operation(parts)));

describe('FHIRPath Patch (R4 §2.28)', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['add sets an element that is not there', { type: code('add'), path: text('Patient'), name: text('active'), value: '"valueBoolean":true' }, '"May"}}] }', '"May"}}],"active":true }'],
    ['add appends to a list', { type: code('add'), path: text('Patient.name[1]'), name: text('given'), value: text('J') }, '["Jim"]', '["Jim","J"]'],
    ['add begins a list', { type: code('add'), path: text('Patient.name[1]'), name: text('suffix'), value: text('Jr') }, '["Jim"]}', '["Jim"],"suffix":["Jr"]}'],
    ['add takes a choice by the type of its value', { type: code('add'), path: text('Patient'), name: text('deceased'), value: '"valueDateTime":"2020"' }, '"May"}}] }', '"May"}}],"deceasedDateTime":"2020" }'],
    ['add keeps extensions of primitives in their places', { type: code('add'), path: text('Patient.name.first()'), name: text('given'), value: text('P') }, '"James"],"_given":[null,{"id":"j"}]', '"James","P"],"_given":[null,{"id":"j"},null]'],
    ['add takes elements without a type by their parts', { type: code('add'), path: text('Patient'), name: text('contact'), value: '"part":[{"name":"name","valueHumanName":{"text":"a"}},{"name":"telecom","valueContactPoint":{"value":"1"}},{"name":"telecom","valueContactPoint":{"value":"2"}}]' }, '"May"}}]', '"May"}},{"name":{"text":"a"},"telecom":[{"value":"1"},{"value":"2"}]}]'],
    ['add keeps digits', { type: code('add'), path: text("Patient.extension('http://x.example/a')"), name: text('extension'), value: '"valueExtension":{"url":"u","valueDecimal":10.00}' }, 'valueDecimal":1.00', 'valueDecimal":1.00,"extension":[{"url":"u","valueDecimal":10.00}]'],
    ['insert', { type: code('insert'), path: text('Patient.name[0].given'), index: '"valueInteger":0', value: text('P') }, '["Peter", "James"],"_given":[null,', '["P","Peter", "James"],"_given":[null,null,'],
    ['insert into a list that is not there', { type: code('insert'), path: text('Patient.identifier'), index: '"valueInteger":0', value: '"valueIdentifier":{"value":"1"}' }, '"May"}}] }', '"May"}}],"identifier":[{"value":"1"}] }'],
    ['delete an element', { type: code('delete'), path: text('Patient.gender') }, ' "gender":"male" ,\n', ''],
    ['delete an element with its extensions', { type: code('delete'), path: text('Patient.birthDate') }, '"birthDate":"1974-12-25","_birthDate":{"id":"b"}, ', ''],
    ['delete one of a list', { type: code('delete'), path: text("Patient.telecom.where(system = 'phone' and use = 'work')") }, ',{"system":"phone","use":"work","value":"3"}', ''],
    ['delete one of a list with what extends it', { type: code('delete'), path: text('Patient.name[0].given.last()') }, '["Peter", "James"],"_given":[null,{"id":"j"}]', '["Peter"]'],
    ['delete leaves nothing empty', { type: code('delete'), path: text('Patient.contact.name.family') }, ',\n "contact":[{"name":{"family":"May"}}]', ''],
    ['delete a choice', { type: code('delete'), path: text('Patient.multipleBirth.ofType(integer)') }, ' "multipleBirthInteger" : 2,\n', ''],
    ['delete what is not there', { type: code('delete'), path: text('Patient.photo') }, '', ''],
    ['delete a choice of another type', { type: code('delete'), path: text('Patient.multipleBirth.ofType(boolean)') }, '', ''],
    ['replace', { type: code('replace'), path: text('gender'), value: code('female') }, '"male"', '"female"'],
    ['replace one that where() finds', { type: code('replace'), path: text("Patient.name.where(use='usual').given[0]"), value: text('Jimmy') }, '"Jim"', '"Jimmy"'],
    ['replace one that where(exists()) finds', { type: code('replace'), path: text('Patient.name.where(family.exists()).use'), value: code('old') }, '"official"', '"old"'],
    ['replace one that where(not()) finds', { type: code('replace'), path: text('Patient.name.where(family.exists().not()).use'), value: code('old') }, '"usual"', '"old"'],
    ['replace one of a primitive list', { type: code('replace'), path: text('Patient.name[0].given[1]'), value: text('J') }, '"James"],"_given":[null,{"id":"j"}]', '"J"]'],
    ['replace a choice by another type', { type: code('replace'), path: text('Patient.multipleBirth'), value: '"valueBoolean":true' }, ' "multipleBirthInteger" : 2,\n "contact":[{"name":{"family":"May"}}] }', '"contact":[{"name":{"family":"May"}}],"multipleBirthBoolean" : true }'],
    ['move', { type: code('move'), path: text('Patient.telecom'), source: '"valueInteger":2', destination: '"valueInteger":0' }, '[{"system":"phone","value":"1"},{"system":"email","value":"2"},{"system":"phone","use":"work","value":"3"}]', '[{"system":"phone","use":"work","value":"3"},{"system":"phone","value":"1"},{"system":"email","value":"2"}]'],
    ['move with extensions', { type: code('move'), path: text('Patient.name[0].given'), source: '"valueInteger":0', destination: '"valueInteger":1' }, '["Peter", "James"],"_given":[null,{"id":"j"}]', '["James","Peter"],"_given":[{"id":"j"},null]'],
  ])('%s', (_name, parts, before, after) => {
    const compact = (whole: string): string => whole.replace(/\s+/g, '');
    expect(compact(patched(parts))).toBe(compact(PATIENT.replace(before, after)));
  });

  it('reaches into contained resources', () => {
    const resource = '{"resourceType":"Basic","contained":[{"resourceType":"Patient","id":"c","gender":"male"}],"code":{"text":"x"}}';
    expect(patched({ type: code('replace'), path: text('Basic.contained[0].gender'), value: code('female') }, resource, 'Basic')).toBe(resource.replace('male', 'female'));
  });

  it.each<[string, Record<string, string>]>([
    ['an operation that is none', { type: code('remove'), path: text('Patient.gender') }],
    ['a prototype as operation', { type: code('constructor'), path: text('Patient.gender') }],
    ['no path', { type: code('delete') }],
    ['a part that is none', { type: code('delete'), path: text('Patient.gender'), other: text('x') }],
    ['a path that begins at another type', { type: code('delete'), path: text('Observation.status') }],
    ['a path to what FHIR does not have', { type: code('delete'), path: text('Patient.status') }],
    ['a path to a prototype', { type: code('delete'), path: text('Patient.__proto__') }],
    ['a path to several elements', { type: code('delete'), path: text('Patient.telecom') }],
    ['a path that is not FHIRPath', { type: code('delete'), path: text('Patient..gender') }],
    ['a function that is not supported', { type: code('delete'), path: text("Patient.name.where(given.matches('P'))") }],
    ['a path across resources', { type: code('delete'), path: text('Patient.managingOrganization.resolve().name') }],
    ['a value of another type', { type: code('replace'), path: text('Patient.gender'), value: '"valueInteger":1' }],
    ['a replacement of what is not there', { type: code('replace'), path: text('Patient.active'), value: '"valueBoolean":true' }],
    ['a replacement of the whole', { type: code('replace'), path: text('Patient'), value: text('x') }],
    ['a deletion of the whole', { type: code('delete'), path: text('Patient') }],
    ['an addition of what is there', { type: code('add'), path: text('Patient'), name: text('gender'), value: code('male') }],
    ['an addition of another choice', { type: code('add'), path: text('Patient'), name: text('multipleBirth'), value: '"valueBoolean":true' }],
    ['an addition without value', { type: code('add'), path: text('Patient'), name: text('active') }],
    ['an addition of an empty value', { type: code('add'), path: text('Patient'), name: text('contact'), value: '"part":[]' }],
    ['an addition to a primitive', { type: code('add'), path: text('Patient.gender'), name: text('extension'), value: '"valueExtension":{"url":"u"}' }],
    ['an index beyond the end', { type: code('insert'), path: text('Patient.name'), index: '"valueInteger":3', value: '"valueHumanName":{"text":"x"}' }],
    ['a negative index', { type: code('insert'), path: text('Patient.name'), index: '"valueInteger":-1', value: '"valueHumanName":{"text":"x"}' }],
    ['an insertion into what does not repeat', { type: code('insert'), path: text('Patient.gender'), index: '"valueInteger":0', value: code('male') }],
    ['a move beyond the end', { type: code('move'), path: text('Patient.name'), source: '"valueInteger":0', destination: '"valueInteger":2' }],
  ])('refuses %s and says where', (_name, parts) => {
    let refused: unknown;
    try {
      patched(parts);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(FhirError);
    expect([(refused as FhirError).status, (refused as FhirError).issues[0]?.expression]).toEqual([422, 'Parameters.parameter[0]']);
  });
});

describe('FHIRPath Patch of random resources', () => {
  /** A part that holds a value of the element's type, and the value as it is then. */
  const given = (pick: <T>(values: readonly T[]) => T, { kind, type }: Property): [part: string, value: Lexemes] => {
    if (kind === 'resource') return ['"resource":{"resourceType":"Basic","id":"n"}', { resourceType: '"Basic"', id: '"n"' }];
    if (kind === 'complex' && type.includes('.')) return ['"part":[{"name":"id","valueString":"n"}]', { id: '"n"' }];
    const value = kind === 'complex' ? `{"extension":[{"url":"u","valueDecimal":${pick(NUMBERS)}}]}` : pick(['"n"', '"\\u006e"', ...NUMBERS]);
    return [`"value${type.charAt(0).toUpperCase()}${type.slice(1)}":${value}`, lexemesOf(value)];
  };

  /** Each makes an operation for one of the objects in a resource, and does it to the object by hand; undefined: it has nothing to do there. */
  type Maker = (object: PlainObject, pick: <T>(values: readonly T[]) => T) => Record<string, string> | undefined;
  const lists = (object: PlainObject): PlainPlace[] => placesIn(object).filter(({ index }) => index === 0);
  const CANDIDATES: Readonly<Record<string, (object: PlainObject) => readonly unknown[]>> = { insert: lists, move: lists, replace: placesIn, delete: placesIn };
  const whole = (n: number): string => `"valueInteger":${n}`;
  const listPath = ({ holder, property }: PlainPlace): string => text(`${holder.path}.${property.name}`);
  const MAKERS: Readonly<Record<string, Maker>> = {
    add({ path, node, members }, pick) {
      const [key, property] = pick(elementsOf(node));
      if (!property.list && keysNamed(node, property.name).some((each) => stands(members, each))) return undefined;
      if (keysNamed(node, property.name).some((each) => each !== key && elementsOf(node).some(([other, { type }]) => other === each && type === property.type))) return undefined;
      const [part, value] = given(pick, property);
      if (property.list) changeList(members, key, (values, isShadow) => void values.push(isShadow ? 'null' : value));
      else members[key] = value;
      return { type: code('add'), path: text(path), name: text(property.name), value: part };
    },
    insert(object, pick) {
      const place = pick(lists(object));
      const [part, value] = given(pick, place.property);
      const index = pick(Array.from({ length: lengthOf(object.members, place.key) + 1 }, (_, at) => at));
      changeList(object.members, place.key, (values, isShadow) => void values.splice(index, 0, isShadow ? 'null' : value));
      return { type: code('insert'), path: listPath(place), index: whole(index), value: part };
    },
    move(object, pick) {
      const place = pick(lists(object));
      const indices = Array.from({ length: lengthOf(object.members, place.key) }, (_, at) => at);
      const [source, destination] = [pick(indices), pick(indices)];
      changeList(object.members, place.key, (values) => void values.splice(destination, 0, ...values.splice(source, 1)));
      return { type: code('move'), path: listPath(place), source: whole(source), destination: whole(destination) };
    },
    replace(object, pick) {
      const place = pick(placesIn(object));
      const [part, value] = given(pick, place.property);
      replacePlainly(place, value);
      return { type: code('replace'), path: text(pathOf(place)), value: part };
    },
    delete(object, pick) {
      const place = pick(placesIn(object));
      deletePlainly(place);
      return { type: code('delete'), path: text(pathOf(place)) };
    },
  };

  it.each(Object.keys(MAKERS))('%s does to the element what it says, and nothing else changes, to every digit and escape', (name) => {
    let done = 0;
    fc.assert(fc.property(fc.gen(), (g) => {
      const before = textOf(randomResource(g, { odd: true }));
      const pick = <T>(values: readonly T[]): T => values[g(fc.nat, { max: values.length - 1 })] as T;
      const { resourceType: type } = JSON.parse(before) as { resourceType: string };
      const expected = lexemesOf(before) as Members;
      const objects = objectsIn(expected, type, elementModel().node(type)).filter((object) => CANDIDATES[name]?.(object).length !== 0);
      const parts = objects.length > 0 ? MAKERS[name]!(pick(objects), pick) : undefined;
      if (!parts) return;
      done++;
      expect(lexemesOf(patched(parts, before, type))).toEqual(expected);
    }), { numRuns: 400 });
    expect(done).toBeGreaterThan(100);
  });
});
