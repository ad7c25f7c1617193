import type { Findings } from './issue.js';
import { LocalReferences } from './local-references.js';
import type { ElementModel, ElementNode, Property } from './model.js';
import { isObject } from './rule.js';
import type { JsonObject, Rule } from './rule.js';
import { reportShape } from './shape.js';
import type { ShapeValidator } from './shape.js';

/** Checks an extension whose definition is known; told where it stands by `findings`. */
export type ExtensionCheck = (extension: JsonObject, findings: Findings) => void;

export interface Validators {
  readonly model: ElementModel;
  readonly shapes: Readonly<Record<string, ShapeValidator>>;
  readonly extensions: ExtensionCheck;
}

/**
 * One walk through one resource and those inside it. The shape (types, names, formats) is checked by the type's
 * validator, then every element is visited for what the table of elements says. Values of a wrong shape are passed over.
 */
export class Walk {
  private readonly validators: Validators;
  private readonly findings: Findings;
  /** Of the resource that contains what is walked now. */
  private references = new LocalReferences();

  constructor(validators: Validators, findings: Findings) {
    this.validators = validators;
    this.findings = findings;
  }

  /** A resource that stands by itself (or in a Bundle, in Parameters): local references are resolved inside it. */
  resource(value: unknown): void {
    const outer = this.references;
    this.references = new LocalReferences();
    this.typed(value);
    if (isObject(value)) this.references.check(value, this.findings);
    this.references = outer;
  }

  private typed(value: unknown): void {
    const type = this.typeOf(value);
    if (type === undefined) return;
    const { model, shapes } = this.validators;
    const validator = shapes[type];
    if (validator && !validator(value)) reportShape(validator.errors ?? [], type, model, this.findings);
    this.element(model.node(type), value as JsonObject);
  }

  private typeOf(value: unknown): string | undefined {
    if (!isObject(value)) {
      this.findings.report('structure', 'A resource must be an object.', 'shape');
    } else if (!Object.hasOwn(value, 'resourceType')) {
      this.findings.report('required', 'A resource must say its resourceType. Add it.', 'required');
    } else if (typeof value.resourceType !== 'string' || !this.validators.model.resourceTypes.has(value.resourceType)) {
      this.findings.report('value', 'The resourceType must be a resource type of FHIR R4.', 'resource-type', 'resourceType');
    } else {
      return value.resourceType;
    }
    return undefined;
  }

  /** `hasValue`: the element stands beside a primitive value (`_x` beside `x`). */
  private element(node: ElementNode, value: JsonObject, hasValue = false): void {
    let seen = 0;
    let twice = 0;
    let children = 0;
    for (const key in value) {
      if (key !== 'id') children++;
      const property = node.properties.get(key);
      if (property === undefined) continue;
      if ((seen & property.bit) !== 0) twice |= property.bit;
      seen |= property.bit;
      if (property.kind !== 'primitive' || property.rule !== undefined || property.list) this.property(property, value[key], value);
    }
    if (children === 0 && !hasValue) this.findings.report('invariant', `${node.name} must have a value or children. Leave out what is empty.`, 'ele-1');
    if ((seen & node.required) !== node.required) this.missing(node, seen);
    if (twice !== 0) this.chosenTwice(node, value, twice);
    for (const rule of node.rules) this.test(rule, value, node.name);
    if (node.name === 'Reference') this.reference(value);
    else if (node.name === 'Extension') this.validators.extensions(value, this.findings);
  }

  private property(property: Property, value: unknown, parent: JsonObject): void {
    const { findings } = this;
    findings.enter(property.name);
    if (!property.list) {
      this.value(property, value, property.kind === 'shadow' && property.sibling !== undefined && property.sibling in parent);
    } else if (Array.isArray(value)) {
      const sibling = property.sibling === undefined ? undefined : parent[property.sibling];
      for (let index = 0; index < value.length && !findings.full; index++) {
        findings.enter(index);
        const beside: unknown = Array.isArray(sibling) ? sibling[index] : undefined;
        if (value[index] !== null) this.value(property, value[index], property.kind === 'shadow' && (beside ?? null) !== null);
        else if (property.sibling !== undefined && (beside ?? null) === null) this.gap(property);
        findings.leave();
      }
    }
    findings.leave();
  }

  private value(property: Property, value: unknown, hasValue: boolean): void {
    if (property.rule !== undefined) this.test(property.rule, value, property.name);
    if (property.kind === 'resource') {
      if (property.name === 'contained') this.typed(value);
      else this.resource(value);
    } else if (property.node !== undefined && isObject(value)) {
      this.element(property.node, value, hasValue);
    }
  }

  private test(rule: Rule, value: unknown, name: string): void {
    if (!rule.holds(value)) this.findings.report(rule.code, `${name} ${rule.text}.`, rule.id, rule.at !== undefined && isObject(value) && rule.at in value ? rule.at : '');
  }

  private reference(value: JsonObject): void {
    if (typeof value.reference === 'string' && value.reference.startsWith('#')) this.references.add(value.reference, this.findings.here);
  }

  private missing(node: ElementNode, seen: number): void {
    for (const { name, bit } of node.marked) {
      if ((node.required & bit) !== 0 && (seen & bit) === 0) this.findings.report('required', `${node.name}.${name} is required. Add it.`, 'required');
    }
  }

  /** `x` and `_x` count as one; two types of one choice don't go together. */
  private chosenTwice(node: ElementNode, value: JsonObject, twice: number): void {
    for (const { name, bit, choice } of node.marked) {
      if ((twice & bit) === 0 || choice === undefined) continue;
      const chosen = choice.filter((key) => key in value || `_${key}` in value);
      if (chosen.length > 1) this.findings.report('structure', `${node.name}.${name}[x] must stand only once, but ${chosen.join(' and ')} are there. Keep one.`, 'choice', name);
    }
  }

  /** FHIR R4 §2.6.2.3: null in an array keeps the place of what stands in the other array. */
  private gap(property: Property): void {
    this.findings.report('structure', `${property.name} may hold null only where ${property.sibling ?? ''} has a value at the same place.`, 'null');
  }
}
