import type { Patient } from 'fhir/r4.js';
import type { Inputs, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { dateInterval, EARLIEST, LATEST, type Interval } from '../../src/fhir/search/dates.js';
import type { QueryParameter } from '../../src/fhir/search/index.js';
import { resourceTypes } from '../../src/fhir/validation/index.js';

/** What part of a record is asked for. */
export interface AskedRecord {
  /** Care in this time; undefined: whenever it was. */
  readonly care: Interval | undefined;
  /** An instant. */
  readonly since: string | undefined;
  /** Undefined: all. */
  readonly types: ReadonlySet<string> | undefined;
  /** Undefined: all at once. */
  readonly count: number | undefined;
  /** The type and id of the last resource of the page before. */
  readonly after: readonly [type: string, id: string] | undefined;
  /** What was asked, without the page. */
  readonly parameters: readonly QueryParameter[];
}

const MAX_COUNT = 1_000;
const NAMES = ['start', 'end', '_since', '_type', '_count'];

/** @throws {FhirError} 400 for a type that there is not, a count out of range, or a page that is not of this record. */
export function askedRecord(inputs: Inputs, patient: Patient, { pages }: OperationContext): AskedRecord {
  const token = inputs.string('_page');
  if (token === undefined) return read(NAMES.flatMap((name) => inputs.all(name).map(({ value }) => [name, String(value)] as const)), undefined, (name) => inputs.one(name)?.expression);
  if (NAMES.some((name) => inputs.has(name))) throw errors.invalid('_page stands alone: follow the link as it was given', inputs.one('_page')?.expression);
  const { parameters, cursor: [operation, id, type, last] } = pages.open(token);
  if (operation !== '$everything' || id !== patient.id) throw errors.invalid('The page link belongs to something else: follow the link as it was given', inputs.one('_page')?.expression);
  return read(parameters, [String(type), String(last)], () => undefined);
}

function read(parameters: readonly QueryParameter[], after: AskedRecord['after'], at: (name: string) => string | undefined): AskedRecord {
  const one = (name: string): string | undefined => parameters.find(([each]) => each === name)?.[1];
  const types = parameters.filter(([name]) => name === '_type').flatMap(([, value]) => value.split(','));
  if (types.some((type) => !resourceTypes.has(type))) throw errors.value('The parameter _type takes names of resource types of FHIR R4', at('_type'));
  const count = one('_count') === undefined ? undefined : Number(one('_count'));
  if (count !== undefined && (count < 1 || count > MAX_COUNT)) throw errors.value(`The parameter _count is 1 to ${MAX_COUNT}`, at('_count'));
  const [start, end, since] = [one('start'), one('end'), one('_since')];
  if (since !== undefined && !dateInterval(since)) throw errors.value('The parameter _since takes an instant, such as 2026-11-22T08:00:00Z', at('_since'));
  const care = start === undefined && end === undefined ? undefined : { low: dateInterval(start ?? '')?.low ?? EARLIEST, high: dateInterval(end ?? '')?.high ?? LATEST };
  return { care, since, types: types.length > 0 ? new Set(types) : undefined, count, after, parameters };
}
