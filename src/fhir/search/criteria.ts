import type { Expression } from '../../store/store.js';
import { beside } from './entries.js';
import { splitUnescaped, unescaped } from './escaping.js';
import { componentParam } from './extract.js';
import { LIMITS } from './limits.js';
import { RESOURCE_ID } from './references.js';
import { refusal, shown } from './refusal.js';
import type { Registry, SearchedParameter } from './registry.js';
import { unknownParameter } from './suggestion.js';
import { inValueSet, related, type CodesAsked, type SearchTerminology } from './terminology.js';
import type { Asked } from './values.js';
import { anyOf, ofTypeToken, reference, string, token, uri, VALUE_PARSERS } from './values.js';

/** What the criteria of one search share. */
export interface CriteriaContext {
  readonly registry: Registry;
  /** `http://host/fhir/` */
  readonly base: string;
  readonly now: number;
  readonly terminology: SearchTerminology | undefined;
  /** Types that chains and `_has` look into, gathered here. */
  readonly through: Set<string>;
  /** Alternatives read so far. */
  values: number;
  /** Types that chains have been followed into so far, each time anew. */
  branches: number;
}

/** A modifier's meaning for a search type: what becomes of one alternative, or of all (`not`). */
type Modifier = (parameter: SearchedParameter, param: string, context: CriteriaContext) => { param?: string; read: (asked: Asked) => Expression; not?: boolean };

const plain = (parameter: SearchedParameter): ((asked: Asked) => Expression) => VALUE_PARSERS[parameter.type] ?? unsearchable(parameter);

/** R4 §3.1.1.4.4 by search type; `missing` and the types of references are apart. */
const MODIFIERS: Readonly<Record<string, Readonly<Record<string, Modifier | 'unsupported'>>>> = {
  string: { exact: () => ({ read: string('exact') }), contains: () => ({ read: string('contains') }) },
  token: {
    not: (parameter) => ({ read: plain(parameter), not: true }),
    text: (_, param) => ({ param: beside.text(param), read: string('starts') }),
    'of-type': (_, param) => ({ param: beside.ofType(param), read: ofTypeToken }),
    in: (_, __, context) => ({ read: codesAsked(inValueSet, context) }),
    'not-in': (_, __, context) => ({ read: codesAsked(inValueSet, context), not: true }),
    above: (_, __, context) => ({ read: codesAsked(related('above'), context) }),
    below: (_, __, context) => ({ read: codesAsked(related('below'), context) }),
  },
  reference: {
    identifier: (parameter, param) => ({ param: beside.identifier(param), read: plain({ ...parameter, type: 'token' }) }),
    above: 'unsupported', below: 'unsupported',
  },
  uri: { above: () => ({ read: uri('above') }), below: () => ({ read: uri('below') }) },
};

/** Parameters of R4 that look at something else than elements. */
const UNSUPPORTED: ReadonlySet<string> = new Set(['_text', '_content', '_query', '_filter']);

/**
 * One `name=value` as an expression on resources of `types`.
 * @throws {FhirError} 400 or 501; `search-parameter-unknown` when no such parameter exists.
 */
export function criterion(context: CriteriaContext, types: readonly string[], name: string, value: string, depth = 0): Expression {
  if (depth > LIMITS.depth) throw refusal.limit(`At most ${LIMITS.depth} chains and _has may stand inside each other`);
  if (name === '_list') return listed(context, value);
  if (name.startsWith('_has:')) return reversed(context, types, name, value, depth);
  const dot = name.indexOf('.');
  if (dot >= 0) return chained(context, types, name.slice(0, dot), name.slice(dot + 1), value, depth);
  const [code = '', modifier, ...more] = name.split(':');
  if (UNSUPPORTED.has(code)) throw refusal.unsupported(`The search parameter ${code} is not supported`);
  const parameter = context.registry.find(types, code);
  if (!parameter || more.length) throw unknownParameter(context.registry, types, name);
  if (modifier === 'missing') return missing(parameter, name, value);
  const alternatives = alternativesOf(context, parameter, name, value);
  if (code === '_id') return ids(name, modifier, alternatives);
  const { param = code, read, not } = reader(context, parameter, modifier, name);
  const any = anyOf(alternatives.map((each) => read({ parameter, param, name, value: each, base: context.base, now: context.now })));
  return not ? { op: 'not', of: any } : any;
}

const LIST = /^(?:List\/)?([A-Za-z0-9\-.]{1,64})$/;

/** `_list=42`: what an entry of List/42 refers to (R4 search.html#list). Current lists (`$current-allergies`) are not kept. */
function listed(context: CriteriaContext, value: string): Expression {
  const lists = splitUnescaped(value, ',');
  countValues(context, lists.length);
  if (lists.some((each) => each.startsWith('$'))) throw refusal.unsupported('The search parameter _list takes the id of a List; current lists are not supported');
  const ids = lists.map((each) => LIST.exec(each)?.[1]);
  if (!ids.every((id) => id !== undefined)) throw refusal.value('The value of _list must be the id of a List: 1 to 64 letters, digits, - and .');
  context.through.add('List');
  return { op: 'has', type: 'List', param: 'item', where: { op: 'id', in: ids } };
}

/** A value that stands for codes: each is asked as if it were written out. */
const codesAsked = (codes: CodesAsked, context: CriteriaContext) => (asked: Asked): Expression => {
  const values = codes(asked, context.terminology);
  countValues(context, values.length);
  return anyOf(values.map((value) => token({ ...asked, value })));
};

/** Search types whose values are any text. */
const LITERAL: ReadonlySet<string> = new Set(['token', 'string', 'reference', 'uri']);

/** Values between commas; none may be empty, and `$` stands unescaped only between the parts of a composite (R4 §3.1.1.4.19). */
function alternativesOf(context: CriteriaContext, parameter: SearchedParameter, name: string, value: string): string[] {
  const alternatives = splitUnescaped(value, ',');
  countValues(context, alternatives.length);
  for (const each of alternatives) {
    if (each.trim() === '') throw refusal.value(`${shown(name)} has an empty value: leave the parameter out, or ask ${shown(parameter.code)}:missing=true`);
    if (each.length > LIMITS.alternativeLength) throw refusal.limit(`A value of ${shown(name)} is longer than ${LIMITS.alternativeLength} characters`);
    if (LITERAL.has(parameter.type) && splitUnescaped(each, '$').length > 1) throw refusal.value(`${shown(name)} is not a composite: write a $ in its value as \\$`);
  }
  return alternatives;
}

function countValues(context: CriteriaContext, more: number): void {
  context.values += more;
  if (context.values > LIMITS.values) throw refusal.limit(`A search may state at most ${LIMITS.values} values in all`);
}

function reader(context: CriteriaContext, parameter: SearchedParameter, modifier: string | undefined, name: string): ReturnType<Modifier> {
  if (modifier === undefined) return { read: parameter.type === 'composite' ? composite : plain(parameter) };
  if (parameter.type === 'reference' && context.registry.hasType(modifier)) {
    if (parameter.target && !parameter.target.includes(modifier)) throw refusal.modifier(`${parameter.code} does not lead to ${modifier}: it leads to ${parameter.target.join(', ')}`);
    return { read: reference(modifier) };
  }
  const known = MODIFIERS[parameter.type] ?? {};
  const chosen = Object.hasOwn(known, modifier) ? known[modifier] : undefined;
  if (chosen === 'unsupported') throw refusal.unsupportedModifier(`The modifier :${modifier} of ${parameter.code} is not supported`);
  if (!chosen) {
    const names = ['missing', ...Object.keys(known).filter((each) => known[each] !== 'unsupported')].map((each) => `:${each}`);
    throw refusal.modifier(`${shown(name)}: a ${parameter.type} parameter has no such modifier; it has ${names.join(', ')}`);
  }
  return chosen(parameter, parameter.code, context);
}

function unsearchable(parameter: SearchedParameter): never {
  throw refusal.unsupported(`The search parameter ${parameter.code} is of type ${parameter.type}, which is not supported`);
}

function ids(name: string, modifier: string | undefined, alternatives: readonly string[]): Expression {
  if (modifier !== undefined && modifier !== 'not') throw refusal.modifier(`${shown(name)}: _id has no such modifier; it has :not`);
  const values = alternatives.map(unescaped);
  if (!values.every((each) => RESOURCE_ID.test(each))) throw refusal.value('The value of _id must be an id: 1 to 64 letters, digits, - and .');
  const found: Expression = { op: 'id', in: values };
  return modifier === 'not' ? { op: 'not', of: found } : found;
}

/** Parts between `$`, all of them true of one repeat. */
function composite(asked: Asked): Expression {
  const { parameter, value } = asked;
  const parts = splitUnescaped(value, '$');
  if (parts.length !== parameter.components.length || parts.some((each) => each === '')) {
    throw refusal.value(`The value of ${shown(asked.name)} must have ${parameter.components.length} parts with $ between them`);
  }
  return {
    op: 'grouped',
    of: parameter.components.map((component, i) =>
      plain(component)({ ...asked, parameter: component, param: componentParam(parameter.code, i), value: parts[i] ?? '' })),
  };
}

/** `:missing` is about the element: text alone makes a concept present. */
function missing(parameter: SearchedParameter, name: string, value: string): Expression {
  if (value !== 'true' && value !== 'false') throw refusal.value(`The value of ${shown(name)} must be true or false`);
  if (parameter.code === '_id' || parameter.code === '_lastUpdated') throw refusal.modifier(`${parameter.code} has no modifier :missing: it is never missing`);
  const present = anyOf(presence(parameter));
  return value === 'true' ? { op: 'not', of: present } : present;
}

function presence(parameter: SearchedParameter): Expression[] {
  const { code, type, components } = parameter;
  if (type === 'special') return unsearchable(parameter);
  if (type === 'composite') return components[0] ? presence({ ...components[0], code: componentParam(code, 0) }) : [];
  const own: Expression = { op: 'present', param: code, kind: type };
  return type === 'token' ? [own, { op: 'present', param: beside.text(code), kind: 'string' }] : [own];
}

/** `subject:Patient.name=…`: the reference leads to a resource that meets the rest (R4 §3.1.1.4.15). */
function chained(context: CriteriaContext, types: readonly string[], head: string, rest: string, value: string, depth: number): Expression {
  const [code = '', type, ...more] = head.split(':');
  const parameter = context.registry.find(types, code);
  if (!parameter || more.length) throw unknownParameter(context.registry, types, head);
  if (parameter.type !== 'reference') throw refusal.modifier(`${code} is no reference: nothing can be chained to it`);
  const targets = targetsOf(context.registry, parameter, type);
  const next = nextParameter(rest);
  const able = targets.filter((each) => next === undefined || canContinue(context.registry.find([each], next), rest));
  if (!able.length) throw unknownParameter(context.registry, targets, rest);
  const wheres = new Map<string, { types: string[]; where: Expression }>();
  const before = context.values;
  for (const each of able) {
    context.through.add(each);
    if (++context.branches > LIMITS.branches) throw refusal.limit(`The chains lead to too many types: say which, as in ${code}:${each}.…`);
    context.values = before;
    const where = criterion(context, [each], rest, value, depth + 1);
    const key = JSON.stringify(where);
    const same = wheres.get(key);
    if (same) same.types.push(each);
    else wheres.set(key, { types: [each], where });
  }
  countValues(context, (context.values - before) * (wheres.size - 1));
  return anyOf([...wheres.values()].map((each) => ({ op: 'chain', param: code, ...each })));
}

/** Of several targets those are meant whose parameter can take the rest. */
const canContinue = (parameter: SearchedParameter | undefined, rest: string): boolean =>
  parameter !== undefined && (parameter.type === 'reference' || !rest.includes('.'));

function targetsOf(registry: Registry, parameter: SearchedParameter, type: string | undefined): readonly string[] {
  if (type === undefined) {
    if (parameter.target) return parameter.target;
    throw refusal.modifier(`${parameter.code} may lead to any type: say which, as in ${parameter.code}:Patient.…`);
  }
  if (!registry.hasType(type) || (parameter.target && !parameter.target.includes(type))) {
    throw refusal.modifier(`${parameter.code} does not lead to ${shown(type)}: it leads to ${parameter.target?.join(', ') ?? 'any type'}`);
  }
  return [type];
}

/** The code with which the rest of a chain begins; undefined for `_has`. */
function nextParameter(rest: string): string | undefined {
  return rest.startsWith('_has:') ? undefined : /^[^.:]*/.exec(rest)?.[0];
}

/** `_has:Claim:patient:status=active`: something refers to the resource and meets the rest (R4 §3.1.1.4.16). */
function reversed(context: CriteriaContext, types: readonly string[], name: string, value: string, depth: number): Expression {
  const [, type = '', code = '', ...rest] = name.split(':');
  if (!rest.length) throw refusal.unknown(`${shown(name)}: _has is written _has:Type:reference:parameter`);
  if (!context.registry.hasType(type)) throw refusal.unknown(`_has: ${shown(type)} is not a type of R4`);
  const parameter = context.registry.find([type], code);
  if (!parameter) throw unknownParameter(context.registry, [type], code);
  const leads = parameter.type === 'reference' && (!parameter.target || types.some((each) => parameter.target?.includes(each)));
  if (!leads) throw refusal.modifier(`_has: ${code} of ${type} does not lead to ${types.length === 1 ? String(types[0]) : 'the types searched'}`);
  context.through.add(type);
  return { op: 'has', type, param: code, where: criterion(context, [type], rest.join(':'), value, depth + 1) };
}

