import type { BodyPart } from '../../store/store.js';
import type { Edit } from '../json/edit.js';
import type { Scan, Span } from '../json/scan.js';
import { stringAt } from '../json/spans.js';
import { errors } from '../outcome.js';
import type { ReferenceResolver, ResolvedReference } from '../search/index.js';
import { resourceTypes } from '../validation/index.js';
import { visitTypedStrings, type TypedString } from './typed-strings.js';

/**
 * What a link stands for in a transaction; undefined: it stays as it is. Only a `Reference` may be conditional: a search
 * in a `uri` (an element of that kind, or a link of a narrative) is a URL like others.
 */
export type LinkResolver = (link: string, kind: 'Reference' | 'uri') => ResolvedReference | undefined;

/** How the links of one resource are resolved. */
export interface ResolvedLinks {
  /** What changes in its text. */
  readonly edits: readonly Edit[];
  /** What the links stand for that are replaced, for the index. */
  readonly resolve: ReferenceResolver;
}

/** Types of elements that hold a link and nothing else. R4 leaves elements of type canonical as they are. */
const LINK_TYPES: ReadonlySet<string> = new Set(['uri', 'url', 'oid', 'uuid']);

/**
 * Elements of type uri that are names, not links: of code systems, extensions and definitions. What refers to them is
 * canonical and not replaced, so they must not be either (a definition often has its own `url` as its fullUrl).
 */
const NAMES: ReadonlySet<string> = new Set(['Extension.url', 'ConceptMap.group.source', 'ConceptMap.group.target', 'StructureDefinition.type', 'ElementDefinition.type.code']);
const isName = ({ holder, name }: TypedString): boolean => name === 'system' || (name === 'url' && resourceTypes.has(holder)) || NAMES.has(`${holder}.${name}`);

const isReference = ({ holder, name }: TypedString): boolean => holder === 'Reference' && name === 'reference';

/**
 * Resolves the links of a valid resource (R4 §3.1.0.11.2): `Reference.reference`, elements of type uri, url, oid and
 * uuid, `href` and `src` in narratives; in contained resources, extensions and Parameters too. Strings, identifiers and
 * markdown that look alike stay. `expression` is the resource's place in the Bundle.
 * @throws {FhirError} 400 for a `urn:uuid:` or `urn:oid:` reference that no entry stands for.
 */
export function resolveLinks({ text, root }: Scan, resolve: LinkResolver, expression: string): ResolvedLinks {
  const edits: Edit[] = [];
  const replaced = new Map<string, ResolvedReference>();
  const link = (value: string, kind: 'Reference' | 'uri', span: Span): boolean => {
    const target = resolve(value, kind);
    if (!target) return false;
    if (addressOf(target) === value) return true;
    edits.push({ ...span, parts: addressParts(target) });
    replaced.set(value, target);
    return true;
  };
  visitTypedStrings(text, root, expression, (found) => {
    const inside = { start: found.start + 1, end: found.end - 1 };
    if (isReference(found)) {
      const value = stringAt(text, found);
      if (!link(value, 'Reference', inside) && value.startsWith('urn:')) {
        throw errors.invalid('No entry of the transaction has this fullUrl: add it, or refer to a resource that is stored', found.at());
      }
    } else if (found.type === 'xhtml') {
      for (const { value, span } of narrativeLinks(text, found)) link(value, 'uri', span);
    } else if (LINK_TYPES.has(found.type) && !isName(found)) {
      link(stringAt(text, found), 'uri', inside);
    }
  });
  return { edits, resolve: (reference) => replaced.get(reference) };
}

/** Whether some reference of the resource may be a search (`Patient?identifier=…`). */
export const hasConditionalReference = ({ text }: Scan): boolean => /"reference"\s*:\s*"(?:https?:\/\/[^"?]*\/)?[A-Z][A-Za-z]{0,63}\?/.test(text);

/** Where `reference` stands first in the resource, e.g. `Bundle.entry[1].resource.item[2].encounter[0].reference`. */
export function findReference({ text, root }: Scan, reference: string, expression: string): string {
  let found: string | undefined;
  visitTypedStrings(text, root, expression, (string) => {
    if (found === undefined && isReference(string) && stringAt(text, string) === reference) found = string.at();
  });
  return found ?? expression;
}

const LINK_ATTRIBUTE = /(?:href|src)\s*=\s*(?:\\"|')([^"'\\<>\s]+)(?=\\"|')/g;

function narrativeLinks(text: string, { start, end }: Span): { readonly value: string; readonly span: Span }[] {
  return [...text.slice(start, end).matchAll(LINK_ATTRIBUTE)].map(({ 0: attribute, 1: value = '', index }) => {
    const valueEnd = start + index + attribute.length;
    return { value, span: { start: valueEnd - value.length, end: valueEnd } };
  });
}

const addressOf = ({ type, id }: ResolvedReference): string | undefined => (typeof id === 'string' ? `${type}/${id}` : undefined);

const addressParts = (target: ResolvedReference): BodyPart[] =>
  typeof target.id === 'string' ? [`${target.type}/${target.id}`] : [{ slot: 'result', change: target.id.change }];
