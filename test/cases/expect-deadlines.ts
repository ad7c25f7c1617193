import type { Parameters, ParametersParameter } from 'fhir/r4.js';

type Expected = string | boolean | number | readonly string[];

/** What a case of `deadlines.json` expects: rows that some row of the answer meets in all fields named, and kinds that must not be there. */
export interface DeadlineExpectation {
  readonly deadline: readonly Readonly<Record<string, Expected>>[];
  readonly absent?: readonly string[];
}

/** Every difference between the answer and what the case expects, in words; none when it is met. */
export function checkDeadlines(expect: DeadlineExpectation, answer: Parameters): string[] {
  const rows = (answer.parameter ?? []).filter(({ name }) => name === 'deadline').map(({ part = [] }) => Object.fromEntries(part.map((one) => [one.name, valueOf(one)])));
  return [
    ...expect.deadline.filter((expected) => !rows.some((row) => meets(expected, row))).map((expected) => `expected ${JSON.stringify(expected)} among ${JSON.stringify(rows)}`),
    ...(expect.absent ?? []).filter((kind) => rows.some((row) => row.kind === kind)).map((kind) => `${kind} must not be there`),
  ];
}

const meets = (expected: Readonly<Record<string, Expected>>, row: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(expected).every(([name, value]) => (Array.isArray(value) ? value.includes(row[name]) : row[name] === value));

const valueOf = (part: ParametersParameter): unknown => part.valueCode ?? part.valueDate ?? part.valueString ?? part.valueBoolean ?? part.valueInteger;
