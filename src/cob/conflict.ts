import { decisionOn } from './compose.js';
import type { Outcome } from './outcome.js';
import type { CobInput, OrderConflict, StatedOrder } from './types.js';
import { byText } from './situation.js';

/**
 * Orders stated by others that the rules contradict. A stated number means only before or after the others of its
 * source (FHIR R4 Coverage.order: gaps are allowed), so that numbers are compared pair by pair, among ranked coverages.
 */
export function conflicts({ rows, composition }: Outcome, input: CobInput): OrderConflict[] {
  const position = new Map(rows.map(({ plan }, index) => [plan.ref, index + 1]));
  const own = rows.flatMap(({ plan: { ref, statedOrder } }): StatedOrder[] => (statedOrder === undefined ? [] : [{ coverage: ref, stated: statedOrder, source: 'Coverage.order' }]));
  const stated = [...own, ...(input.statedOrders ?? [])].filter(({ coverage }) => position.has(coverage));
  const share = (a: string, b: string): boolean => {
    const [rowA, rowB] = [rows.find(({ plan }) => plan.ref === a), rows.find(({ plan }) => plan.ref === b)];
    return rowA !== undefined && rowB !== undefined && decisionOn(composition, rowA.plan, rowB.plan)?.equal === true;
  };
  const place = (reference: string): number => position.get(reference) ?? 0;
  const contradicts = (one: StatedOrder, other: StatedOrder): boolean =>
    one.source === other.source && one.coverage !== other.coverage && !share(one.coverage, other.coverage)
    && Math.sign(one.stated - other.stated) !== Math.sign(place(one.coverage) - place(other.coverage));
  return stated
    .filter((one) => stated.some((other) => contradicts(one, other)))
    .map((one) => ({ ...one, computed: place(one.coverage) }))
    .sort((a, b) => a.computed - b.computed || byText(a.source, b.source) || a.stated - b.stated);
}
