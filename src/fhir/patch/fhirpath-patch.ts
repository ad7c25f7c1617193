import type { Scan } from '../json/scan.js';
import { TextTree } from '../json/tree.js';
import { errors, FhirError } from '../outcome.js';
import { PatchBudget } from './budget.js';
import { integer, partsOf, required, string, valueFor, type Parts } from './parts.js';
import { keysOf, Path, rootPlace, type Place } from './places.js';
import { insertInto, lengthOf, moveWithin, removeAt, replaceAt } from './splicing.js';

/**
 * Applies a FHIRPath Patch (R4 §2.28, `fhirpatch.html`) to a resource's text: `patch` is a valid Parameters resource.
 * @throws {FhirError} 413 when it is too much work, 422 when it can't be applied; its `expression` is the operation's.
 */
export function applyFhirPathPatch(resource: string, type: string, patch: Scan): string {
  const parameters = new TextTree(patch.text.slice(patch.root.start, patch.root.end)).member('parameter')?.elements ?? [];
  const budget = new PatchBudget(parameters.length);
  const root = rootPlace(new TextTree(resource), type);
  for (const [index, parameter] of parameters.entries()) {
    budget.spend(parameter.text.length);
    try {
      applyOne(parameter, root);
    } catch (error) {
      throw error instanceof FhirError ? error.within(`Parameters.parameter[${index}]`) : error;
    }
  }
  return root.value?.text ?? '';
}

function applyOne(parameter: TextTree, root: Place): void {
  const parts = partsOf(parameter);
  const type = string(parts, 'type');
  const operation = Object.hasOwn(OPERATIONS, type) ? OPERATIONS[type] : undefined;
  if (!operation) throw errors.processing('The type of an operation is add, insert, delete, replace or move');
  operation({ path: new Path(string(parts, 'path'), root.type), parts, root });
}

interface Task {
  readonly path: Path;
  readonly parts: Parts;
  readonly root: Place;
}

const OPERATIONS: Readonly<Record<string, (task: Task) => void>> = {
  /** Appends to a list, or sets an element that is not there yet. */
  add({ path, parts, root }) {
    const { type, value: holder } = one(path.find(root));
    if (holder?.kind !== 'object') throw errors.processing('Elements are added to elements that can have some: use JSON Patch for extensions of primitives');
    const keys = keysOf(type, string(parts, 'name'));
    const { key, property, value } = valueFor(required(parts, 'value'), keys);
    const list = { holder, key, property };
    if (property.list) return insertInto(list, lengthOf(list), value);
    if (keys.some(([other]) => holder.member(other) ?? holder.member(`_${other}`))) throw errors.processing('The element is there already: replace it');
    holder.setMember(key, value);
  },
  insert({ path, parts, root }) {
    const list = path.list(root);
    const index = integer(parts, 'index');
    if (index > lengthOf(list)) throw errors.processing('The index lies beyond the end of the list');
    insertInto(list, index, valueFor(required(parts, 'value'), [[list.key, list.property]]).value);
  },
  /** What is not there need not be deleted. */
  delete({ path, root }) {
    const found = path.find(root);
    if (found.length > 0) removeAt(one(found));
  },
  replace({ path, parts, root }) {
    const place = one(path.find(root));
    const { key, value } = valueFor(required(parts, 'value'), place.keys);
    replaceAt(place, key, value);
  },
  move({ path, parts, root }) {
    const list = path.list(root);
    const [source, destination] = [integer(parts, 'source'), integer(parts, 'destination')];
    if (Math.max(source, destination) >= lengthOf(list)) throw errors.processing('Source and destination are places in the list, counted from 0');
    moveWithin(list, source, destination);
  },
};

function one(places: readonly Place[]): Place {
  const [place] = places;
  if (!place || places.length > 1) throw errors.processing(`The path must lead to exactly one element, and leads to ${places.length}`);
  return place;
}
