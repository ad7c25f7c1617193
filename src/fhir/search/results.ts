import { APART } from '../audit/apart.js';
import type { Include, SortKey } from '../../store/store.js';
import { refusal, shown } from './refusal.js';
import type { Registry } from './registry.js';
import type { ParsedSearch } from './search.js';
import { unknownParameter } from './suggestion.js';

/** What the parameters of the result ask (R4 §3.1.1.5). */
export interface ResultOptions {
  count: number;
  sort: SortKey[];
  total: 'none' | 'accurate';
  includes: Include[];
  elements: string[] | undefined;
  summary: ParsedSearch['summary'];
  explain: boolean;
}

export const PAGE = { standard: 20, most: 1000 } as const;
const MOST_SORT_KEYS = 10;

export const noOptions = (): ResultOptions => ({ count: PAGE.standard, sort: [], total: 'none', includes: [], elements: undefined, summary: undefined, explain: false });

/** Reads one parameter's value into the options; answers the value as it was understood. */
type OptionReader = (value: string, scope: Scope, options: ResultOptions, modifier: string | undefined) => string;

export interface Scope {
  readonly registry: Registry;
  readonly types: readonly string[];
}

const oneOf = <T extends string>(name: string, value: string, choices: readonly T[]): T => {
  const chosen = choices.find((each) => each === value);
  if (chosen === undefined) throw refusal.value(`The value of ${name} must be one of ${choices.join(', ')}`);
  return chosen;
};

const count: OptionReader = (value, _, options) => {
  if (!/^\d{1,9}$/.test(value)) throw refusal.value('The value of _count must be a whole number from 0');
  options.count = Math.min(Number(value), PAGE.most);
  return String(options.count);
};

const sort: OptionReader = (value, scope, options) => {
  const keys = value.split(',');
  if (keys.length > MOST_SORT_KEYS) throw refusal.limit(`_sort takes at most ${MOST_SORT_KEYS} parameters`);
  options.sort = keys.map((key) => {
    const code = key.replace(/^-/, '');
    const parameter = scope.registry.find(scope.types, code);
    if (!parameter) throw unknownParameter(scope.registry, scope.types, code);
    if (parameter.type === 'composite' || parameter.type === 'special') throw refusal.value(`_sort: ${code} is of type ${parameter.type}, which has no order`);
    return { param: code, kind: code === '_id' ? 'id' : parameter.type, descending: key.startsWith('-') };
  });
  return value;
};

const include = (direction: Include['direction']): OptionReader => (value, { registry, types }, options, modifier) => {
  const name = `_${direction}`;
  if (modifier !== undefined && modifier !== 'iterate') throw refusal.modifier(`${name} has no modifier but :iterate`);
  const iterate = modifier !== undefined;
  if (value === '*') {
    options.includes.push({ direction, source: '*', param: '*', iterate, ...(direction === 'revinclude' ? { but: APART } : {}) });
    return value;
  }
  const [source = '', code = '', target, ...more] = value.split(':');
  if (!registry.hasType(source) || code === '' || more.length) throw refusal.value(`${name} is written Type:reference or Type:reference:TargetType, with a type of R4`);
  if (target !== undefined && !registry.hasType(target)) throw refusal.value(`${name}: ${shown(target)} is not a type of R4`);
  const parameter = code === '*' ? undefined : registry.find([source], code);
  if (code !== '*' && !parameter) throw unknownParameter(registry, [source], code);
  if (parameter && parameter.type !== 'reference') throw refusal.value(`${name}: ${code} of ${source} is no reference`);
  const leads = (type: string): boolean => !parameter?.target || parameter.target.includes(type);
  const needed = target ? [target] : direction === 'revinclude' && !iterate ? types : undefined;
  if (needed && !needed.some(leads)) throw refusal.value(`${name}: ${code} of ${source} does not lead to ${needed.join(', ')}`);
  options.includes.push({ direction, source, param: code, ...(target ? { target } : {}), iterate });
  return value;
};

const total: OptionReader = (value, _, options) => {
  options.total = oneOf('_total', value, ['none', 'estimate', 'accurate']) === 'none' ? 'none' : 'accurate';
  return value;
};

const summary: OptionReader = (value, _, options) => {
  const chosen = oneOf('_summary', value, ['true', 'text', 'data', 'count', 'false']);
  options.summary = chosen === 'false' ? undefined : chosen;
  return value;
};

const elements: OptionReader = (value, _, options) => {
  const names = value.split(',');
  if (!names.every((name) => /^[A-Za-z][\w.[\]]{0,127}$/.test(name))) throw refusal.value('The value of _elements must be names of elements with commas between them');
  options.elements = names;
  return value;
};

const explain: OptionReader = (value, _, options) => {
  options.explain = oneOf('_explain', value, ['true', 'false']) === 'true';
  return value;
};

const contained: OptionReader = (value) => {
  if (value !== 'false') throw refusal.unsupported('_contained is supported only as false: contained resources are not searched');
  return value;
};

const OPTIONS: Readonly<Record<string, { readonly read: OptionReader; readonly repeats?: boolean; readonly modified?: boolean }>> = {
  _count: { read: count },
  _sort: { read: sort },
  _include: { read: include('include'), repeats: true, modified: true },
  _revinclude: { read: include('revinclude'), repeats: true, modified: true },
  _total: { read: total },
  _summary: { read: summary },
  _elements: { read: elements },
  _contained: { read: contained },
  _explain: { read: explain },
};

export const isResultParameter = (name: string): boolean => Object.hasOwn(OPTIONS, name.split(':', 1)[0] ?? '');

/** Reads result parameters into `options`, each once unless it may repeat. */
export function optionReader(scope: Scope, options: ResultOptions): (name: string, value: string) => string {
  const seen = new Set<string>();
  return (name, value) => {
    const [code = '', modifier] = name.split(/:(.*)/s, 2);
    const option = OPTIONS[code];
    if (!option || (modifier !== undefined && !option.modified)) throw refusal.modifier(`${shown(code)} has no modifiers`);
    if (value === '') throw refusal.value(`${code} has an empty value`);
    if (seen.has(code) && !option.repeats) throw refusal.value(`${code} may be asked only once`);
    seen.add(code);
    return option.read(value, scope, options, modifier);
  };
}
