import type { Expression, SearchPlan } from '../../store/store.js';
import { errors } from '../outcome.js';
import { compartmentParameters, compartmentTypes } from '../search/compartment.js';
import type { Call } from './interaction.js';

/** The resource whose compartment is searched. */
export interface Compartment {
  readonly type: string;
  readonly id: string;
}

/** @throws {FhirError} 404 when R4 has no compartment of that type, or the type searched is never in it. */
export function compartmentOf({ compartment, id, type }: Call): Compartment {
  const types = compartmentTypes(compartment);
  if (types.length === 0) throw errors.notFound(`${compartment} has no compartment: search [base]/${type || '[type]'} by its parameters`);
  if (type !== '' && !isMember(compartment, type)) throw errors.notFound(`${type} is never in the compartment of a ${compartment}: search [base]/${type} by its parameters`);
  return { type: compartment, id };
}

/** The plan with what is in the compartment only (R4 §2.36): resources of a type that refer to it by one of certain parameters, and it itself. */
export function withinCompartment<P extends Omit<SearchPlan, 'cursor'>>(plan: P, compartment: Compartment): P {
  const types = plan.types.filter((type) => isMember(compartment.type, type));
  const member = types.length === 1 && types[0] ? membership(types[0], compartment) : anyOf([...byCriteria(types, compartment)]);
  return { ...plan, types, where: plan.where.op === 'all' ? member : { op: 'and', of: [member, plan.where] } };
}

/** Whether resources of a type can be in a compartment. */
export const isMember = (compartment: string, type: string): boolean => type === compartment || compartmentParameters(compartment, type).length > 0;

/** What makes a resource of a type a member. */
export function membership(type: string, { type: compartment, id }: Compartment): Expression {
  return anyOf([
    ...compartmentParameters(compartment, type).map((param): Expression => ({ op: 'reference', param, type: compartment, id })),
    ...(type === compartment ? [{ op: 'id', in: [id] } as const] : []),
  ]);
}

/** Each criterion once, with the types that it holds for. */
function byCriteria(types: readonly string[], compartment: Compartment): Expression[] {
  const criteria = new Map<string, { readonly criterion: Expression; readonly types: string[] }>();
  for (const type of types) {
    const member = membership(type, compartment);
    for (const criterion of member.op === 'or' ? member.of : [member]) {
      const key = JSON.stringify(criterion);
      const known = criteria.get(key);
      if (known) known.types.push(type);
      else criteria.set(key, { criterion, types: [type] });
    }
  }
  return [...criteria.values()].map(({ criterion, types: of }) => ({ op: 'and', of: [criterion, { op: 'type', in: of }] }));
}

const anyOf = (of: readonly Expression[]): Expression => (of.length === 1 && of[0] ? of[0] : { op: 'or', of });
