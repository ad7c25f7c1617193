import { createHash } from 'node:crypto';
import type { Condition, Expression } from '../../store/store.js';
import { criterion } from './criteria.js';
import type { ParseOptions } from './parse.js';
import { checkLimits, newContext } from './parse.js';
import { refusal, shown } from './refusal.js';
import { isResultParameter } from './results.js';
import type { QueryParameter } from './search.js';
import { allOf } from './values.js';

/** @throws {FhirError} see `Search.conditionFor`. */
export function conditionFor(options: ParseOptions, type: string, parameters: readonly QueryParameter[]): Condition {
  checkLimits(parameters);
  if (!options.registry.hasType(type)) throw refusal.value(`${shown(type)} is not a resource type of R4`);
  if (parameters.length === 0) throw refusal.value('A condition must state at least one search parameter');
  const odd = parameters.find(([name]) => isResultParameter(name));
  if (odd) throw refusal.unknown(`A condition takes search criteria only: leave out ${shown(odd[0])}`);
  const context = newContext(options);
  const where = ordered(allOf(parameters.map(([name, value]) => criterion(context, [type], name, value))));
  return { type, key: createHash('sha256').update(JSON.stringify([type, where])).digest('base64url'), where };
}

/** The same condition however its parts are ordered or repeated; no part's fields depend on how it was asked. */
function ordered(expression: Expression): Expression {
  switch (expression.op) {
    case 'and':
    case 'or': {
      const parts = new Map(expression.of.map(ordered).map((each) => [JSON.stringify(each), each]));
      const of = [...parts.keys()].sort().flatMap((key) => parts.get(key) ?? []);
      return of.length === 1 && of[0] ? of[0] : { op: expression.op, of };
    }
    case 'not':
      return { op: 'not', of: ordered(expression.of) };
    case 'id':
      return { op: 'id', in: [...new Set(expression.in)].sort() };
    case 'chain':
      return { ...expression, types: [...expression.types].sort(), where: ordered(expression.where) };
    case 'has':
      return { ...expression, where: ordered(expression.where) };
    default:
      return expression;
  }
}
