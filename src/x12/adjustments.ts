/** CAS: the adjustments of a claim or a line, in the 835 and in the 837 alike. */
import { added, NONE } from './lists.js';
import { X12Error } from './position.js';
import { positionOf, type Elements } from './segment.js';
import type { EraAdjustment } from './era/remittance.js';
import { optionalDecimal, required, requiredAmount, textOf } from './values.js';

/** CAS02 to CAS19: up to six trios of reason, amount and quantity. */
const FIRST_TRIO = 2;
const LAST_TRIO = 17;

/** The trios of one CAS. @throws {X12Error} a trio without reason or without amount */
export function readAdjustments(segment: Elements): EraAdjustment[] {
  const group = required(segment, 1);
  let adjustments: EraAdjustment[] = NONE;
  for (let element = FIRST_TRIO; element <= LAST_TRIO && element <= segment.size; element += 3) {
    const quantity = optionalDecimal(segment, element + 2);
    const reason = textOf(segment, element);
    if (reason === '' && quantity === undefined && textOf(segment, element + 1) === '') continue;
    adjustments = added(adjustments, { group, reason: reason === '' ? required(segment, element) : reason, amount: requiredAmount(segment, element + 1), quantity });
  }
  if (adjustments.length === 0) throw new X12Error('x12-element', positionOf(segment, FIRST_TRIO), 'an adjustment must have a reason and an amount');
  return adjustments;
}
