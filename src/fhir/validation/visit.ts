import type { ElementModel, ElementNode } from './model.js';
import { isObject, type JsonObject } from './rule.js';

/** Told of every value of a complex type: its type, the value, and where it stands. */
export type ElementVisitor = (type: string, value: JsonObject, at: string) => void;

/**
 * Visits every value of a complex type in a resource, those of resources inside it too, as far as the elements of R4
 * lead; values of a wrong shape and unknown elements are passed over.
 */
export function visitElements(resource: JsonObject, at: string, model: ElementModel, visit: ElementVisitor): void {
  const type = resource.resourceType;
  if (typeof type === 'string' && model.resourceTypes.has(type)) visitNode(model.node(type), resource, at, model, visit);
}

function visitNode(node: ElementNode, value: JsonObject, at: string, model: ElementModel, visit: ElementVisitor): void {
  visit(node.name, value, at);
  for (const key of Object.keys(value)) {
    const property = node.properties.get(key);
    if (property?.kind !== 'complex' && property?.kind !== 'resource') continue;
    const child = value[key];
    const values = Array.isArray(child) ? child.map((each: unknown, index) => [each, `${at}.${property.name}[${index}]`] as const) : [[child, `${at}.${property.name}`] as const];
    for (const [each, place] of values) {
      if (!isObject(each)) continue;
      if (property.node) visitNode(property.node, each, place, model, visit);
      else visitElements(each, place, model, visit);
    }
  }
}
