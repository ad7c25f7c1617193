import { afterWhitespace, CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from '../json/characters.js';
import type { Span } from '../json/scan.js';
import { afterColon, afterSeparator, afterString, afterValue, keyAt } from '../json/skip.js';
import { memberSpans, stringAt } from '../json/spans.js';
import { elementModel } from '../validation/index.js';
import { fhirPath } from '../validation/issue.js';
import type { ElementNode, Property } from '../validation/model.js';

/** A primitive value that is written as a string; the span is that of its text, quotes included. */
export interface TypedString extends Span {
  /** The element's type: `uri`, `string`, `xhtml` … */
  readonly type: string;
  /** What holds the element: `Reference`, `Claim.item`, `Extension` … */
  readonly holder: string;
  readonly name: string;
  /** Where it stands, as FHIRPath that begins with what the visit was given for the resource. */
  readonly at: () => string;
}

/**
 * Visits the strings in the text of a valid resource with their types, those of contained resources and of Parameters
 * too. A Bundle is not looked into: links in it are about its own entries.
 */
export function visitTypedStrings(text: string, resource: Span, expression: string, visit: (found: TypedString) => void): void {
  const model = elementModel();
  const path: (string | number)[] = [];

  const resourceNode = (open: number): ElementNode | undefined => {
    const type = memberSpans(text, { start: open, end: text.length }).get('resourceType');
    const name = type && stringAt(text, type);
    return name === undefined || name === 'Bundle' || !model.resourceTypes.has(name) ? undefined : model.node(name);
  };

  const members = (open: number, node: ElementNode): number => {
    let position = afterWhitespace(text, open + 1);
    while (text.charCodeAt(position) !== CLOSE_OBJECT) {
      const keyEnd = afterString(text, position);
      const property = node.properties.get(keyAt(text, position, keyEnd));
      const start = afterColon(text, keyEnd);
      path.push(property?.name ?? '');
      position = afterSeparator(text, property ? value(start, node, property) : afterValue(text, start));
      path.pop();
    }
    return position + 1;
  };

  const elements = (open: number, holder: ElementNode, property: Property): number => {
    let position = afterWhitespace(text, open + 1);
    for (let index = 0; text.charCodeAt(position) !== CLOSE_ARRAY; index++) {
      path.push(index);
      position = afterSeparator(text, value(position, holder, property));
      path.pop();
    }
    return position + 1;
  };

  const value = (start: number, holder: ElementNode, property: Property): number => {
    const first = text.charCodeAt(start);
    if (first === OPEN_ARRAY) return elements(start, holder, property);
    if (first === OPEN_OBJECT) {
      const node = property.node ?? resourceNode(start);
      return node ? members(start, node) : afterValue(text, start);
    }
    const end = afterValue(text, start);
    if (first === QUOTE) visit({ start, end, type: property.type, holder: holder.name, name: property.name, at: () => fhirPath(expression, path) });
    return end;
  };

  const root = resourceNode(resource.start);
  if (root) members(resource.start, root);
}
