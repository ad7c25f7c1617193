import { ancestorsOf, conceptsOf, descendantsOf } from '../terminology/code-system.js';
import { withoutVersion, type Find } from '../terminology/expansion.js';
import { splitUnescaped, unescaped } from './escaping.js';
import { LIMITS } from './limits.js';
import { refusal, shown } from './refusal.js';
import type { Asked } from './values.js';

/** The value sets and code systems that a search may draw on (`HeldTerminology`). */
export interface SearchTerminology {
  /** By canonical URL without version. */
  readonly find: Find;
  /** The codes of a value set as `system|code`; undefined for one that is not held. */
  readonly members: (canonical: string) => { readonly coded: ReadonlySet<string> } | undefined;
}

/** The codes that a value of a token parameter stands for, each as a value of its own: `system|code`, escaped. */
export type CodesAsked = (asked: Asked, terminology: SearchTerminology | undefined) => readonly string[];

/** `:in` and `:not-in`: the value is the URL of a value set (R4 §3.1.1.4.10). */
export const inValueSet: CodesAsked = ({ name, value }, terminology) => {
  const members = terminology?.members(unescaped(value));
  if (!members) throw refusal.unsupportedModifier(`${shown(name)}: this server does not hold the value set, or not what it draws on`);
  return fewCodes(name, [...members.coded].map(split));
};

/** `:below` (the code and all below it) and `:above` (the code and all above it) in the hierarchy of its code system. */
export const related = (direction: 'above' | 'below'): CodesAsked => ({ parameter, name, value }, terminology) => {
  const [first = '', second] = splitUnescaped(value, '|').map(unescaped);
  const [only, ...others] = parameter.impliedSystems;
  const system = second === undefined ? (others.length === 0 ? only : undefined) : first;
  const code = second ?? first;
  if (!system || code === '') throw refusal.value(`The value of ${shown(name)} must be system|code`);
  const found = terminology?.find(withoutVersion(system));
  if (found?.resourceType !== 'CodeSystem' || found.content !== 'complete') throw refusal.unsupportedModifier(`${shown(name)}: this server does not hold the code system`);
  const index = conceptsOf(found);
  const relatives = direction === 'below' ? descendantsOf(index, code) : ancestorsOf(index, code);
  const codes = [...index.keys()].filter((each) => each === code || relatives.has(each));
  if (codes.length === 0) throw refusal.value(`The value of ${shown(name)} must be a code of its code system`);
  return fewCodes(name, codes.map((each) => [system, each]));
};

type SystemAndCode = readonly [system: string, code: string];

/** A code may hold a bar, a system may not. */
function split(coded: string): SystemAndCode {
  const bar = coded.indexOf('|');
  return [coded.slice(0, bar), coded.slice(bar + 1)];
}

function fewCodes(name: string, codes: readonly SystemAndCode[]): string[] {
  if (codes.length > LIMITS.values) throw refusal.limit(`${shown(name)} stands for more than ${LIMITS.values} codes: ask for fewer`);
  return codes.map((parts) => parts.map((part) => part.replace(/[\\,$|]/g, String.raw`\$&`)).join('|'));
}
