import type { CodeSystem, ElementDefinition, FhirResource, StructureDefinition, ValueSet } from 'fhir/r4.js';
import { bindingRule, targetRule } from './bindings.js';
import type { Findings } from './issue.js';
import { isObject } from './rule.js';
import type { JsonObject, Rule } from './rule.js';
import { expand } from './value-sets.js';

/**
 * Extensions whose StructureDefinitions are known: the type of their value, their parts with cardinality, required
 * bindings and targets of references. Extensions of other URLs are accepted as they are.
 */
export class ExtensionDefinitions {
  private readonly definitions = new Map<string, ExtensionRules>();

  /** `resources` are StructureDefinitions (those that aren't extensions are passed over) and the ValueSets and CodeSystems they name. */
  constructor(resources: readonly FhirResource[], resourceTypes: ReadonlySet<string>) {
    const known = new Map<string, ValueSet | CodeSystem>();
    for (const resource of resources) {
      if ((resource.resourceType === 'ValueSet' || resource.resourceType === 'CodeSystem') && resource.url) known.set(resource.url, resource);
    }
    for (const resource of resources) {
      if (resource.resourceType === 'StructureDefinition' && resource.type === 'Extension') this.definitions.set(resource.url, new RuleReader(resource, known, resourceTypes).read());
    }
  }

  /** `findings` stand at the extension. */
  readonly check = (extension: JsonObject, findings: Findings): void => {
    const rules = typeof extension.url === 'string' ? this.definitions.get(extension.url) : undefined;
    if (rules) checkExtension(rules, extension, findings);
  };
}

interface ExtensionRules {
  /** As the text of an issue names it. */
  readonly name: string;
  /** By key (`valueMoney`) what is asked of such a value; empty: no value may stand here. */
  readonly values: ReadonlyMap<string, readonly Rule[]>;
  readonly valueRequired: boolean;
  readonly parts: ReadonlyMap<string, PartRules>;
  /** How many parts there are at least, whichever. */
  readonly minParts: number;
  /** Parts that are not defined may not stand here. */
  readonly closed: boolean;
}

interface PartRules extends ExtensionRules {
  readonly min: number;
  readonly max: number;
}

function checkExtension(rules: ExtensionRules, extension: JsonObject, findings: Findings): void {
  checkValue(rules, extension, findings);
  checkParts(rules, Array.isArray(extension.extension) ? extension.extension : [], findings);
}

function checkValue({ name, values, valueRequired }: ExtensionRules, extension: JsonObject, findings: Findings): void {
  const key = Object.keys(extension).find((candidate) => /^_?value[A-Z]/.test(candidate))?.replace(/^_/, '');
  if (key === undefined) {
    if (valueRequired) findings.report('required', `The extension ${name} must have a ${[...values.keys()].join(' or ')}. Add it.`, 'extension-value');
    return;
  }
  const rules = values.get(key);
  if (!rules) {
    const wanted = values.size > 0 ? `must have a ${[...values.keys()].join(' or ')}` : 'has parts and no value';
    findings.report('structure', `The extension ${name} ${wanted}. Change it.`, 'extension-value', 'value');
  }
  for (const rule of rules ?? []) {
    if (!rule.holds(extension[key])) findings.report(rule.code, `The value of the extension ${name} ${rule.text}.`, rule.id, 'value');
  }
}

function checkParts({ name, parts, minParts, closed }: ExtensionRules, present: readonly unknown[], findings: Findings): void {
  const counts = new Map<string, number>();
  findings.enter('extension');
  present.forEach((part, index) => {
    if (!isObject(part) || findings.full) return;
    findings.enter(index);
    const rules = parts.get(String(part.url));
    if (rules) checkExtension(rules, part, findings);
    else if (closed) findings.report('structure', `The extension ${name} has no such part. ${parts.size > 0 ? `Its parts are ${[...parts.keys()].join(', ')}.` : 'It has a value only.'}`, 'extension-part');
    findings.leave();
    if (rules) counts.set(String(part.url), (counts.get(String(part.url)) ?? 0) + 1);
  });
  findings.leave();
  for (const [url, { min, max }] of parts) {
    const count = counts.get(url) ?? 0;
    if (count < min) findings.report('required', `The extension ${name} must have the part ${url}. Add it.`, 'extension-part');
    if (count > max) findings.report('structure', `The extension ${name} may have the part ${url} only ${max === 1 ? 'once' : `${max} times`}.`, 'extension-part', 'extension');
  }
  if (present.length < minParts) findings.report('required', `The extension ${name} must have at least one of the parts ${[...parts.keys()].join(', ')}. Add it.`, 'extension-part');
}

/** Reads the rules out of a StructureDefinition by the ids of its elements (`Extension.extension:decree.value[x]`). */
class RuleReader {
  private readonly definition: StructureDefinition;
  private readonly elements: ReadonlyMap<string, ElementDefinition>;
  private readonly known: ReadonlyMap<string, ValueSet | CodeSystem>;
  private readonly resourceTypes: ReadonlySet<string>;

  constructor(definition: StructureDefinition, known: ReadonlyMap<string, ValueSet | CodeSystem>, resourceTypes: ReadonlySet<string>) {
    this.definition = definition;
    const { snapshot, differential } = definition;
    this.elements = new Map((snapshot ?? differential)?.element.map((element) => [element.id ?? element.path, element]));
    this.known = known;
    this.resourceTypes = resourceTypes;
  }

  read(): ExtensionRules {
    return this.rules('Extension', this.definition.url.slice(this.definition.url.lastIndexOf('/') + 1));
  }

  private rules(id: string, name: string): ExtensionRules {
    const value = this.elements.get(`${id}.value[x]`);
    const list = this.elements.get(`${id}.extension`);
    const parts = this.parts(id, name);
    return {
      name,
      values: new Map(value && value.max !== '0' ? (value.type ?? []).map(({ code }) => [`value${code.charAt(0).toUpperCase()}${code.slice(1)}`, this.valueRules(value, code)]) : []),
      valueRequired: (value?.min ?? 0) > 0,
      parts,
      minParts: parts.size > 0 ? (list?.min ?? 0) : 0,
      closed: list?.max === '0' || list?.slicing?.rules === 'closed',
    };
  }

  private parts(id: string, name: string): Map<string, PartRules> {
    const parts = new Map<string, PartRules>();
    for (const [partId, element] of this.elements) {
      if (!partId.startsWith(`${id}.extension:`) || partId.includes('.', `${id}.extension:`.length)) continue;
      const url = this.elements.get(`${partId}.url`)?.fixedUri ?? element.sliceName ?? '';
      const max = element.max === undefined || element.max === '*' ? Number.POSITIVE_INFINITY : Number(element.max);
      parts.set(url, { ...this.rules(partId, `${name}.${url}`), min: element.min ?? 0, max });
    }
    return parts;
  }

  private valueRules(value: ElementDefinition, type: string): Rule[] {
    const url = value.binding?.strength === 'required' ? value.binding.valueSet : undefined;
    const codes = url ? expand(url, this.known) : undefined;
    const binding = url && codes ? bindingRule(type, { url, codes }) : undefined;
    const targets = value.type?.find(({ code }) => code === type)?.targetProfile?.map((profile) => profile.slice(profile.lastIndexOf('/') + 1));
    const target = type === 'Reference' && targets?.every((name) => this.resourceTypes.has(name)) ? targetRule(targets, this.resourceTypes) : undefined;
    return [binding, target].filter((rule) => rule !== undefined);
  }
}
