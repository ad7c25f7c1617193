import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { orderBenefits } from '../../src/cob/index.js';
import { checkOrder, type OrderingCase } from '../cases/expect-order.js';
import { inputFrom, parametersFrom } from './parameters.js';

const cases = JSON.parse(readFileSync(new URL('../cases/ordering.json', import.meta.url), 'utf8')) as OrderingCase[];

describe('ordering.json by the engine', () => {
  test.each(cases.map((one) => [`${one.id}: ${one.title}`, one] as const))('%s', (_name, { body, expect: expected }) => {
    expect(checkOrder(expected, parametersFrom(orderBenefits(inputFrom(body))))).toEqual([]);
  });
});
