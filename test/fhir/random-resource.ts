import type { GeneratorValue } from 'fast-check';
import fc from 'fast-check';
import { elementModel } from '../../src/fhir/validation/index.js';
import type { ElementNode, Property } from '../../src/fhir/validation/model.js';

/** A primitive value in a random resource: its JSON text, and what it is. */
export interface Leaf {
  readonly type: string;
  readonly holder: string;
  readonly name: string;
  readonly text: string;
}

/** Text around primitive values (brackets, keys, white space), and these values, in order. */
export type Piece = string | Leaf;

export const textOf = (pieces: readonly Piece[], leafText = ({ text }: Leaf): string => text): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : leafText(piece))).join('');

/** Numbers whose digits a trip through `JSON.parse` would not leave. */
export const NUMBERS = ['1.10', '1E+2', '0.00', '-0.0', '1e-7', '123456789012345678', '0.1234567890123456789', '10'];
const SPACES = ['', '', '', ' ', '\n\t', '\r\n  '];
const WORDS = ['a', 'Añb', '1974-12-25', 'Patient/1', ''];
const ODD_VALUES = ['null', '[]', '{ }', '[[1.10],{"reference":"urn:oid:1.2.3"}]', '"\\u00e9\\"]}"', '{"":[{"a":{}}]}'];
const NUMERIC: ReadonlySet<string> = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt']);

export interface RandomOptions {
  /** The type of the resource; default: any but Bundle. */
  readonly type?: string;
  /** What strings may be, as JSON text; default: a few words. */
  readonly strings?: (type: string) => readonly string[];
  /** Whether names stand there that FHIR does not know. */
  readonly odd?: boolean;
}

/**
 * The text of a resource made of elements that R4 has, in any order, with any white space, its numbers in any writing.
 * Names and nesting are of R4; whether all that is required stands there is left to chance.
 */
export function randomResource(g: GeneratorValue, { type, strings = () => WORDS.map((word) => JSON.stringify(word)), odd = false }: RandomOptions = {}): Piece[] {
  const model = elementModel();
  const upTo = (most: number): number => g(fc.integer, { min: 0, max: most });
  const oneOf = <T>(values: readonly T[]): T => values[upTo(values.length - 1)] as T;
  const space = (): string => oneOf(SPACES);

  const object = (node: ElementNode, depth: number, first: readonly Piece[] = []): Piece[] => {
    const able = [...node.properties].filter(([key, { kind }]) => key !== 'id' && (depth > 0 || kind === 'primitive'));
    const chosen = new Map(Array.from({ length: upTo(4) }, () => (able.length > 0 ? oneOf(able) : undefined)).filter((each) => each !== undefined));
    const members: Piece[][] = [...chosen].map(([key, property]) => [JSON.stringify(key), space(), ':', space(), ...valueOf(property, node, depth)]);
    if (odd && upTo(7) === 0) members.push(['"x-é":', oneOf(ODD_VALUES)]);
    if (first.length > 0) members.splice(upTo(members.length), 0, [...first]);
    return listed('{', members, '}');
  };

  const listed = (open: string, items: readonly (readonly Piece[])[], close: string): Piece[] =>
    [open, space(), ...items.flatMap((item, index) => [...(index > 0 ? [',', space()] : []), ...item, space()]), close];

  const valueOf = (property: Property, holder: ElementNode, depth: number): Piece[] => {
    if (!property.list) return single(property, holder, depth);
    return listed('[', Array.from({ length: 1 + upTo(2) }, () => (property.kind === 'primitive' && upTo(4) === 0 ? ['null'] : single(property, holder, depth))), ']');
  };

  const single = (property: Property, holder: ElementNode, depth: number): Piece[] => {
    if (property.kind === 'resource') return resource(oneOf(['Patient', 'Basic', 'DocumentReference', 'Provenance']), depth - 1);
    if (property.node) return object(property.node, depth - 1);
    const { type: of, name } = property;
    const text = of === 'boolean' ? oneOf(['true', 'false']) : NUMERIC.has(of) ? oneOf(NUMBERS) : oneOf(strings(of));
    return [{ type: of, holder: holder.name, name, text }];
  };

  const resource = (name: string, depth: number): Piece[] => object(model.node(name), depth, [`"resourceType"${space()}:${space()}"${name}"`]);

  return [space(), ...resource(type ?? oneOf([...model.resourceTypes].filter((each) => each !== 'Bundle')), 4), space()];
}
