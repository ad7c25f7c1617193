import type { BodyPart } from '../../store/store.js';
import type { Edit } from '../json/edit.js';
import type { Scan } from '../json/scan.js';
import { visitStrings, type JsonPath } from '../json/spans.js';
import { errors } from '../outcome.js';
import type { ReferenceResolver, ResolvedReference } from '../search/index.js';
import { fhirPath } from '../validation/issue.js';

/**
 * Elements of type string whose name is also that of none of type uri, url, oid or uuid: a text there that looks like a
 * link is content, not a link (an `Identifier.value` of `urn:uuid:…` names the thing, not the entry).
 */
const PLAIN_TEXT: ReadonlySet<string> = new Set(['value', 'valueString', 'valueMarkdown', 'display', 'text', 'id', 'resourceType', 'fullUrl']);

/**
 * The edits that replace what `resolve` knows (R4 §3.1.0.11.2): `Reference.reference`, elements that hold exactly a link
 * (types uri, url, oid, uuid), and `href` and `src` in the narrative. `expression` is the resource's place in the Bundle.
 * The links in a Bundle that is itself an entry are its own, and stay.
 * @throws {FhirError} 400 for a `urn:uuid:` or `urn:oid:` reference that no entry stands for.
 */
export function referenceEdits(scanned: Scan, resolve: ReferenceResolver, expression: string): Edit[] {
  const { text } = scanned;
  if (typeOf(scanned) === 'Bundle') return [];
  const edits: Edit[] = [];
  visitStrings(text, scanned.root, (path, start, end) => {
    const key = lastKey(path);
    if (key === 'div') {
      edits.push(...narrativeEdits(text, start, end, resolve));
      return;
    }
    if (PLAIN_TEXT.has(key)) return;
    const value = stringAt(text, start, end);
    if (key !== 'reference' && !isAbsolute(value)) return;
    const target = resolve(value);
    if (!target && key === 'reference' && value.startsWith('urn:')) {
      throw errors.invalid('No entry of the transaction has this fullUrl: add it, or refer to a resource that is stored', fhirPath(expression, path));
    }
    if (target && addressOf(target) !== value) edits.push({ start, end, parts: ['"', ...addressParts(target), '"'] });
  });
  return edits;
}

/** Whether some reference of the resource may be a search (`Patient?identifier=…`). */
export const hasConditionalReference = ({ text }: Scan): boolean => /"reference"\s*:\s*"(?:https?:\/\/[^"?]*\/)?[A-Z][A-Za-z]{0,63}\?/.test(text);

/** Where `reference` stands first in the resource, e.g. `Bundle.entry[1].resource.item[2].encounter[0].reference`. */
export function findReference({ text, root }: Scan, reference: string, expression: string): string {
  let found: string | undefined;
  visitStrings(text, root, (path, start, end) => {
    if (found === undefined && stringAt(text, start, end) === reference) found = fhirPath(expression, path);
  });
  return found ?? expression;
}

const typeOf = ({ text, members }: Scan): string | undefined => {
  const type = members.get('resourceType');
  return type && stringAt(text, type.start, type.end);
};

const LINK = /(?:href|src)\s*=\s*(?:\\"|')([^"'\\<>\s]+)(?=\\"|')/g;

function narrativeEdits(text: string, start: number, end: number, resolve: ReferenceResolver): Edit[] {
  return [...text.slice(start, end).matchAll(LINK)].flatMap(({ 0: attribute, 1: link = '', index }) => {
    const target = resolve(link);
    if (!target || addressOf(target) === link) return [];
    const linkEnd = start + index + attribute.length;
    return [{ start: linkEnd - link.length, end: linkEnd, parts: addressParts(target) }];
  });
}

/** The last key of a path; an element of an array goes by the array's key. */
function lastKey(path: JsonPath): string {
  for (let i = path.length - 1; i >= 0; i--) {
    const step = path[i];
    if (typeof step === 'string') return step;
  }
  return '';
}

function stringAt(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inner;
}

const isAbsolute = (value: string): boolean => /^(?:urn:(?:uuid|oid):|https?:\/\/)/.test(value);

const addressOf = ({ type, id }: ResolvedReference): string | undefined => (typeof id === 'string' ? `${type}/${id}` : undefined);

const addressParts = (target: ResolvedReference): BodyPart[] =>
  typeof target.id === 'string' ? [`${target.type}/${target.id}`] : [{ slot: 'result', change: target.id.change }];
