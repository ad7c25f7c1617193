import { equalJson } from '../json/equal.js';
import { scanArray } from '../json/scan.js';
import { TextTree } from '../json/tree.js';
import { errors, type FhirError } from '../outcome.js';
import { PatchBudget } from './budget.js';

/**
 * Applies a JSON Patch (RFC 6902) to a resource's text: `patch` is the text of its array of operations.
 * @throws {FhirError} 400 when it is no JSON Patch, 413 when it is too much work, 422 when it can't be applied, or a `test` fails.
 */
export function applyJsonPatch(resource: string, patch: string): string {
  const { text, root } = scanArray(patch);
  const operations = new TextTree(text.slice(root.start, root.end)).elements.map(toOperation);
  const budget = new PatchBudget(operations.length);
  let tree = new TextTree(resource);
  for (const [index, operation] of operations.entries()) {
    tree = OPERATIONS[operation.op]({ ...operation, tree, budget, name: `Operation ${index + 1} (${operation.op})` });
  }
  return tree.text;
}

type OperationName = 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';

interface Operation {
  readonly op: OperationName;
  readonly path: readonly string[];
  readonly from: readonly string[];
  /** Its text; '' for operations without. */
  readonly value: string;
}

interface Task extends Operation {
  readonly tree: TextTree;
  readonly budget: PatchBudget;
  /** For errors: which operation this is. */
  readonly name: string;
}

/** RFC 6902 §4. Each answers the tree afterwards: another one when the root itself is replaced. */
const OPERATIONS: Readonly<Record<OperationName, (task: Task) => TextTree>> = {
  add: (task) => add(task, task.value),
  remove: (task) => remove(task, task.path),
  replace: (task) => {
    existing(task, task.path);
    if (task.path.length === 0) return add(task, task.value);
    const { holder, key } = holderOf(task, task.path);
    task.budget.spend(task.value.length);
    if (holder.kind === 'array') holder.setElement(Number(key), new TextTree(task.value));
    else holder.setMember(key, new TextTree(task.value));
    return task.tree;
  },
  move: (task) => {
    const { text } = existing(task, task.from);
    if (task.from.every((step, index) => step === task.path[index])) {
      if (task.path.length === task.from.length) return task.tree;
      throw refused(task, 'moves a value into itself');
    }
    const tree = remove(task, task.from);
    return add({ ...task, tree }, text);
  },
  copy: (task) => add(task, existing(task, task.from).text),
  test: (task) => {
    const found = existing(task, task.path);
    task.budget.spend(found.text.length + task.value.length);
    if (!equalJson(found, new TextTree(task.value))) throw refused(task, 'found another value there: read the resource again');
    return task.tree;
  },
};

function add(task: Task, value: string): TextTree {
  task.budget.spend(value.length);
  const added = new TextTree(value);
  if (task.path.length === 0) return added;
  const { holder, key } = holderOf(task, task.path);
  if (holder.kind === 'object') holder.setMember(key, added);
  else holder.insertElement(key === '-' ? holder.size : indexIn(task, key, holder.size), added);
  return task.tree;
}

function remove(task: Task, path: readonly string[]): TextTree {
  existing(task, path);
  if (path.length === 0) throw refused(task, 'names the whole resource: use DELETE');
  const { holder, key } = holderOf(task, path);
  if (holder.kind === 'array') holder.removeElement(Number(key));
  else holder.removeMember(key);
  return task.tree;
}

/** What holds the last step of a path that is not the root. */
function holderOf(task: Task, path: readonly string[]): { readonly holder: TextTree; readonly key: string } {
  const holder = existing(task, path.slice(0, -1));
  if (holder.kind === 'primitive') throw refused(task, 'leads below a primitive value');
  return { holder, key: path.at(-1) ?? '' };
}

function existing(task: Task, path: readonly string[]): TextTree {
  let tree: TextTree | undefined = task.tree;
  for (const step of path) {
    task.budget.spend(1);
    tree = tree.kind === 'array' ? tree.element(indexIn(task, step, tree.size - 1)) : tree.member(step);
    if (!tree) throw refused(task, 'leads to nothing: the resource has no such element');
  }
  return tree;
}

function indexIn(task: Task, step: string, most: number): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(step)) throw refused(task, 'leads into an array: its elements are counted from 0');
  if (Number(step) > most) throw refused(task, 'leads beyond the end of an array');
  return Number(step);
}

const refused = ({ name }: Task, what: string): FhirError => errors.processing(`${name} ${what}`);

/* ---------- reading the patch ---------- */

/** The members that an operation needs beside `op` and `path` (RFC 6902 §4). */
const NEEDS: Readonly<Record<OperationName, 'value' | 'from' | undefined>> = { add: 'value', remove: undefined, replace: 'value', move: 'from', copy: 'from', test: 'value' };

function toOperation(tree: TextTree, index: number): Operation {
  const name = `Operation ${index + 1}`;
  const text = (key: string): string | undefined => {
    const value: unknown = JSON.parse(tree.member(key)?.text ?? 'null');
    return typeof value === 'string' ? value : undefined;
  };
  const op = text('op') ?? '';
  if (!Object.hasOwn(NEEDS, op)) throw errors.value(`${name} of the patch must have an op: add, remove, replace, move, copy or test`);
  const needed = NEEDS[op as OperationName];
  const [path, from, value] = [text('path'), text('from'), tree.member('value')?.text];
  if (path === undefined) throw errors.required(`${name} (${op}) must have a path, such as /status`);
  if (needed === 'from' && from === undefined) throw errors.required(`${name} (${op}) must have a from`);
  if (needed === 'value' && value === undefined) throw errors.required(`${name} (${op}) must have a value`);
  return { op: op as OperationName, path: pointer(path, name), from: pointer(needed === 'from' ? (from ?? '') : '', name), value: value ?? '' };
}

const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The steps of a JSON Pointer (RFC 6901). */
function pointer(text: string, name: string): string[] {
  if (text !== '' && !text.startsWith('/')) throw errors.value(`${name}: a path begins with a slash`);
  if (/~(?![01])/.test(text)) throw errors.value(`${name}: a ~ in a path is written ~0, a slash ~1`);
  const steps = text.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (steps.some((step) => PROTOTYPE_KEYS.has(step))) throw errors.value(`${name}: its path names no element of FHIR`);
  return steps;
}
