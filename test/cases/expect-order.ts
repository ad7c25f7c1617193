import type { Parameters, ParametersParameter } from 'fhir/r4.js';

/** `expect` of a case of `ordering.json`. What is not named is not compared. */
export interface ExpectedOrder {
  readonly status: 'determined' | 'needs-human';
  /** Ids of `ranked`, first to last; with `equalSharing` their order does not count. */
  readonly order?: readonly string[];
  /** Ids that may be absent, excluded, or stand at the end of `ranked`. */
  readonly optional?: readonly string[];
  readonly excluded?: readonly (string | { readonly coverage: string; readonly code: string })[];
  /** Each must match the question or expression of some `missing` row, case ignored. */
  readonly missingAny?: readonly string[];
  readonly conflict?: readonly string[];
  readonly equalSharing?: boolean;
  /** For information: compared when every row names one. */
  readonly rules?: readonly string[];
}

export interface OrderingCase {
  readonly id: string;
  readonly title: string;
  readonly operation: string;
  readonly body: Parameters;
  readonly expect: ExpectedOrder;
  readonly source: string;
}

/** What an answer of `$cob-order` lacks of what is expected, one line each; empty when all is met. */
export function checkOrder(expect: ExpectedOrder, parameters: Parameters): string[] {
  const answer = readAnswer(parameters);
  return [
    ...differs('status', expect.status, answer.status),
    ...checkRanked(expect, answer),
    ...checkExcluded(expect, answer),
    ...(expect.missingAny ?? []).flatMap((pattern) =>
      answer.missing.some(({ question, expression }) => new RegExp(pattern, 'i').test(question) || new RegExp(pattern, 'i').test(expression))
        ? [] : [`missing: no question or expression matches /${pattern}/ in ${JSON.stringify(answer.missing)}`]),
    ...(expect.conflict ? differs('conflict', [...expect.conflict].sort(), [...answer.conflict].sort()) : []),
    ...(expect.equalSharing === undefined ? [] : differs('equalSharing', expect.equalSharing, answer.equalSharing)),
  ];
}

interface Answer {
  readonly status: string | undefined;
  readonly ranked: readonly { readonly coverage: string; readonly rule: string | undefined }[];
  readonly excluded: readonly { readonly coverage: string; readonly code: string | undefined }[];
  readonly missing: readonly { readonly question: string; readonly expression: string }[];
  readonly conflict: readonly string[];
  readonly equalSharing: boolean;
}

function readAnswer({ parameter = [] }: Parameters): Answer {
  const all = (name: string): ParametersParameter[] => parameter.filter((candidate) => candidate.name === name);
  return {
    status: all('status')[0]?.valueCode,
    ranked: all('ranked').map((row) => ({ coverage: coverageId(row), rule: partOf(row, 'rule')?.valueCode })),
    excluded: all('excluded').map((row) => ({ coverage: coverageId(row), code: partOf(row, 'code')?.valueCode })),
    missing: all('missing').map((row) => ({ question: partOf(row, 'question')?.valueString ?? '', expression: partOf(row, 'expression')?.valueString ?? '' })),
    conflict: [...new Set(all('conflict').map(coverageId))],
    equalSharing: all('equalSharing')[0]?.valueBoolean ?? false,
  };
}

const partOf = (row: ParametersParameter, name: string): ParametersParameter | undefined => row.part?.find((part) => part.name === name);

/** The id of a coverage, from a relative and unversioned reference. */
const coverageId = (row: ParametersParameter): string => partOf(row, 'coverage')?.valueReference?.reference?.replace(/^Coverage\//, '') ?? '(no coverage)';

function checkRanked({ order, optional = [], rules, equalSharing }: ExpectedOrder, { ranked }: Answer): string[] {
  if (!order) return [];
  const ids = ranked.map(({ coverage }) => coverage);
  const head = ids.slice(0, order.length);
  const tail = ids.slice(order.length).filter((id) => !optional.includes(id));
  const asSet = (list: readonly string[]): readonly string[] => (equalSharing ? [...list].sort() : list);
  return [
    ...differs('ranked', asSet(order), asSet(head)),
    ...differs('ranked beyond the order', [], tail),
    ...(rules ? differs('rules', rules, ranked.slice(0, rules.length).map(({ rule }) => rule)) : []),
  ];
}

function checkExcluded({ excluded: expected, optional = [] }: ExpectedOrder, { excluded }: Answer): string[] {
  if (!expected) return [];
  const rest = excluded.filter(({ coverage }) => !optional.includes(coverage));
  const ids = expected.map((row) => (typeof row === 'string' ? row : row.coverage)).sort();
  return [
    ...differs('excluded', ids, rest.map(({ coverage }) => coverage).sort()),
    ...expected.flatMap((row) => (typeof row === 'string' ? [] : differs(`excluded ${row.coverage}`, row.code, rest.find(({ coverage }) => coverage === row.coverage)?.code))),
  ];
}

function differs(what: string, expected: unknown, actual: unknown): string[] {
  const [wanted, given] = [JSON.stringify(expected), JSON.stringify(actual)];
  return wanted === given ? [] : [`${what}: expected ${wanted}, got ${given}`];
}
