import type { Expression } from '../../store/store.js';
import { ofTheRecord } from '../audit/apart.js';
import { FhirError } from '../outcome.js';
import type { CriteriaContext } from './criteria.js';
import { criterion } from './criteria.js';
import { LIMITS } from './limits.js';
import { refusal, shown } from './refusal.js';
import type { Registry } from './registry.js';
import { isResultParameter, noOptions, optionReader } from './results.js';
import type { ParsedSearch, QueryParameter, SearchRequest } from './search.js';
import type { SearchTerminology } from './terminology.js';

/** What all searches of one server share. */
export interface ParseOptions {
  readonly registry: Registry;
  /** `http://host/fhir/` */
  readonly base: string;
  readonly now: () => number;
  /** Undefined: the server holds no value sets and code systems. */
  readonly terminology: SearchTerminology | undefined;
}

/** Parameters that say how an answer is written: they belong to HTTP and are not part of the search. */
const OF_HTTP: ReadonlySet<string> = new Set(['_format', '_pretty']);
/** What lenient handling leaves out: parameters. A modifier that is not supported must be refused (R4 §3.1.1.4.4). */
const LEFT_OUT: ReadonlySet<string | undefined> = new Set(['search-parameter-unknown', 'search-parameter-unsupported']);

/** @throws {FhirError} see `Search.parse`. */
export function parseSearch(options: ParseOptions, request: SearchRequest): ParsedSearch {
  checkLimits(request.parameters);
  const asked = request.parameters.filter(([name]) => !OF_HTTP.has(name));
  const narrowing = request.type === undefined ? asked.filter(([name]) => name === '_type') : [];
  const types = typesOf(options.registry, request.type, narrowing);
  const context = newContext(options);
  const result = noOptions();
  const readOption = optionReader({ registry: options.registry, types }, result);
  const where: Expression[] = [];
  const unknown: string[] = [];
  const self: QueryParameter[] = [];
  for (const [name, value] of asked) {
    if (narrowing.some(([each]) => each === name)) self.push([name, value]);
    else if (isResultParameter(name)) self.push([name, readOption(name, value)]);
    else if (lenient(() => where.push(criterion(context, types, name, value)))) self.push([name, value]);
    else unknown.push(name);
  }
  if (result.summary === 'text' && result.includes.length > 0) throw refusal.value('_summary=text takes no _include and _revinclude: leave one of them out');
  const counting = result.summary === 'count' || result.count === 0;
  return {
    plan: {
      types,
      where: where.length === 0 ? { op: 'all' } : where.length === 1 && where[0] ? where[0] : { op: 'and', of: where },
      sort: result.sort,
      count: counting ? 0 : result.count,
      total: counting ? 'accurate' : result.total,
      includes: counting ? [] : result.includes,
    },
    unknown,
    self,
    ...(result.elements ? { elements: result.elements } : {}),
    ...(result.summary ? { summary: result.summary } : {}),
    explain: result.explain,
    through: [...context.through],
  };

  /** False when the parameter is unknown and the client asked to leave such out. */
  function lenient(read: () => void): boolean {
    try {
      read();
      return true;
    } catch (error) {
      const leftOut = request.handling === 'lenient' && error instanceof FhirError && LEFT_OUT.has(error.issues[0]?.id);
      if (leftOut) return false;
      throw error;
    }
  }
}

export function newContext({ registry, base, now, terminology }: ParseOptions): CriteriaContext {
  return { registry, base, terminology, now: now(), through: new Set(), values: 0, branches: 0 };
}

export function checkLimits(parameters: readonly QueryParameter[]): void {
  if (parameters.length > LIMITS.parameters) throw refusal.limit(`A search may have at most ${LIMITS.parameters} parameters`);
  const long = parameters.find(([name, value]) => name.length > LIMITS.nameLength || value.length > LIMITS.valueLength);
  if (long) throw refusal.limit(`The parameter ${shown(long[0])} is too long: a name may have ${LIMITS.nameLength} characters, a value ${LIMITS.valueLength}`);
}

function typesOf(registry: Registry, type: string | undefined, narrowing: readonly QueryParameter[]): readonly string[] {
  if (type === undefined && narrowing.length === 0) return ofTheRecord(registry.types);
  const types = type === undefined ? [...new Set(narrowing.flatMap(([, value]) => value.split(',')))] : [type];
  const odd = types.find((each) => !registry.hasType(each));
  if (odd !== undefined) throw refusal.value(`${shown(odd)} is not a resource type of R4`);
  return types;
}
