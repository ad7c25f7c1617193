import { TextTree } from './json/tree.js';
import { elementModel } from './validation/index.js';
import type { ElementNode, Property } from './validation/model.js';

/** What `_summary` and `_elements` ask for (R4 §3.1.1.5.8, §3.1.1.5.9). */
export interface SubsetRequest {
  readonly summary?: 'true' | 'text' | 'data' | undefined;
  /** Elements of the resources themselves: `name`, `deceased[x]`, `Patient.name`. */
  readonly elements?: readonly string[] | undefined;
}

/** Cuts a resource's text down; `included`: it came by `_include`, and only elements asked of its type by name concern it. */
export type Subset = (body: Uint8Array, type: string, included?: boolean) => Uint8Array;

/** Undefined when whole resources are asked for. */
export function subsetOf({ summary, elements }: SubsetRequest): Subset | undefined {
  const steps = [...(summary ? [SUMMARIES[summary]] : []), ...(elements ? [namedElements(elements)] : [])];
  if (steps.length === 0) return undefined;
  return (body, type, included = false) => {
    const cuts = steps.flatMap((step) => step(type, included) ?? []);
    if (cuts.length === 0) return body;
    const tree = new TextTree(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    for (const cut of cuts) cut(tree);
    markSubsetted(tree);
    return Buffer.from(tree.text);
  };
}

type Cut = (tree: TextTree) => void;
type Keeps = (property: Property, key: string) => boolean;

/** Without these, what is left could not be told or would mean something else. */
const ALWAYS: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension']);

const SUMMARIES: Readonly<Record<'true' | 'text' | 'data', (type: string) => Cut>> = {
  true: (type) => (tree) => summarize(tree, elementModel().node(type)),
  text: (type) => (tree) => keepOnly(tree, elementModel().node(type), ({ name, required }) => required || name === 'text'),
  data: () => (tree) => tree.removeMember('text'),
};

const namedElements = (names: readonly string[]) => (type: string, included: boolean): Cut | undefined => {
  const ofType = names.flatMap((name) => {
    const [first = '', second] = name.replace('[x]', '').split('.');
    if (first === type && second !== undefined) return [second];
    return included || /^[A-Z]/.test(first) ? [] : [first];
  });
  if (ofType.length === 0 && included) return undefined;
  const wanted = new Set(ofType);
  return (tree) => keepOnly(tree, elementModel().node(type), ({ name, required }, key) => required || wanted.has(name) || wanted.has(key));
};

function keepOnly(tree: TextTree, node: ElementNode, keeps: Keeps): void {
  for (const key of tree.members.keys()) {
    const property = node.properties.get(key);
    if (!ALWAYS.has(key) && !(property && keeps(property, key))) tree.removeMember(key);
  }
}

/** Elements without a type of their own are summarized too, unless nothing would be left of them. */
function summarize(tree: TextTree, node: ElementNode): void {
  keepOnly(tree, node, ({ required, summary }) => required || summary);
  for (const [key, member] of tree.members) {
    const inner = node.properties.get(key);
    if (!inner?.node || !inner.type.includes('.')) continue;
    for (const each of member.kind === 'array' ? member.elements : [member]) {
      if (hasSummary(each, inner.node)) summarize(each, inner.node);
    }
  }
}

const hasSummary = (tree: TextTree, { properties }: ElementNode): boolean =>
  [...tree.members.keys()].some((key) => {
    const property = properties.get(key);
    return property !== undefined && (property.required || property.summary);
  });

/** R4 §3.1.1.5.8: so that nobody takes the part for the whole, and sends it back. */
const SUBSETTED = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}';

function markSubsetted(tree: TextTree): void {
  const meta = tree.member('meta');
  const tags = meta?.member('tag');
  if (tags) tags.insertElement(tags.size, new TextTree(SUBSETTED));
  else if (meta) meta.setMember('tag', new TextTree(`[${SUBSETTED}]`));
  else tree.setMember('meta', new TextTree(`{"tag":[${SUBSETTED}]}`));
}
