import { bindingRule, targetRule } from './bindings.js';
import { invariantsOf } from './invariants.js';
import { PRIMITIVE_RULES } from './primitives.js';
import type { Rule } from './rule.js';
import type { ElementEntry, ElementTable } from './table.js';

/** A type or backbone, ready to be walked. */
export interface ElementNode {
  /** `Coverage`, `Claim.item`, `Period` … */
  readonly name: string;
  /** By key in JSON: `status`, `_status`, `servicedDate`. */
  readonly properties: ReadonlyMap<string, Property>;
  /** The bits of all required elements. */
  readonly required: number;
  /** Required elements and choices: each has a bit. */
  readonly marked: readonly MarkedElement[];
  readonly rules: readonly Rule[];
}

export interface MarkedElement {
  readonly name: string;
  readonly bit: number;
  /** The keys of a choice, without those that begin with `_`. */
  readonly choice: readonly string[] | undefined;
}

interface PropertyFields {
  /** As in FHIRPath: `status`, `serviced`. */
  readonly name: string;
  readonly type: string;
  /** `primitive`, the `_x` beside a primitive, an element of a complex type, or a whole resource. */
  readonly kind: 'primitive' | 'shadow' | 'complex' | 'resource';
  readonly list: boolean;
  readonly required: boolean;
  /** Part of the summary view. */
  readonly summary: boolean;
  /** Its bit among the marked elements of its node; 0: none. */
  readonly bit: number;
  /** The other of `x` and `_x`, for primitives. */
  readonly sibling: string | undefined;
  readonly rule: Rule | undefined;
}

/** A key that may stand in an object. */
export class Property implements PropertyFields {
  readonly name: string;
  readonly type: string;
  readonly kind: PropertyFields['kind'];
  readonly list: boolean;
  readonly required: boolean;
  readonly summary: boolean;
  readonly bit: number;
  readonly sibling: string | undefined;
  readonly rule: Rule | undefined;
  private readonly findNode: (() => ElementNode) | undefined;
  private found: ElementNode | undefined;

  constructor(fields: PropertyFields, findNode?: () => ElementNode) {
    this.name = fields.name;
    this.type = fields.type;
    this.kind = fields.kind;
    this.list = fields.list;
    this.required = fields.required;
    this.summary = fields.summary;
    this.bit = fields.bit;
    this.sibling = fields.sibling;
    this.rule = fields.rule;
    this.findNode = findNode;
  }

  /** The node of its type, looked up at first use (types contain each other); undefined for primitives and resources. */
  get node(): ElementNode | undefined {
    return (this.found ??= this.findNode?.());
  }
}

/** The table of elements as nodes, each made when it is first asked for. */
export class ElementModel {
  readonly resourceTypes: ReadonlySet<string>;
  private readonly table: ElementTable;
  private readonly made = new Map<string, ElementNode>();

  constructor(table: ElementTable) {
    this.table = table;
    this.resourceTypes = new Set(table.resourceTypes);
  }

  /** @throws {Error} when the table has no such type. */
  node(name: string): ElementNode {
    const known = this.made.get(name);
    if (known) return known;
    const entries = this.table.nodes[name];
    if (!entries) throw new Error(`the table of elements has no type ${name}`);
    const node = this.make(name, entries);
    this.made.set(name, node);
    return node;
  }

  private make(name: string, entries: readonly ElementEntry[]): ElementNode {
    const properties = new Map<string, Property>();
    const marked: MarkedElement[] = [];
    let required = 0;
    for (const entry of entries) {
      const bit = entry.required || entry.choice ? 1 << marked.length : 0;
      const keys = entry.types.map((type) => (entry.choice ? entry.name + type.charAt(0).toUpperCase() + type.slice(1) : entry.name));
      if (bit) marked.push({ name: entry.name, bit, choice: entry.choice ? keys : undefined });
      if (entry.required) required |= bit;
      entry.types.forEach((type, index) => this.addProperties(properties, entry, keys[index] ?? entry.name, type, bit));
    }
    if (marked.length > 31) throw new Error(`${name} has more required elements and choices than bits`);
    return { name, properties, required, marked, rules: invariantsOf(name) };
  }

  private addProperties(properties: Map<string, Property>, entry: ElementEntry, key: string, type: string, bit: number): void {
    const { name, list = false, required = false, summary = false } = entry;
    const common = { name, type, list, required, summary, bit, rule: this.ruleOf(entry, type) };
    if (type === 'Resource') {
      properties.set(key, new Property({ ...common, kind: 'resource', sibling: undefined }));
    } else if (this.table.nodes[type]) {
      properties.set(key, new Property({ ...common, kind: 'complex', sibling: undefined }, () => this.node(type)));
    } else if (name === 'id') {
      // Ids are plain strings that nothing extends (FHIR R4 §2.24.0.2).
      properties.set(key, new Property({ ...common, kind: 'primitive', sibling: undefined }));
    } else {
      properties.set(key, new Property({ ...common, kind: 'primitive', sibling: `_${key}` }));
      properties.set(`_${key}`, new Property({ ...common, kind: 'shadow', sibling: key, rule: undefined }, () => this.node('Element')));
    }
  }

  private ruleOf({ valueSet, targets }: ElementEntry, type: string): Rule | undefined {
    const entry = valueSet === undefined ? undefined : this.table.valueSets[valueSet];
    if (entry) return bindingRule(type, entry) ?? PRIMITIVE_RULES[type];
    return type === 'Reference' ? targetRule(targets, this.resourceTypes) : PRIMITIVE_RULES[type];
  }
}
