import { describe, expect, test } from 'vitest';
import { type CobOrder, orderBenefits, RULES, type RuleId } from '../../src/cob/index.js';
import { inputOf, type RuleCase } from './builder.js';
import { children } from './tables/children.js';
import { dates } from './tables/dates.js';
import { events } from './tables/events.js';
import { medicare } from './tables/medicare.js';
import { naic } from './tables/naic.js';
import { programs } from './tables/programs.js';

const tables = { dates, events, medicare, naic, children, programs };

/** `a = b c`: equal plans joined. */
function shown({ ranked, trace }: CobOrder): string {
  const equal = trace.filter(({ result }) => result === 'equal').map(({ detail }) => detail);
  return ranked.reduce((text, { coverage, rule }, index) => {
    const id = coverage.slice('Coverage/'.length);
    const shares = rule === 'N6' && equal.some((detail) => detail.includes(coverage));
    return index === 0 ? id : `${text}${shares ? ' = ' : ' '}${id}`;
  }, '');
}

const rulesNamed = ({ ranked, trace, missing }: CobOrder): Set<string> => new Set([...ranked, ...trace, ...missing].map(({ rule }) => rule));

function check({ rule, order, excluded, asks }: RuleCase, answer: CobOrder): void {
  expect(answer.missing.map(({ expression }) => expression)).toEqual((asks ?? []).map((part) => expect.stringContaining(part) as string));
  expect(answer.status).toBe(asks ? 'needs-human' : 'determined');
  if (order !== undefined) expect(shown(answer)).toBe(order);
  if (excluded !== undefined) expect(answer.excluded.map(({ coverage, code }) => `${coverage.slice('Coverage/'.length)}:${code}`).sort().join(' ')).toBe(excluded);
  expect([...rulesNamed(answer)]).toEqual(expect.arrayContaining([rule]));
}

for (const [family, cases] of Object.entries(tables)) {
  describe(family, () => {
    test.each(cases.map((one) => [`${one.rule}: ${one.title}`, one] as const))('%s', (_name, one) => {
      check(one, orderBenefits(inputOf(one.facts)));
    });
  });
}

describe('the rule table', () => {
  const answers = Object.values(tables).flat().map(({ facts }) => orderBenefits(inputOf(facts)));
  const steps = answers.flatMap(({ trace }) => trace);
  const REACHED_BY: Readonly<Record<'orders' | 'excludes' | 'note', readonly string[]>> = { orders: ['before', 'equal'], excludes: ['excluded'], note: ['note', 'inferred', 'no difference'] };

  const answered = (Object.entries(RULES) as [RuleId, (typeof RULES)[RuleId]][]).flatMap(([id, { part }]) => (part === 'elsewhere' ? [] : [[id, part] as const]));
  test.each(answered)('%s %s in some case', (id, part) => {
    expect(steps.some(({ rule, result }) => rule === id && REACHED_BY[part].includes(result))).toBe(true);
  });

  test('every step, row and question names a rule of the table', () => {
    const named = new Set(answers.flatMap((answer) => [...rulesNamed(answer)]));
    named.delete('FIRST');
    expect([...named].filter((id) => !Object.hasOwn(RULES, id))).toEqual([]);
  });
});
